"""Reads where the inputs of a user's task lie: in a box, a shell, on a sphere, in a ball."""

from collections.abc import Mapping
from math import inf
from typing import Any

from actmine.settings.suites import Pair, Place
from actmine.tasks.regions import Box, Region, Shell
from actmine.tasks.spheres import Ball, Sphere
from actmine.tasks.target import TaskError

Ranges = Mapping[str, Pair]  # by input: from, to

SHELL, ROUND = ("outer", "inner"), ("sphere", "ball", "hole", "inputs")
# By any of these a place is none of inputs' ranges.
_KEYS = {
    "outer": {"outer", "inner"},
    "sphere": {"sphere", "inputs"},
    "ball": {"ball", "hole", "inputs"},
}


def inputs_of(where: str, key: str, place: Place) -> tuple[str, ...]:
    """The inputs that a place names; a sphere or a ball may name none.

    Raises:
        TaskError: the place is no place.
    """
    shape = _shape(where, key, place)
    if shape in ("sphere", "ball"):
        return tuple(place.get("inputs", ()))
    return tuple(place["outer"] if shape == "outer" else place)


def is_round(place: Place) -> bool:
    """Whether a place is a sphere or a ball, which need no range of each input."""
    return not {"sphere", "ball"}.isdisjoint(place)


def is_box(place: Place) -> bool:
    """Whether a place is a box and nothing else: only boxes can be cut."""
    return {*SHELL, *ROUND}.isdisjoint(place)


def region(
    where: str,
    key: str,
    place: Place,
    variables: tuple[str, ...],
    *,
    hole: Region | None = None,
) -> Region:
    """The region of a place, its inputs in the order of `variables`.

    Args:
        where: what a refusal begins with.
        key: `train` or `ood`.
        hole: left out of a shell that names no `inner`, and of a ball that names no `hole`.

    Raises:
        TaskError: a range, a radius or their combination cannot be.
    """
    shape = _shape(where, key, place)
    try:
        if shape == "sphere":
            return Sphere(float(place["sphere"]), len(variables))
        if shape == "ball":
            beyond = hole.radius if isinstance(hole, Sphere | Ball) else 0.0
            radius, inner = float(place["ball"]), float(place.get("hole", beyond))
            return Ball(radius, len(variables), inner)
        if shape == "outer":
            return _shell(where, key, place, variables, hole)
    except TaskError:
        raise
    except ValueError as error:
        raise TaskError(f"{where}: {key}: {error}") from None
    return _box(where, key, variables, place)


def _shape(where: str, key: str, place: Place) -> str:
    """The key that says what a place is; empty for a box.

    Raises:
        TaskError: other keys stand beside it, or it is missing.
    """
    for shape, allowed in _KEYS.items():
        if shape in place:
            if others := set(place) - allowed:
                raise TaskError(
                    f"{where}: {key} has {shape} and {', '.join(sorted(others))}; beside "
                    f"{shape} only {', '.join(sorted(allowed - {shape}))} may stand"
                )
            return shape
    if without := [name for name in (*SHELL, *ROUND) if name in place]:
        raise TaskError(
            f"{where}: {key} has {without[0]} without {' or '.join(_KEYS)}; add one of them"
        )
    return ""


def _shell(
    where: str, key: str, place: Place, variables: tuple[str, ...], hole: Region | None
) -> Shell:
    outer = _box(where, f"{key}.outer", variables, place["outer"])
    if "inner" in place:
        return Shell(_box(where, f"{key}.inner", variables, place["inner"]), outer)
    if not isinstance(hole, Box):
        raise TaskError(
            f"{where}: {key}.outer leaves out the train box, and there is none; give "
            f"{key}.inner"
        )
    return Shell(hole, outer)


def _box(where: str, key: str, variables: tuple[str, ...], ranges: Mapping[str, Any]) -> Box:
    if set(ranges) != set(variables):
        raise TaskError(
            f"{where}: {key} has ranges of {', '.join(sorted(ranges))}, not of "
            f"{', '.join(variables)}"
        )
    for name in variables:
        low, high = ranges[name]
        if not -inf < low < high < inf:
            raise TaskError(
                f"{where}: {key}.{name} is {[low, high]}, not [lo, hi] with lo < hi"
            )
    lows, highs = zip(*(map(float, ranges[name]) for name in variables), strict=True)
    return Box(lows, highs)
