"""Reads tasks that a user wrote in the configuration: a formula and two boxes."""

import re
from collections.abc import Mapping
from typing import Any

from actmine.tasks.formula import RESERVED, VARIABLE, FormulaError, parse_formula
from actmine.tasks.regions import Box, disjoint
from actmine.tasks.target import Target, TaskError, formula_function

CUSTOM_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
KEYS = ("name", "formula", "train", "ood")


def custom_target(entry: Mapping[str, Any]) -> Target:
    """The target of one entry {name, formula, train: {x: [lo, hi]}, ood: {x: [lo, hi]}}.

    A variable with ranges that the formula does not use is an input all the same: the
    network has to learn that it does not matter.

    Raises:
        TaskError: a key is missing or unknown, the formula is refused, a range is no
            range, or the boxes overlap.
    """
    if not isinstance(entry, Mapping) or set(entry) != set(KEYS):
        raise TaskError(f"custom task {entry!r}: give exactly the keys {', '.join(KEYS)}")
    where = f"custom task {entry['name']}"
    if not isinstance(entry["name"], str) or not CUSTOM_NAME.fullmatch(entry["name"]):
        raise TaskError(f"{where}: a name has 1 to 64 letters, digits, '_', '.' or '-'")
    try:
        formula = parse_formula(entry["formula"])
    except FormulaError as error:
        raise TaskError(f"{where}: {error}") from None
    variables = _variables(where, formula.variables, entry["train"], entry["ood"])
    train = _box(where, "train", variables, entry["train"])
    ood = _box(where, "ood", variables, entry["ood"])
    if not disjoint(train, ood):
        raise TaskError(
            f"{where}: the train and the ood box overlap ({_overlap(variables, train, ood)}); "
            "move one of them apart in at least one variable"
        )
    return Target(
        name=f"custom_{entry['name']}",
        family="custom",
        formula=formula.text,
        variables=variables,
        train=train,
        ood=ood,
        function=formula_function(formula, variables=variables),
    )


def _variables(where: str, used: tuple[str, ...], train: Any, ood: Any) -> tuple[str, ...]:
    """The formula's variables in its order, then the unused ones by name."""
    if not isinstance(train, Mapping) or not isinstance(ood, Mapping) or set(train) != set(ood):
        raise TaskError(f"{where}: train and ood map the same variables to [lo, hi]")
    missing = [name for name in used if name not in train]
    if missing:
        raise TaskError(f"{where}: no range for {', '.join(missing)} in train and ood")
    for name in train:
        if not isinstance(name, str) or not VARIABLE.fullmatch(name) or name in RESERVED:
            raise TaskError(f"{where}: {name!r} cannot name a variable; choose another name")
    return (*used, *sorted(set(train) - set(used)))


def _overlap(variables: tuple[str, ...], train: Box, ood: Box) -> str:
    lows, highs = map(max, train.lo, ood.lo), map(min, train.hi, ood.hi)
    return "; ".join(
        f"{name} from {low:g} to {high:g}"
        for name, low, high in zip(variables, lows, highs, strict=True)
    )


def _box(where: str, key: str, variables: tuple[str, ...], ranges: Mapping[str, Any]) -> Box:
    bounds = []
    for name in variables:
        try:
            lo, hi = map(float, ranges[name])
            bounds.append((lo, hi))
            Box((lo,), (hi,))
        except (TypeError, ValueError):
            raise TaskError(
                f"{where}: {key}.{name} is {ranges[name]!r}, not [lo, hi] with lo < hi"
            ) from None
    lows, highs = zip(*bounds, strict=True)
    return Box(lows, highs)
