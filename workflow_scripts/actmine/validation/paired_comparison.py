"""Compares a function with another one, paired by task and by network."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar, Literal

import numpy as np

from actmine.lab.estimate import Array, Design, estimate
from actmine.lab.fitness import Losses, log_ratio
from actmine.records.form import Form
from actmine.validation.statistics import detectable, p_value, t_interval

POWER = 0.8  # with which an effect is said to be found [ours]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A function's loss over another's.

    Attributes:
        ratio: geometric mean over networks and tasks; below 1 the function is better.
        low, high: its interval (Student's t over tasks, in logs).
        p: of the two-sided paired t test over tasks that the ratio is 1.
        won: share of the tasks on which the function is better; a tie counts half.
        sd: of the log ratio between tasks of a family: its standard error times the root of
            `tasks`.
        tasks: how many count; formulas, where these are the sample.
        freedom: degrees of freedom of the standard error.
    """

    FORM: ClassVar = Form(derived=("detectable_ratio",))

    ratio: float
    low: float
    high: float
    p: float
    won: float
    sd: float
    tasks: int
    freedom: float

    @property
    def detectable_ratio(self) -> float:
        """The ratio, below 1, that one test on so many tasks finds with the power `POWER`."""
        error = self.sd / sqrt(self.tasks)
        return float(np.exp(-detectable(error, freedom=self.freedom, power=POWER)))


def compare(losses: Losses, other: Losses, *, epsilon: float, design: Design) -> Comparison:
    """Compares the losses of two functions; unlike the fitness, nothing is clipped.

    Args:
        losses, other: on the same tasks, with as many replicates.
        epsilon: added to both losses of a ratio.
        design: how tasks count.

    Raises:
        ValueError: the tasks differ, or fewer than two count.
    """
    return _comparison(task_gains(losses, other, epsilon=epsilon), design)


def compare_by_formula(
    losses: Losses, other: Losses, *, formulas: Sequence[str], epsilon: float, design: Design
) -> Comparison:
    """The same comparison with formulas as the sample: the boxes of one are averaged first.

    Boxes of one formula are alike, and tell less of other formulas than as many formulas
    would. This is what the comparison says of those. [ours]

    Args:
        formulas: of each task; a formula's tasks are of one family.

    Raises:
        ValueError: as for `compare`, where formulas count instead of tasks.
    """
    gains = task_gains(losses, other, epsilon=epsilon)
    _, first, member = np.unique(formulas, return_index=True, return_inverse=True)
    weights: Array = np.bincount(member, design.weights).astype(np.float64)
    means = np.bincount(member, gains) / np.bincount(member)
    families = tuple(design.families[index] for index in first)
    return _comparison(means, Design(weights=weights, families=families))


def _comparison(gains: Array, design: Design) -> Comparison:
    """What the gains of (task,) say."""
    found = estimate(gains, design)
    interval = t_interval(found)
    tasks = int(design.counted.sum())
    return Comparison(
        ratio=float(np.exp(-interval.mean)),
        low=float(np.exp(-interval.high)),
        high=float(np.exp(-interval.low)),
        p=p_value(found),
        won=float(np.average((1 + np.sign(gains)) / 2, weights=design.weights)),
        sd=found.standard_error * sqrt(tasks),
        tasks=tasks,
        freedom=found.freedom,
    )


def task_gains(
    losses: Losses, other: Losses, *, epsilon: float, region: Literal["ood", "id"] = "ood"
) -> Array:
    """(task,) mean log of the other's loss over the function's; above 0 it is better."""
    mine, theirs = getattr(losses, region), getattr(other, region)
    gains: Array = log_ratio(mine, theirs, epsilon=epsilon).mean(axis=1)
    return gains


def at_matched_id(losses: Losses, other: Losses, *, epsilon: float, design: Design) -> float:
    """The ratio of OOD losses that is left where the in-distribution losses are equal. [ours]

    A function that merely converges faster is better inside the training region, and thereby
    outside. Networks are not kept, and curves hold training losses only, so OOD losses
    cannot be read at the step of an equal ID loss. Instead the log ratio of OOD losses is
    regressed on that of ID losses, over tasks (least squares, weighted like the mean); this
    is the regression's value at an ID ratio of 1. Where all ID ratios are the same there is
    nothing to adjust for, and it is the plain ratio.
    """
    shares = design.shares
    ood = task_gains(losses, other, epsilon=epsilon)
    inside = task_gains(losses, other, epsilon=epsilon, region="id")
    mean, centre = float(shares @ ood), float(shares @ inside)
    spread = float(shares @ np.square(inside - centre))
    if spread < 1e-12:  # squared log units: far below what one network differs from another
        return float(np.exp(-mean))
    slope = float(shares @ ((inside - centre) * (ood - mean))) / spread
    return float(np.exp(-(mean - slope * centre)))
