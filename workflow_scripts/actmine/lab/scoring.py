"""Turns predictions into losses, in the parent, which alone holds the targets."""

from collections.abc import Sequence

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


def relative_errors(
    test: NDArray[np.float32],
    *,
    targets: Targets,
    y_mean: Sequence[float],
    y_std: Sequence[float],
) -> Table:
    """Median relative errors outside the training region, of targets in their own units.

    Args:
        test: as in `region_losses`, with finite predictions.
        targets: what they should have been, standardised.
        y_mean, y_std: (task,) what undoes the standardisation.

    Returns:
        (task, replicate) medians over rows of |prediction - target| / |target|.
    """
    unshuffled = np.empty_like(test)
    unshuffled[:, targets.order] = test
    tasks, split = targets.id.shape
    errors = unshuffled[:, split:].astype(np.float64).reshape(tasks, targets.replicates, -1)
    spread = np.array(y_std)[:, None, None]
    ood = targets.ood[:, None, :].astype(np.float64)
    truth = ood * spread + np.array(y_mean)[:, None, None]
    # A target of zero gives an infinite error, which the median counts as a large one.
    with np.errstate(divide="ignore"):
        return table(np.median(np.abs((errors - ood) * spread) / np.abs(truth), axis=2))


def _mean_squared_error(prediction: NDArray[np.float32], target: NDArray[np.float32]) -> Table:
    tasks, rows = target.shape
    stacked = prediction.astype(np.float64).reshape(tasks, -1, rows)
    if not np.isfinite(stacked).all():
        raise ValueError("a prediction is not finite")
    return table(np.square(stacked - target[:, None, :].astype(np.float64)).mean(axis=2))
