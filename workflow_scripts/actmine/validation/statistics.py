"""Says how far a mean over tasks can be trusted.

Tasks are the sample: replicates of one task are averaged before anything here, because
they tell nothing about other tasks. [ours]
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
CONFIDENCE = 0.95  # nominal coverage of every interval [ours]


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean over tasks with its confidence interval.

    Attributes:
        low, high: ends of the interval, around the mean.
        standard_error: of the mean.
    """

    mean: float
    low: float
    high: float
    standard_error: float


def mean_interval(task_means: Array) -> Interval:
    """Student's t interval of the mean over tasks.

    A percentile bootstrap over tasks covers too rarely at these numbers of tasks. Of two
    functions take the differences on the same tasks: that takes out what the tasks have in
    common, most of the variance between them.

    Args:
        task_means: (task,) one number a task, replicates averaged.

    Raises:
        ValueError: fewer than two tasks, or a number is not finite.
    """
    if task_means.ndim != 1 or len(task_means) < 2:
        raise ValueError(
            f"an interval needs a number for each of two tasks or more, not {task_means.shape}"
        )
    wrong = np.flatnonzero(~np.isfinite(task_means))
    if wrong.size:
        raise ValueError(f"the mean of task {wrong[0]} is {task_means[wrong[0]]}, not finite")
    return t_interval(
        float(task_means.mean()),
        float(task_means.std(ddof=1)) / sqrt(len(task_means)),
        tasks=len(task_means),
    )


def t_interval(mean: float, standard_error: float, *, tasks: int) -> Interval:
    """The interval around a mean whose standard error is known already.

    Args:
        tasks: how many the standard error was estimated from.

    Raises:
        ValueError: fewer than two tasks.
    """
    from scipy.special import stdtrit  # not scipy.stats, which takes a second to import

    if tasks < 2:
        raise ValueError(f"{tasks} task gives no interval; validate on two tasks or more")
    reach = float(stdtrit(tasks - 1, (1 + CONFIDENCE) / 2)) * standard_error
    return Interval(
        mean=mean, low=mean - reach, high=mean + reach, standard_error=standard_error
    )


def weighted_interval(task_means: Array, weights: Array | None = None) -> Interval:
    """Student's t interval of a weighted mean over tasks.

    The standard error is the linearised one that the fitness has too; with equal weights it
    is that of `mean_interval`. Tasks without weight do not count.

    Args:
        task_means: (task,) one number a task, replicates averaged.
        weights: (task,) not negative, of any sum; none weighs every task the same.

    Raises:
        ValueError: fewer than two tasks count, or a number is not finite.
    """
    if weights is None:
        return mean_interval(task_means)
    counted = weights > 0
    values, shares = task_means[counted], weights[counted] / weights.sum()
    if len(values) < 2 or np.ptp(shares) == 0:
        return mean_interval(values)
    if not np.isfinite(values).all():
        raise ValueError(f"the means of tasks must be finite, not {values}")
    mean, tasks = float(shares @ values), len(values)
    spread = float(np.square(shares * (values - mean)).sum())
    error = sqrt(spread * tasks / (tasks - 1))
    return t_interval(mean, error, tasks=tasks)


def p_value(interval: Interval, *, tasks: int) -> float:
    """Of the two-sided t test that the mean is 0; 1 where every task says 0."""
    from scipy.special import stdtr

    if interval.standard_error == 0:
        return 1.0 if interval.mean == 0 else 0.0
    return float(2 * stdtr(tasks - 1, -abs(interval.mean) / interval.standard_error))


def holm(p_values: Array) -> Array:
    """Holm's step-down correction: p values that hold for all of several tests at once."""
    order = np.argsort(p_values)
    steps = p_values[order] * np.arange(len(order), 0, -1)
    corrected = np.empty_like(steps)
    corrected[order] = np.maximum.accumulate(steps)
    return np.minimum(corrected, 1)


def detectable(sd: float, *, tasks: int, power: float = 0.8) -> float:
    """The mean that a two-sided t test finds with this power, in the units of `sd`.

    The test's rate of false alarms is 0.05; after Holm at worst that over the tests. That it
    takes such a mean for one of the other sign is not counted: that has no probability here.

    Args:
        sd: of one task's value, between tasks.

    Raises:
        ValueError: fewer than two tasks.
    """
    from scipy.special import nctdtrinc, stdtrit

    if tasks < 2:
        raise ValueError(f"{tasks} task gives no test; validate on two tasks or more")
    threshold = stdtrit(tasks - 1, (1 + CONFIDENCE) / 2)
    return float(nctdtrinc(tasks - 1, 1 - power, threshold)) / sqrt(tasks) * sd
