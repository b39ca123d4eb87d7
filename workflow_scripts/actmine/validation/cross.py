"""Crosses biases: what was mined for one, measured by each."""

from collections.abc import Mapping

import pandas as pd

from actmine.lab.scorer import Scorer
from actmine.records.evaluation import Evaluation
from actmine.records.listed import Listed
from actmine.validation.statistics import t_interval

COLUMNS = ("mined_for", "champion_id", "name", "measured_on", "fitness", "low", "high")


def cross_table(
    champions: Mapping[str, Listed],
    held_out: Mapping[str, Evaluation],
    scorers: Mapping[str, Scorer],
) -> pd.DataFrame:
    """Each arm's champion under each arm's target, columns COLUMNS.

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
            interval = t_interval(fitness.value, fitness.standard_error, tasks=scorer.counted)
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
    return pd.DataFrame(rows, columns=list(COLUMNS))
