"""Keeps the curves that a run's figures show in one file: who draws runs no function."""

import base64
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from actmine import layout
from actmine.champion.curves import LIMIT, POINTS, Array, Curve, grid, sample
from actmine.champion.shown_functions import champion_of, references
from actmine.evolution.population import Elite, Population, rank
from actmine.evolution.reading import read_listed
from actmine.files import ContentError, read_json
from actmine.records.candidate import Candidate
from actmine.records.form import Form
from actmine.records.rows import read_record, read_records
from actmine.sandbox.host import Sandbox

GALLERY = 24  # elites that a page draws [ours]


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """A line of curves.jsonl: a function over POINTS even steps of ±limit.

    Attributes:
        own: its own curve runs so far; it may stand beside others as well.
        y, slope: base64 of little-endian float32, a value a point.
    """

    FORM: ClassVar = Form(version=1)

    candidate_id: str
    limit: float
    own: bool
    y: str
    slope: str


@dataclass(frozen=True, kw_only=True)
class DrawnCurves:
    """The curves of a run's figures; a function that failed has none.

    Attributes:
        limits: how far a function's own curve runs, by id.
        curves: by id, and by how far they run.
    """

    limits: Mapping[str, float]
    curves: Mapping[tuple[str, float], Curve]

    def limit(self, candidate_id: str) -> float:
        """How far a function's own curve runs, and what stands beside it."""
        return self.limits.get(candidate_id, LIMIT)

    def at(self, limit: float, candidate_id: str, *, name: str) -> Curve | None:
        """A function's curve up to a limit, under the name that a figure gives it."""
        curve = self.curves.get((candidate_id, limit))
        return curve and replace(curve, name=name)

    def together(self, functions: Iterable[Candidate], limit: float) -> list[Curve]:
        """The curves of some functions up to one limit."""
        curves = (self.at(limit, one.candidate_id, name=one.name) for one in functions)
        return [curve for curve in curves if curve is not None]


def sample_drawn(
    run: Path, arms: Collection[str], *, generations: int, sandbox: Sandbox
) -> list[Sampled]:
    """The lines of curves.jsonl, in the order of ids.

    The champion and the elites are sampled as far as their kinks go, and GELU, ReLU and the
    best known function as far as any of these.

    Args:
        sandbox: one with the champion's handlers.
    """
    chosen = read_json(run / "validation" / "champion.json")
    best = read_json(run / "validation" / "comparison.json")["best_known"]
    own = {one.candidate_id: one.source for one in champion_of(chosen)}
    own |= {e.candidate_id: e.source for e in elites(run, arms, generations=generations)}
    beside = {one.candidate_id: one.source for one in references()}
    for known in read_listed(layout.catalog(run)) if best else ():
        if known.candidate_id == best["candidate_id"]:
            beside[known.candidate_id] = known.source
    lines = [_line(key, source, None, sandbox) for key, source in own.items()]
    have = {(line.candidate_id, line.limit) for line in lines if line}
    for limit in {LIMIT, *(limit for _, limit in have)}:
        lines += [
            _line(key, source, limit, sandbox)
            for key, source in beside.items()
            if (key, limit) not in have
        ]
    return sorted(filter(None, lines), key=lambda line: (line.candidate_id, line.limit))


def elites(run: Path, arms: Collection[str], *, generations: int) -> list[Elite]:
    """Those of every island's last generation that a page draws: the best, each once."""
    found: dict[str, Elite] = {}
    for arm in arms:
        for place in sorted((run / arm / f"gen_{generations:04d}").glob("island_*")):
            population = read_record(place / "population.json", Population)
            found |= {elite.candidate_id: elite for elite in population.elites}
    return sorted(found.values(), key=rank)[:GALLERY]


def read_drawn(path: Path) -> DrawnCurves:
    """The curves in a curves.jsonl.

    Raises:
        ContentError: a line holds none, or there is no line: ReLU's and GELU's always are.
    """
    lines = read_records(path, Sampled)
    try:
        if not lines:
            raise ValueError("holds no curve")
        curves = {(line.candidate_id, line.limit): _curve(line) for line in lines}
    except ValueError as error:
        raise ContentError(f"{path}: {error}; delete it and run again") from None
    return DrawnCurves(
        limits={line.candidate_id: line.limit for line in lines if line.own}, curves=curves
    )


def _line(key: str, source: str, limit: float | None, sandbox: Sandbox) -> Sampled | None:
    curve = sample(key, source, sandbox=sandbox, limit=limit)
    if curve is None:
        return None
    return Sampled(
        candidate_id=key,
        limit=curve.limit,
        own=limit is None,
        y=_encoded(curve.y),
        slope=_encoded(curve.dy),
    )


def _curve(line: Sampled) -> Curve:
    y, slope = _decoded(line.y), _decoded(line.slope)
    if not 0 < line.limit < np.inf or not len(y) == len(slope) == POINTS:
        raise ValueError(f"{line.candidate_id} has no {POINTS} points up to a limit")
    steps = grid(line.limit, POINTS).astype(np.float64)
    return Curve(name=line.candidate_id, grid=steps, y=y, dy=slope)


def _encoded(values: Array) -> str:
    return base64.b64encode(values.astype("<f4").tobytes()).decode("ascii")


def _decoded(text: str) -> Array:
    return np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4").astype(np.float64)
