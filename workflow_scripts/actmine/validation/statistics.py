"""Says how far a mean over tasks can be trusted.

Tasks are the sample: replicates of one task are averaged before anything here, because
they tell nothing about other tasks. [ours]
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


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


def mean_interval(task_means: Array, *, confidence: float = 0.95) -> Interval:
    """Student's t interval of the mean over tasks.

    A percentile bootstrap over tasks covers too rarely at these numbers of tasks.

    Args:
        task_means: (task,) one number a task, replicates averaged.
        confidence: nominal coverage.

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
        confidence=confidence,
    )


def paired_interval(a: Array, b: Array, *, confidence: float = 0.95) -> Interval:
    """Student's t interval of the mean of a − b, both on the same tasks.

    Pairing takes out what the tasks have in common, most of the variance between them.

    Args:
        a, b: (task,) one number a task.

    Raises:
        ValueError: the tasks differ, or there are fewer than two.
    """
    if a.shape != b.shape:
        raise ValueError(f"pairs need the same tasks, not {a.shape} and {b.shape}")
    return mean_interval(a - b, confidence=confidence)


def t_interval(
    mean: float, standard_error: float, *, tasks: int, confidence: float = 0.95
) -> Interval:
    """The interval around a mean whose standard error is known already.

    Args:
        tasks: how many the standard error was estimated from.

    Raises:
        ValueError: fewer than two tasks, or the confidence is no share.
    """
    from scipy.special import stdtrit  # not scipy.stats, which takes a second to import

    if tasks < 2:
        raise ValueError(f"{tasks} task gives no interval; validate on two tasks or more")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}, not between 0 and 1")
    reach = float(stdtrit(tasks - 1, (1 + confidence) / 2)) * standard_error
    return Interval(
        mean=mean, low=mean - reach, high=mean + reach, standard_error=standard_error
    )
