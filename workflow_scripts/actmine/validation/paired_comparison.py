"""Compares a function with another one, paired by task and by network."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from actmine.lab.fitness import Losses, log_ratio
from actmine.records.form import Form
from actmine.validation.statistics import detectable, p_value, weighted_interval

Array = NDArray[np.float64]
POWER = 0.8  # with which an effect is said to be found [ours]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A function's loss over another's.

    Attributes:
        ratio: geometric mean over networks and tasks; below 1 the function is better.
        low, high: its interval (Student's t over tasks, in logs).
        p: of the two-sided paired t test over tasks that the ratio is 1.
        won: share of the tasks on which the function is better; a tie counts half.
        sd: standard deviation of the log ratio between tasks.
        tasks: how many count.
    """

    FORM: ClassVar = Form(derived=("detectable_ratio",))

    ratio: float
    low: float
    high: float
    p: float
    won: float
    sd: float
    tasks: int

    @property
    def detectable_ratio(self) -> float:
        """The ratio, below 1, that one test on so many tasks finds with the power `POWER`."""
        return float(np.exp(-detectable(self.sd, tasks=self.tasks, power=POWER)))


def compare(
    losses: Losses,
    other: Losses,
    *,
    epsilon: float,
    weights: Array | None = None,
) -> Comparison:
    """Compares the losses of two functions; unlike the fitness, nothing is clipped.

    Args:
        losses, other: on the same tasks, with as many replicates.
        epsilon: added to both losses of a ratio.
        weights: (task,) as in `fitness.score`.

    Raises:
        ValueError: the tasks differ, or fewer than two count.
    """
    gains = task_gains(losses, other, epsilon=epsilon)
    interval = weighted_interval(gains, weights)
    counted = np.ones(len(gains)) if weights is None else weights
    values = gains[counted > 0]
    return Comparison(
        ratio=float(np.exp(-interval.mean)),
        low=float(np.exp(-interval.high)),
        high=float(np.exp(-interval.low)),
        p=p_value(interval, tasks=len(values)),
        won=float(np.average((1 + np.sign(gains)) / 2, weights=counted)),
        sd=float(values.std(ddof=1)),
        tasks=len(values),
    )


def task_gains(
    losses: Losses, other: Losses, *, epsilon: float, region: Literal["ood", "id"] = "ood"
) -> Array:
    """(task,) mean log of the other's loss over the function's; above 0 it is better."""
    mine, theirs = getattr(losses, region), getattr(other, region)
    gains: Array = log_ratio(mine, theirs, epsilon=epsilon).mean(axis=1)
    return gains


def at_matched_id(
    losses: Losses, other: Losses, *, epsilon: float, weights: Array | None = None
) -> float:
    """The ratio of OOD losses that is left where the in-distribution losses are equal. [ours]

    A function that merely converges faster is better inside the training region, and thereby
    outside. Networks are not kept, and curves hold training losses only, so OOD losses
    cannot be read at the step of an equal ID loss. Instead the log ratio of OOD losses is
    regressed on that of ID losses, over tasks (least squares, weighted like the mean); this
    is the regression's value at an ID ratio of 1. Where all ID ratios are the same there is
    nothing to adjust for, and it is the plain ratio.
    """
    shares = np.ones(len(losses.ood)) if weights is None else weights
    ood = task_gains(losses, other, epsilon=epsilon)[shares > 0]
    inside = task_gains(losses, other, epsilon=epsilon, region="id")[shares > 0]
    shares = shares[shares > 0] / shares.sum()
    mean, centre = float(shares @ ood), float(shares @ inside)
    spread = float(shares @ np.square(inside - centre))
    if spread < 1e-12:  # squared log units: far below what one network differs from another
        return float(np.exp(-mean))
    slope = float(shares @ ((inside - centre) * (ood - mean))) / spread
    return float(np.exp(-(mean - slope * centre)))
