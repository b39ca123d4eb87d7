"""Tells on which family of tasks a function is better than ReLU, and where it is worse."""

from collections.abc import Mapping, Sequence
from math import nan

import numpy as np
import pandas as pd

from actmine.lab.fitness import Losses
from actmine.validation.paired_comparison import task_gains
from actmine.validation.statistics import Array, Interval, mean_interval

COLUMNS = (
    "candidate_id",
    "name",
    "family",
    "tasks",
    "log_ratio_relu",
    "low",
    "high",
    "ood_loss",
    "id_loss",
)


def family_table(
    losses: Mapping[str, Losses],
    *,
    names: Mapping[str, str],
    relu: Losses,
    families: Sequence[str],
    epsilon: float,
) -> pd.DataFrame:
    """One row a function and family, columns COLUMNS.

    `log_ratio_relu` is the mean log of ReLU's OOD loss over the function's, not clipped and
    without weights; a family of one task has no interval.

    Args:
        losses: held-out, by candidate id.
        names: by candidate id.
        families: the family of each task, in order.
        epsilon: added to both losses of a ratio.
    """
    of_task = np.array(families)
    rows = []
    for candidate_id, of_function in losses.items():
        gains = task_gains(of_function, relu, epsilon=epsilon)
        for family in dict.fromkeys(families):
            here = of_task == family
            interval = _interval(gains[here])
            rows.append(
                {
                    "candidate_id": candidate_id,
                    "name": names[candidate_id],
                    "family": family,
                    "tasks": int(here.sum()),
                    "log_ratio_relu": interval.mean,
                    "low": interval.low,
                    "high": interval.high,
                    "ood_loss": float(of_function.ood[here].mean()),
                    "id_loss": float(of_function.id[here].mean()),
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _interval(gains: Array) -> Interval:
    if len(gains) < 2:
        return Interval(mean=float(gains.mean()), low=nan, high=nan, standard_error=nan)
    return mean_interval(gains)
