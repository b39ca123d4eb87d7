"""Tables of what further measurements say: by family of tasks, in other labs, by each bias."""

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from actmine.lab.estimate import Array
from actmine.lab.fitness import Losses, log_ratio
from actmine.lab.scorer import Scorer, losses_of
from actmine.records.evaluation import Evaluation
from actmine.records.listed import Listed
from actmine.settings.networks import NetworkSettings
from actmine.validation.paired_comparison import compare, task_gains
from actmine.validation.statistics import Interval, mean_interval, t_interval

FAMILY_COLUMNS = (
    "candidate_id",
    "name",
    "family",
    "tasks",
    "log_ratio_relu",
    "low",
    "high",
    "ood_loss",
    "id_loss",
    "ratio_constant",
)
AS_CONFIGURED = "lab"  # the name of the run's own settings among the others
OF_THE_LAB = ("width", "depth", "learning_rate", "optimizer")
FIGURES = ("fitness", "ci_low", "ci_high", "ratio_gelu", "low", "high")
ROBUSTNESS_COLUMNS = ("setting", *OF_THE_LAB, "candidate_id", "name", *FIGURES)
CROSS_COLUMNS = ("mined_for", "champion_id", "name", "measured_on", "fitness", "low", "high")


def family_table(
    losses: Mapping[str, Losses],
    *,
    names: Mapping[str, str],
    relu: Losses,
    families: Sequence[str],
    constant: Array,
    epsilon: float,
) -> pd.DataFrame:
    """One row a function and family, columns FAMILY_COLUMNS.

    `log_ratio_relu` is the mean log of ReLU's OOD loss over the function's, not clipped and
    without weights; a family of one task has no interval. `ratio_constant` is the geometric
    mean of the function's OOD loss over a constant's: above 1 it does worse than one that
    learned nothing.

    Args:
        losses: held-out, by candidate id.
        names: by candidate id.
        families: the family of each task, in order.
        constant: (task,) OOD losses of a constant, as of `constant_losses`.
        epsilon: added to both losses of a ratio.
    """
    of_task = np.array(families)
    rows = []
    for candidate_id, of_function in losses.items():
        gains = task_gains(of_function, relu, epsilon=epsilon)
        level = np.broadcast_to(constant[:, np.newaxis], of_function.ood.shape)
        below = log_ratio(of_function.ood, level, epsilon=epsilon).mean(axis=1)
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
                    "ratio_constant": float(np.exp(-below[here].mean())),
                }
            )
    return pd.DataFrame(rows, columns=list(FAMILY_COLUMNS))


def _interval(gains: Array) -> Interval:
    if len(gains) < 2:
        return Interval(mean=float(gains.mean()), low=nan, high=nan)
    return mean_interval(gains)


def robustness_rows(
    setting: str,
    lab: NetworkSettings,
    scorer: Scorer | None,
    evaluations: Mapping[str, Evaluation],
    names: Mapping[str, str],
) -> list[dict[str, Any]]:
    """The compared functions under one setting of the lab, as rows of ROBUSTNESS_COLUMNS.

    A function that failed there has a row without figures, as all have where ReLU or GELU
    did.

    Args:
        setting: its name.
        lab: the lab's keys under it.
        scorer: of ReLU and GELU under it, if they did not fail.
        evaluations: by candidate id; may hold more functions.
        names: of the compared functions, by candidate id.
    """
    common = {"setting": setting, **{key: getattr(lab, key) for key in OF_THE_LAB}}
    return [
        {
            **common,
            "candidate_id": candidate_id,
            "name": name,
            **_figures(scorer, evaluations[candidate_id]),
        }
        for candidate_id, name in names.items()
        if candidate_id in evaluations
    ]


def robustness_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows of all settings, columns ROBUSTNESS_COLUMNS."""
    return pd.DataFrame(rows, columns=list(ROBUSTNESS_COLUMNS))


def _figures(scorer: Scorer | None, evaluation: Evaluation) -> dict[str, float]:
    fitness = scorer.fitness(evaluation) if scorer else None
    if scorer is None or fitness is None:
        return dict.fromkeys(FIGURES, nan)
    interval = t_interval(fitness)
    comparison = compare(
        losses_of(evaluation),
        scorer.gelu,
        epsilon=scorer.settings.epsilon,
        design=scorer.design,
    )
    return {
        "fitness": fitness.value,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "ratio_gelu": comparison.ratio,
        "low": comparison.low,
        "high": comparison.high,
    }


def cross_table(
    champions: Mapping[str, Listed],
    held_out: Mapping[str, Evaluation],
    scorers: Mapping[str, Scorer],
) -> pd.DataFrame:
    """Each arm's champion under each arm's target, columns CROSS_COLUMNS.

    Networks are trained once on all held-out tasks; targets only weigh their losses. An arm
    without a champion, or whose champion failed, has no rows.

    Args:
        champions: by arm.
        held_out: by candidate id.
        scorers: by arm, of the held-out measurement under the arm's target.
    """
    rows = []
    for arm, champion in champions.items():
        for other, scorer in scorers.items():
            evaluation = held_out.get(champion.candidate_id)
            fitness = scorer.fitness(evaluation) if evaluation else None
            if fitness is None:
                continue
            interval = t_interval(fitness)
            rows.append(
                {
                    "mined_for": arm,
                    "champion_id": champion.candidate_id,
                    "name": champion.name,
                    "measured_on": other,
                    "fitness": fitness.value,
                    "low": interval.low,
                    "high": interval.high,
                }
            )
    return pd.DataFrame(rows, columns=list(CROSS_COLUMNS))
