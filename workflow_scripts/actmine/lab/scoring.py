"""Turns predictions into losses, in the parent, which alone holds the targets."""

import numpy as np
from numpy.typing import NDArray

from actmine.lab.work import Targets
from actmine.records.evaluation import Table, table


def losses(
    train: NDArray[np.float32], test: NDArray[np.float32], *, targets: Targets
) -> dict[str, Table]:
    """Mean squared errors by region, in float64.

    Args:
        train: (member, row) predictions on the training rows, of the work's own shape.
        test: (member, row) predictions on the shuffled test rows, likewise.
        targets: what they should have been.

    Returns:
        `train`, `id` and `ood`, each (task, replicate).

    Raises:
        ValueError: predictions are not finite.
    """
    return {
        "train": _mean_squared_error(train, targets.train),
        **region_losses(test, targets=targets),
    }


def region_losses(test: NDArray[np.float32], *, targets: Targets) -> dict[str, Table]:
    """Mean squared errors inside and outside the training region, in float64.

    Args:
        test: (member, row) predictions on the shuffled test rows, of the work's own shape.
        targets: what they should have been.

    Returns:
        `id` and `ood`, each (task, replicate).

    Raises:
        ValueError: predictions are not finite.
    """
    unshuffled = np.empty_like(test)
    unshuffled[:, targets.order] = test
    split = targets.id.shape[1]
    return {
        "id": _mean_squared_error(unshuffled[:, :split], targets.id),
        "ood": _mean_squared_error(unshuffled[:, split:], targets.ood),
    }


def _mean_squared_error(prediction: NDArray[np.float32], target: NDArray[np.float32]) -> Table:
    tasks, rows = target.shape
    stacked = prediction.astype(np.float64).reshape(tasks, -1, rows)
    if not np.isfinite(stacked).all():
        raise ValueError("a prediction is not finite")
    return table(np.square(stacked - target[:, None, :].astype(np.float64)).mean(axis=2))
