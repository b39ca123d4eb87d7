"""Draws equations of physics from the table `feynman.csv`."""

import csv
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from actmine.tasks.formula import Formula, parse_formula
from actmine.tasks.regions import Box, Shell
from actmine.tasks.target import Target, TaskError, formula_target

TABLE = Path(__file__).with_name("feynman.csv")
DEFAULT_RANGE = (1.0, 5.0)  # of the AI-Feynman database, for variables the table omits


@dataclass(frozen=True, kw_only=True)
class Equation:
    """A row of the table.

    Attributes:
        name: volume, chapter and number in the Feynman Lectures.
        train: one range per variable of the formula, in its order. [secondary]
    """

    name: str
    formula: Formula
    train: Box

    def smaller(self, rng: np.random.Generator) -> "Equation":
        """This equation in a box within its own, each side at least half as long. [ours]"""
        lo, hi = np.array(self.train.lo), np.array(self.train.hi)
        side = (hi - lo) * rng.uniform(0.5, 1.0, len(lo))
        start = lo + (hi - lo - side) * rng.uniform(size=len(lo))
        lowest, highest = (tuple(map(float, end.round(4))) for end in (start, start + side))
        return replace(self, train=Box(lowest, highest))

    @property
    def ood(self) -> Shell:
        """The box stretched to [lo, 2·hi − lo], without the train box. [ours]"""
        bounds = zip(self.train.lo, self.train.hi, strict=True)
        outer = Box(self.train.lo, tuple(2 * hi - lo for lo, hi in bounds))
        return Shell(self.train, outer)


@cache
def equations() -> dict[str, Equation]:
    """The whole table by name, in the order of its rows."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [_equation(row) for row in csv.DictReader(file)]
    return {equation.name: equation for equation in rows}


def _equation(row: dict[str, str]) -> Equation:
    formula = parse_formula(row["formula"])
    ranges = {
        variable: (float(lo), float(hi))
        for variable, lo, hi in (text.split(":") for text in row["ranges"].split())
    }
    unused = set(ranges) - set(formula.variables)
    if unused:
        raise TaskError(f"{TABLE.name}, {row['name']}: ranges for {unused}, not in the formula")
    bounds = [ranges.get(variable, DEFAULT_RANGE) for variable in formula.variables]
    lo, hi = zip(*bounds, strict=True)
    return Equation(name=row["name"], formula=formula, train=Box(lo, hi))


def feynman_target(
    name: str, *, equation: str, rng: np.random.Generator | None = None
) -> Target:
    """The target of one equation of the table.

    Args:
        rng: draws a box within the table's; the table's own without it.

    Raises:
        TaskError: the table has no such equation.
    """
    table = equations()
    if equation not in table:
        raise TaskError(
            f"feynman.equations: unknown equation {equation!r}; allowed: {', '.join(table)}"
        )
    row = table[equation] if rng is None else table[equation].smaller(rng)
    return formula_target(name, "feynman", row.formula, train=row.train, ood=row.ood)
