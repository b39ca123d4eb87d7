"""Gives a mean over tasks its interval, its p value and the power of its test."""

from dataclasses import dataclass

import numpy as np

from actmine.lab.estimate import Array, Estimate, alike, estimate

CONFIDENCE = 0.95  # nominal coverage of every interval [ours]


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean over tasks with its confidence interval.

    Attributes:
        low, high: ends of the interval, around the mean.
    """

    mean: float
    low: float
    high: float


def mean_interval(values: Array) -> Interval:
    """Student's t interval of the mean of numbers that are all of one kind.

    A percentile bootstrap covers too rarely at these numbers of tasks. Of two functions take
    the differences on the same tasks: that takes out what the tasks have in common, most of
    the variance between them.

    Raises:
        ValueError: fewer than two numbers, or one is not finite.
    """
    return t_interval(estimate(values, alike(len(values))))


def t_interval(found: Estimate) -> Interval:
    """Student's t interval around an estimated mean.

    Raises:
        ValueError: fewer than two tasks count.
    """
    reach = _threshold(found.freedom) * found.standard_error
    return Interval(mean=found.value, low=found.value - reach, high=found.value + reach)


def p_value(found: Estimate) -> float:
    """Of the two-sided t test that the mean is 0; 1 where every task says 0."""
    from scipy.special import stdtr

    if found.standard_error == 0:
        return 1.0 if found.value == 0 else 0.0
    return float(2 * stdtr(found.freedom, -abs(found.value) / found.standard_error))


def median_interval(values: Array) -> Interval | None:
    """The median with the interval between two of the values that holds it 95% of the time.

    Whatever the numbers are distributed like: each lies above the median of all there are
    with the chance of one half. It is the narrowest pair of ranks, alike from both ends, that
    covers as often; none if even the least and the greatest do not, with fewer than six.

    Args:
        values: one or more.
    """
    from scipy.special import bdtr

    ordered, count = np.sort(values), len(values)
    # So many at either end may be left out.
    out = sum(bdtr(rank, count, 0.5) <= (1 - CONFIDENCE) / 2 for rank in range(count))
    if out == 0:
        return None
    return Interval(
        mean=float(np.median(ordered)),
        low=float(ordered[out - 1]),
        high=float(ordered[count - out]),
    )


def in_sequence(p_values: Array) -> Array:
    """Corrects p values of tests that are taken one after the other (fixed-sequence testing).

    A test counts only if all before it found something, so its corrected p value is the
    largest up to it, and the first pays nothing. Whatever the tests have in common, any of
    them finds what is not there only if the first that has nothing to find does, which has
    the chance of one test. Their order must not depend on the data that they are made on.
    """
    corrected: Array = np.maximum.accumulate(p_values)
    return corrected


def holm(p_values: Array) -> Array:
    """Corrects p values of many tests at once by Holm's step-down procedure.

    Whatever the tests have in common, that any of them finds what is not there has at most the
    chance of one test.
    """
    order = np.argsort(p_values)
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    corrected = np.empty_like(p_values)
    corrected[order] = np.minimum(1, np.maximum.accumulate(steps))
    return corrected


def detectable(standard_error: float, *, freedom: float, power: float = 0.8) -> float:
    """The mean that a two-sided t test finds with this power, in the error's units.

    The test's rate of false alarms is 0.05. That it takes such a mean for one of the other
    sign is not counted: that has no probability here.

    Args:
        freedom: degrees of freedom of the error.

    Raises:
        ValueError: fewer than two tasks count.
    """
    from scipy.special import nctdtrinc

    return float(nctdtrinc(freedom, 1 - power, _threshold(freedom))) * standard_error


def _threshold(freedom: float) -> float:
    """How many standard errors an interval reaches to each side."""
    from scipy.special import stdtrit  # not scipy.stats, which takes a second to import

    if freedom == 0:
        raise ValueError("one task tells nothing about others; validate on two tasks or more")
    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))
