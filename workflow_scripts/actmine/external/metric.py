"""Turns losses into the metric that a suite's source judges by."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from actmine.records.evaluation import Evaluation
from actmine.tasks.task import Task

Array = NDArray[np.float64]


class Metric(StrEnum):
    """An error outside the training region; lower is better.

    RMS: root mean squared error, in the target's own units.
    NMSE: mean squared error over the variance of the test targets; 1 for their mean.
    MSE_MAX: mean squared error over the square of the largest target.
    RELATIVE: median relative error in per cent.
    """

    RMS = "RMS"
    NMSE = "NMSE"
    MSE_MAX = "MSE ÷ max²"
    RELATIVE = "median relative error, %"


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The metric over the tasks of a family.

    Attributes:
        median, lowest, highest: as the sources report ten initialisations.
    """

    median: float
    lowest: float
    highest: float


def by_family(
    metric: Metric, evaluation: Evaluation, tasks: Sequence[Task]
) -> dict[str, Spread]:
    """The metric by family; nothing if the function has no losses.

    Args:
        tasks: of the suite that it was measured on, in order.
    """
    if not evaluation.is_scored:
        return {}
    values = _values(metric, evaluation, tasks)
    families = np.array([task.family for task in tasks])
    return {
        family: _spread(values[families == family])
        for family in dict.fromkeys(families.tolist())
    }


def _values(metric: Metric, evaluation: Evaluation, tasks: Sequence[Task]) -> Array:
    """(task, replicate) of the metric."""
    if metric is Metric.RELATIVE:
        return 100 * np.array(evaluation.relative)
    ood = np.array(evaluation.ood)
    y_std = np.array([task.y_std for task in tasks])[:, None]
    if metric is Metric.RMS:
        return np.asarray(np.sqrt(ood) * y_std)
    if metric is Metric.NMSE:
        variance = [task.y_ood.astype(np.float64).var() for task in tasks]
        return np.asarray(ood / np.array(variance)[:, None])
    largest = np.array([_largest(task) for task in tasks])[:, None]
    return np.asarray(ood * np.square(y_std / largest))


def _largest(task: Task) -> float:
    y = np.concatenate([task.y_train, task.y_ood]).astype(np.float64)
    return float(np.abs(y * task.y_std + task.y_mean).max())


def _spread(values: Array) -> Spread:
    return Spread(
        median=float(np.median(values)),
        lowest=float(values.min()),
        highest=float(values.max()),
    )
