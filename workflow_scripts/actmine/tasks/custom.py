"""Reads tasks that a user wrote in the configuration: a formula and two boxes."""

from math import inf

from actmine.settings.suites import Box as Ranges
from actmine.settings.suites import Custom
from actmine.tasks.formula import RESERVED, VARIABLE, FormulaError, parse_formula
from actmine.tasks.regions import Box, disjoint
from actmine.tasks.target import Target, TaskError, formula_target


def custom_target(task: Custom) -> Target:
    """The target of a formula with its boxes.

    A variable with ranges that the formula does not use is an input all the same: the
    network has to learn that it does not matter.

    Raises:
        TaskError: the formula is refused, a range is no range, or the boxes overlap.
    """
    where = f"custom task {task.name}"
    try:
        formula = parse_formula(task.formula)
    except FormulaError as error:
        raise TaskError(f"{where}: {error}") from None
    variables = _variables(where, formula.variables, task.train, task.ood)
    train = _box(where, "train", variables, task.train)
    ood = _box(where, "ood", variables, task.ood)
    if not disjoint(train, ood):
        raise TaskError(
            f"{where}: the train and the ood box overlap ({_overlap(variables, train, ood)}); "
            "move one of them apart in at least one variable"
        )
    name = f"custom_{task.name}"
    return formula_target(name, "custom", formula, train=train, ood=ood, variables=variables)


def _variables(
    where: str, used: tuple[str, ...], train: Ranges, ood: Ranges
) -> tuple[str, ...]:
    """The formula's variables in its order, then the unused ones by name."""
    if set(train) != set(ood):
        raise TaskError(f"{where}: train and ood map the same variables to [lo, hi]")
    missing = [name for name in used if name not in train]
    if missing:
        raise TaskError(f"{where}: no range for {', '.join(missing)} in train and ood")
    for name in train:
        if not VARIABLE.fullmatch(name) or name in RESERVED:
            raise TaskError(f"{where}: {name!r} cannot name a variable; choose another name")
    return (*used, *sorted(set(train) - set(used)))


def _overlap(variables: tuple[str, ...], train: Box, ood: Box) -> str:
    lows, highs = map(max, train.lo, ood.lo), map(min, train.hi, ood.hi)
    return "; ".join(
        f"{name} from {low:g} to {high:g}"
        for name, low, high in zip(variables, lows, highs, strict=True)
    )


def _box(where: str, key: str, variables: tuple[str, ...], ranges: Ranges) -> Box:
    for name in variables:
        low, high = ranges[name]
        if not -inf < low < high < inf:
            raise TaskError(
                f"{where}: {key}.{name} is {[low, high]}, not [lo, hi] with lo < hi"
            )
    lows, highs = zip(*(map(float, ranges[name]) for name in variables), strict=True)
    return Box(lows, highs)
