"""Tells whether a finding hangs on the lab: other widths, depths, rates, optimizers."""

from collections.abc import Mapping
from math import nan
from typing import Any

import pandas as pd

from actmine.lab.scorer import Scorer, losses_of
from actmine.records.evaluation import Evaluation
from actmine.settings.sections import NetworkSettings
from actmine.validation.paired_comparison import compare
from actmine.validation.statistics import t_interval

COLUMNS = (
    "setting",
    "width",
    "depth",
    "learning_rate",
    "optimizer",
    "candidate_id",
    "name",
    "fitness",
    "ci_low",
    "ci_high",
    "ratio_gelu",
    "low",
    "high",
)
AS_CONFIGURED = "lab"  # the name of the run's own settings among the others
OF_THE_LAB = ("width", "depth", "learning_rate", "optimizer")


def robustness_rows(
    setting: str,
    lab: NetworkSettings,
    scorer: Scorer | None,
    evaluations: Mapping[str, Evaluation],
    names: Mapping[str, str],
) -> list[dict[str, Any]]:
    """The compared functions under one setting of the lab, as rows of COLUMNS.

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
    """The rows of all settings, columns COLUMNS."""
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _figures(scorer: Scorer | None, evaluation: Evaluation) -> dict[str, float]:
    fitness = scorer.fitness(evaluation) if scorer else None
    if scorer is None or fitness is None:
        return dict.fromkeys(COLUMNS[-6:], nan)
    interval = t_interval(fitness.value, fitness.standard_error, tasks=scorer.counted)
    comparison = compare(
        losses_of(evaluation),
        scorer.gelu,
        epsilon=scorer.settings.epsilon,
        weights=scorer.weights,
    )
    return {
        "fitness": fitness.value,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "ratio_gelu": comparison.ratio,
        "low": comparison.low,
        "high": comparison.high,
    }
