"""EQL÷: formulas with which equation learners are tested (Sahoo, Lampert, Martius, ICML 2018).

Facts only: formulas, regions, rows, noise and figures of the paper's sections 4.1 and 4.2. In
the authors' data the formula of F-1 is also called f0, and π of the division is 3.14.
"""

import numpy as np

from actmine.external.metric import Metric
from actmine.external.source import Source, every_family
from actmine.tasks.formula import parse_formula
from actmine.tasks.regions import Box, Shell
from actmine.tasks.target import Target, formula_target

FORMULAS = {
    "division": "sin(pi*x1)/(x2**2 + 1)",
    "F-1": "(sin(pi*x1) + sin(2*pi*x2 + pi/8) + x2 - x3*x4)/3",
    "F-2": "(sin(pi*x1) + x2*cos(2*pi*x1 + pi/4) + x3 - x4**2)/3",
    "F-3": "((1 + x2)*sin(pi*x1) + x2*x3*x4)/3",
    "F-4": "(sin(pi*x1) + cos(2*x2*sin(pi*x1)) + x2*x3*x4)/2",
}
NOISE = 0.01  # standard deviation, on training and test targets


def target(name: str, rng: np.random.Generator, *, family: str) -> Target:
    """A formula, trained in the cube [-1, 1]^d, tested in [-2, 2]^d without it."""
    formula = parse_formula(FORMULAS[family])
    inputs = len(formula.variables)
    train = Box((-1.0,) * inputs, (1.0,) * inputs)
    ood = Shell(train, Box((-2.0,) * inputs, (2.0,) * inputs))
    return formula_target(name, family, formula, train=train, ood=ood)


def _published(
    *, perceptron: float, svr: float, eureqa: float, eql: float, eql_div: float
) -> tuple[tuple[str, float], ...]:
    return (
        ("tanh perceptron", perceptron),
        ("SVR", svr),
        ("Eureqa", eureqa),
        ("EQL", eql),
        ("EQL÷", eql_div),
    )


SOURCE = Source(
    name="eql",
    title="EQL÷",
    cite="Sahoo, Lampert, Martius, ICML 2018, arXiv 1806.07259, Fig. 5 and Table 1",
    metric=Metric.RMS,
    draw=every_family(target, FORMULAS, noise=NOISE),
    differs="Published are medians over 10 initialisations, those of F-2 to F-4 of models "
    "chosen without rows of the test region. The published perceptron has tanh, and its depth "
    "(2 to 4 layers), width (5, 10, 20) and regularisation are chosen on validation rows, with "
    "Adam at .001 and minibatches of 20; here it is the run's own network, with no such choice",
    # Division: Fig. 5 (a). F-2 to F-4: Table 1, column "Vint-S/Vint". F-1: Table 1's caption,
    # which has no figure for a perceptron.
    published={
        "division": _published(perceptron=0.83, svr=0.26, eureqa=0.13, eql=0.2, eql_div=0.01),
        "F-1": (("EQL", 0.01), ("EQL÷", 0.01)),
        "F-2": _published(perceptron=0.58, svr=0.91, eureqa=0.01, eql=0.03, eql_div=0.01),
        "F-3": _published(perceptron=0.47, svr=0.34, eureqa=0.01, eql=0.35, eql_div=0.01),
        "F-4": _published(perceptron=0.86, svr=0.91, eureqa=0.85, eql=0.37, eql_div=0.23),
    },
)
