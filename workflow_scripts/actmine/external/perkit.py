"""PerKit: periodic signals with a trend, twice as far out (Belcak, Wattenhofer 2022).

Facts of the toolkit's generator: waves, ranges of coefficients, radii. A tangent, its third
wave, has poles and is left out. What it calls a product of waves it computes as their sum, so
sums are all there is.
"""

from collections.abc import Mapping
from functools import reduce
from math import lcm, pi

import numpy as np
from numpy.typing import NDArray

from actmine.external.metric import Metric
from actmine.external.source import Source, every_family
from actmine.tasks.regions import Box, Shell
from actmine.tasks.target import Target

Array = NDArray[np.float64]

FORMS: Mapping[str, tuple[str, ...]] = {
    "sine": ("sin",),
    "saw": ("saw",),
    "two_sines": ("sin", "sin"),
    "sine_and_saw": ("sin", "saw"),
    "two_saws": ("saw", "saw"),
}
MASTER_PERIOD = (0.5, 1.0)  # after which the whole signal repeats, but for its trend
MULTIPLIERS = range(1, 10)  # of a wave's period, in units of the base period
TRAIN_PERIODS, TEST_PERIODS = 5, 10  # master periods to either side of 0


def wave(kind: str, x: Array, *, period: float, phase: float) -> Array:
    """(n,) values of a sine, or of a sawtooth that rises from 0 to 1 over a period.

    Args:
        phase: of a sine in units of x, of a sawtooth in periods, as the toolkit has them.
    """
    if kind == "sin":
        return np.asarray(np.sin(2 * pi / period * (x + phase)))
    return np.asarray(np.remainder(x / period + phase, 1.0))


def target(name: str, rng: np.random.Generator, *, family: str) -> Target:
    """A signal with its random coefficients, rounded to the digits that its text has."""
    kinds = FORMS[family]
    multipliers = [int(rng.choice(MULTIPLIERS)) for _ in kinds]
    master = float(rng.uniform(*MASTER_PERIOD))
    base = master / reduce(lcm, multipliers)
    waves = [
        (kind, round(multiplier * base, 6), round(float(rng.uniform()), 4))
        for kind, multiplier in zip(kinds, multipliers, strict=True)
    ]
    slope, first, second = (round(float(value), 4) for value in rng.uniform(size=3))
    level = first + second  # the trend's, and that of what was called a factor

    def function(x: Array) -> Array:
        parts = [wave(kind, x[:, 0], period=p, phase=shift) for kind, p, shift in waves]
        return np.asarray(slope * x[:, 0] + level + np.sum(parts, axis=0))

    terms = [f"{kind}(x; period {period:g}, phase {shift:g})" for kind, period, shift in waves]
    train = Box((-TRAIN_PERIODS * master,), (TRAIN_PERIODS * master,))
    outer = Box((-TEST_PERIODS * master,), (TEST_PERIODS * master,))
    return Target(
        name=name,
        family=family,
        formula=" + ".join([f"{slope:g}*x", f"{level:g}", *terms]),
        variables=("x",),
        train=train,
        ood=Shell(train, outer),
        function=function,
    )


SOURCE = Source(
    name="perkit",
    title="PerKit",
    cite="Belcak, Wattenhofer 2022, arXiv 2209.10280; github.com/pbelcak/perkit",
    metric=Metric.MSE_MAX,
    draw=every_family(target, FORMS),
    differs="The toolkit trains one hidden layer on inputs as they are, for 10 epochs; here "
    "it is the run's own network on standardised inputs",
)
