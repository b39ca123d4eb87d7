"""Draws random polynomials in an orthogonal basis; outside the train box they grow."""

from itertools import product

import numpy as np

from actmine.tasks.formula import parse_formula
from actmine.tasks.regions import Box, Shell
from actmine.tasks.target import Target, formula_target, joined_terms

BASES = {"chebyshev": "chebyshevt", "legendre": "legendre"}
TRAIN_BOUND = 1.0  # [ours]: where the bases are orthogonal
OOD_BOUND = 2.0  # [ours]


def draw_polynomial(
    name: str, *, basis: str, degree: int, inputs: int, rng: np.random.Generator
) -> Target:
    """A polynomial of total degree `degree` with standard normal coefficients. [ours]

    The constant term is left out: standardising would remove it.

    Args:
        basis: chebyshev or legendre.
    """
    orders = [
        order
        for order in product(range(degree + 1), repeat=inputs)
        if 1 <= sum(order) <= degree
    ]
    weights = rng.standard_normal(len(orders)).round(4)
    variables = ("x",) if inputs == 1 else tuple(f"x{i + 1}" for i in range(inputs))
    terms = [
        (float(weight), _term(BASES[basis], variables, order))
        for weight, order in zip(weights, orders, strict=True)
    ]
    formula = parse_formula(joined_terms(terms))
    train = Box((-TRAIN_BOUND,) * inputs, (TRAIN_BOUND,) * inputs)
    outer = Box((-OOD_BOUND,) * inputs, (OOD_BOUND,) * inputs)
    ood = Shell(train, outer)
    return formula_target(
        name, "polynomial", formula, train=train, ood=ood, variables=variables
    )


def _term(function: str, variables: tuple[str, ...], order: tuple[int, ...]) -> str:
    factors = [
        x if n == 1 else f"{function}({n}, {x})"  # the first of either basis is x itself
        for x, n in zip(variables, order, strict=True)
        if n > 0
    ]
    return "*".join(factors)
