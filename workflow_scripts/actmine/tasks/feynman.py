"""Draws equations of physics from the table `feynman.csv`."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

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


def feynman_target(name: str, *, equation: str) -> Target:
    """The target of one equation of the table.

    Raises:
        TaskError: the table has no such equation.
    """
    table = equations()
    if equation not in table:
        raise TaskError(
            f"feynman.equations: unknown equation {equation!r}; allowed: {', '.join(table)}"
        )
    row = table[equation]
    return formula_target(name, "feynman", row.formula, train=row.train, ood=row.ood)
