"""Reads tasks that a user wrote in the configuration: a formula and its two regions."""

import numpy as np
from numpy.typing import NDArray

from actmine.settings.suites import Custom
from actmine.tasks.formula import RESERVED, VARIABLE, FormulaError, parse_formula
from actmine.tasks.places import inputs_of, is_box, is_round, region
from actmine.tasks.regions import Box, Region, disjoint, in_words
from actmine.tasks.target import Target, TaskError, formula_target

Floats = NDArray[np.float64]


def custom_target(
    task: Custom, *, name: str | None = None, rng: np.random.Generator | None = None
) -> Target:
    """The target of a formula with its regions.

    A variable with ranges that the formula does not use is an input all the same: the
    network has to learn that it does not matter.

    Args:
        name: of the target; after the task's without it.
        rng: cuts the boxes; they are as given without it.

    Raises:
        TaskError: the formula is refused, a region cannot be, or the two overlap.
    """
    where = f"custom task {task.name}"
    try:
        formula = parse_formula(task.formula)
    except FormulaError as error:
        raise TaskError(f"{where}: {error}") from None
    variables = _variables(where, formula.variables, task)
    train = region(where, "train", task.train, variables)
    ood = region(where, "ood", task.ood, variables, hole=train)
    _require_disjoint(where, variables, train, ood)
    if task.boxes > 1 and not (is_box(task.train) and is_box(task.ood)):
        raise TaskError(f"{where}: boxes is {task.boxes}, but only boxes can be cut; omit it")
    if rng is not None:
        assert isinstance(train, Box) and isinstance(ood, Box)  # or it was refused above
        train, ood = _cut(train, ood, rng)
    name = name or f"custom_{task.name}"
    return formula_target(name, "custom", formula, train=train, ood=ood, variables=variables)


def _cut(train: Box, ood: Box, rng: np.random.Generator) -> tuple[Box, Box]:
    """Both boxes, every side cut to the same share of itself, at least half. [ours]

    An input that keeps the boxes apart is cut at their far ends: they lie beside each other
    as before, and boxes that mirror each other still do. Any other input is cut at both
    ends, in both boxes alike.
    """
    shares = rng.uniform(0.5, 1.0, train.dimension).round(4)
    rest = 1 - shares
    starts = (rng.uniform(size=train.dimension) * rest).round(4)
    first, last = np.less_equal(train.hi, ood.lo), np.less_equal(ood.hi, train.lo)
    return (
        _part(train, np.select([first, last], [rest, 0 * rest], starts), shares),
        _part(ood, np.select([first, last], [0 * rest, rest], starts), shares),
    )


def _part(box: Box, starts: Floats, shares: Floats) -> Box:
    """A box within another.

    Args:
        starts, shares: (input,) where each side begins and how long it is, in lengths of the
            other box's.
    """
    low, high = np.array(box.lo), np.array(box.hi)
    side = high - low
    # A rounded sum must not reach beyond the other box.
    ends = np.minimum(high, low + (starts + shares) * side)
    return Box(tuple((low + starts * side).tolist()), tuple(ends.tolist()))


def _variables(where: str, used: tuple[str, ...], task: Custom) -> tuple[str, ...]:
    """The formula's variables in its order, then the unused ones by name."""
    train, ood = inputs_of(where, "train", task.train), inputs_of(where, "ood", task.ood)
    if is_round(task.train) != is_round(task.ood):
        raise TaskError(
            f"{where}: one of train and ood is a sphere or a ball, the other is none; make "
            "both boxes or shells, or both spheres or balls"
        )
    if is_round(task.train):
        named = {*train, *ood}
        train = ood = tuple(dict.fromkeys((*used, *named)))
    if set(train) != set(ood):
        raise TaskError(
            f"{where}: train and ood must name the same variables: train has "
            f"{', '.join(sorted(train))}, ood has {', '.join(sorted(ood))}"
        )
    missing = [name for name in used if name not in train]
    if missing:
        raise TaskError(f"{where}: no range for {', '.join(missing)} in train and ood")
    for name in train:
        if not VARIABLE.fullmatch(name) or name in RESERVED:
            raise TaskError(f"{where}: {name!r} cannot name a variable; choose another name")
    return (*used, *sorted(set(train) - set(used)))


def _require_disjoint(
    where: str, variables: tuple[str, ...], train: Region, ood: Region
) -> None:
    if disjoint(train, ood):
        return
    if isinstance(train, Box) and isinstance(ood, Box):
        shared = Box(tuple(map(max, train.lo, ood.lo)), tuple(map(min, train.hi, ood.hi)))
        raise TaskError(
            f"{where}: the train and the ood box overlap ({in_words(shared, variables)}); "
            "move one of them apart in at least one variable"
        )
    own, other = in_words(train, variables), in_words(ood, variables)
    raise TaskError(f"{where}: train ({own}) and ood ({other}) overlap; move one apart")
