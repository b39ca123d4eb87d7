"""Simple functions of several inputs, far from where they were learned (Xu et al., ICLR 2021).

Facts of the authors' scripts for feedforward networks: functions, shapes and radii of the data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi

import numpy as np

from actmine.external.metric import Metric
from actmine.external.source import Source, every_family
from actmine.tasks.formula import parse_formula
from actmine.tasks.regions import Box, Region, Shell
from actmine.tasks.spheres import Ball, Sphere
from actmine.tasks.target import Target, formula_target, joined_terms


@dataclass(frozen=True, kw_only=True)
class Data:
    """Where a function is learned and where it is tested.

    Attributes:
        term: of each input x, if the function is a sum of such.
    """

    inputs: int
    train: Region
    ood: Region
    term: str = ""


def _round(inputs: int, train: float, test: float, term: str = "") -> Data:
    """Trained on a sphere, tested in a ball."""
    ood = Ball(test, inputs, train)
    return Data(inputs=inputs, train=Sphere(train, inputs), ood=ood, term=term)


def _cube(inputs: int, low: float, train: float, test: float, term: str) -> Data:
    """Trained in a cube of [low, 1] times its radius, tested in a larger one."""
    inner, outer = (
        Box((low * radius,) * inputs, (radius,) * inputs) for radius in (train, test)
    )
    return Data(inputs=inputs, train=inner, ood=Shell(inner, outer), term=term)


FUNCTIONS: Mapping[str, Data] = {
    "quadratic": _round(8, 1.0, 5.0),  # x'Ax, entries of A uniform in [-1, 1]
    "cos": _cube(2, -1.0, pi, 2 * pi, "cos(pi*{x})"),
    "sqrt": _cube(8, 0.0, 2.0, 10.0, "sqrt({x})"),
    "l1": _round(8, 0.5, 10.0, "Abs({x})"),
    "linear": _round(16, 5.0, 200.0),  # entries of a uniform in [-20, 20]
}
MATRIX, SLOPES = 1.0, 20.0  # largest entries


def target(name: str, rng: np.random.Generator, *, family: str) -> Target:
    """A function with its random coefficients."""
    data = FUNCTIONS[family]
    variables = tuple(f"x{number + 1}" for number in range(data.inputs))
    if data.term:
        text = " + ".join(data.term.format(x=x) for x in variables)
    else:
        weigh = _quadratic if family == "quadratic" else _linear
        text = joined_terms(weigh(variables, rng))
    formula = parse_formula(text)
    return formula_target(
        name, family, formula, train=data.train, ood=data.ood, variables=variables
    )


def _quadratic(x: tuple[str, ...], rng: np.random.Generator) -> list[tuple[float, str]]:
    """The terms of x'Ax; both entries of a pair of inputs count together."""
    a = rng.uniform(-MATRIX, MATRIX, (len(x), len(x)))
    square = [(float(a[i, i]), f"{x[i]}**2") for i in range(len(x))]
    mixed = [
        (float(a[i, j] + a[j, i]), f"{x[i]}*{x[j]}")
        for i in range(len(x))
        for j in range(i + 1, len(x))
    ]
    return square + mixed


def _linear(x: tuple[str, ...], rng: np.random.Generator) -> list[tuple[float, str]]:
    return list(zip(rng.uniform(-SLOPES, SLOPES, len(x)).tolist(), x, strict=True))


SOURCE = Source(
    name="nn_extrapolate",
    title="How neural networks extrapolate",
    cite="Xu, Zhang, Li, Du, Kawarabayashi, Jegelka, ICLR 2021, arXiv 2009.11848; data as in "
    "the authors' scripts of github.com/jinglingli/nn-extrapolate",
    metric=Metric.RELATIVE,
    draw=every_family(target, FUNCTIONS),
    differs="The published perceptron has one hidden layer of 128 (256 for linear) and 500 "
    "epochs of 2,000 to 20,000 rows, Adam at .0001 with a weight decay of .00001; its error is "
    "the mean over minibatches of their medians, and its test ball includes what lies within "
    "the training sphere. Here it is the run's own network, the median is over all rows, and "
    "the inner ball is left out",
)
