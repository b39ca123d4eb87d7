"""Two functions side by side on every held-out task: who wins where, and by how much."""

from pathlib import Path

import numpy as np
import pandas as pd

from actmine import layout
from actmine.evolution.reading import read_evaluations
from actmine.files import read_json
from actmine.lab.fitness import Losses
from actmine.lab.scorer import losses_of
from actmine.settings.configuration import ConfigError
from actmine.settings.measurements import HELD_OUT
from actmine.settings.sections import Settings
from actmine.validation.material import by_id, read_measured
from actmine.validation.paired_comparison import task_gains

# Column: meaning.
BY_TASK = {
    "task": "its name in the suite",
    "family": "its family",
    "formula": "its target",
    "ratio": "OOD loss over the other's, geometric mean over networks; below 1 it is better",
    "ood_loss": "mean squared error of standardised targets outside the training region",
    "ood_loss_other": "the other's",
    "id_loss": "the same on new inputs from the training region",
    "id_loss_other": "the other's",
}


def task_table(run: Path, config: Settings, candidate_id: str, other_id: str) -> pd.DataFrame:
    """One row a held-out task, columns BY_TASK, the function's worst ratio first.

    Ratios are what the leaderboard's are the geometric mean of, and like these not clipped.

    Raises:
        ConfigError: one of the two was not measured on the held-out tasks.
    """
    mine, other = _losses(run, config, candidate_id), _losses(run, config, other_id)
    tasks = read_json(layout.manifest(run, HELD_OUT))["tasks"]
    table = pd.DataFrame(
        {
            "task": [task["name"] for task in tasks],
            "family": [task["family"] for task in tasks],
            "formula": [task["formula"] for task in tasks],
            "ratio": np.exp(-task_gains(mine, other, epsilon=config.fitness.epsilon)),
            "ood_loss": mine.ood.mean(axis=1),
            "ood_loss_other": other.ood.mean(axis=1),
            "id_loss": mine.id.mean(axis=1),
            "id_loss_other": other.id.mean(axis=1),
        },
        columns=list(BY_TASK),
    )
    return table.sort_values("ratio", ascending=False, ignore_index=True)


def _losses(run: Path, config: Settings, candidate_id: str) -> Losses:
    """The held-out losses of a known function, a finalist, or what was drawn for contrast."""
    measured = by_id(read_evaluations([layout.reference(run, HELD_OUT)]))
    measured |= read_measured(run, config, HELD_OUT)
    found = measured.get(candidate_id)
    if found is None or not found.is_scored:
        raise ConfigError(
            f"{candidate_id}: has no losses on the held-out tasks; validation/leaderboard.csv "
            "lists the functions that have"
        )
    return losses_of(found)
