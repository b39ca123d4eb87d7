"""The Feynman equations as SRSD has them, whole: 120 with the sizes that physics gives them.

`feynman.csv` holds formulas and sampling ranges of SRSD (Matsubara et al. 2022, arXiv
2206.10540), constants written out. SRSD draws most inputs evenly in their logarithm, some with
both signs, and has no test range. Here they are uniform in the box of the table, and where SRSD
takes both signs of what stays away from 0, it is the box of the positive ones; outside is what
the lab's own Feynman tasks have there: the box stretched to [lo, 2·hi - lo], without itself.
"""

import csv
from collections.abc import Iterator, Mapping
from functools import cache, partial
from itertools import islice
from pathlib import Path

import numpy as np

from actmine.external.metric import Metric
from actmine.external.source import Seeds, Size, Source, drawn
from actmine.tasks.feynman import Equation
from actmine.tasks.formula import parse_formula
from actmine.tasks.regions import Box
from actmine.tasks.target import Target, formula_target
from actmine.tasks.task import Task

TABLE = Path(__file__).with_name("feynman.csv")
FAMILY = "feynman"
# What cannot be a task in its ranges, and why.
LEFT_OUT: Mapping[str, str] = {
    "II.11.28": "1 but for rounding",
    "II.24.17": "the root of a negative number in part of its box",
    "III.14.14": "beyond float64 outside its box",
    "BONUS.4": "the root of a negative number in part of its box",
    "BONUS.7": "the root of a negative number in part of its box",
}


@cache
def equations() -> dict[str, Equation]:
    """The whole table by name, in the order of its rows; those left out too."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["name"]: _equation(row) for row in csv.DictReader(file)}


def _equation(row: Mapping[str, str]) -> Equation:
    ranges = [text.split(":") for text in row["ranges"].split()]
    lo, hi = (tuple(float(one[end]) for one in ranges) for end in (1, 2))
    return Equation(name=row["name"], formula=parse_formula(row["formula"]), train=Box(lo, hi))


def target(name: str, rng: np.random.Generator, *, equation: Equation) -> Target:
    """An equation in its box; nothing of it is drawn."""
    return formula_target(
        name, FAMILY, equation.formula, train=equation.train, ood=equation.ood
    )


def tasks(size: Size, seeds: Seeds) -> Iterator[Task]:
    """Every equation that can be a task, once for each draw."""
    usable = (one for name, one in equations().items() if name not in LEFT_OUT)
    for equation in islice(usable, size.formulas):
        make = partial(target, equation=equation)
        yield from drawn(make, equation.name, size=size, seeds=seeds)


SOURCE = Source(
    name="feynman",
    title="Feynman, whole",
    cite="Matsubara, Chiba, Igarashi, Ushiku 2022, arXiv 2206.10540 (SRSD)",
    metric=Metric.NMSE,
    draw=tasks,
    differs=f"SRSD tests in the training range alone; {len(LEFT_OUT)} of its 120 equations are "
    f"left out: {', '.join(LEFT_OUT)}",
)
