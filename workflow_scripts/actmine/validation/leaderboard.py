"""Ranks functions by what they are worth on tasks that the search never saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from actmine.candidate import Coupling, Origin
from actmine.fitness import FitnessSettings, Losses, log_ratio, score
from actmine.validation.statistics import t_interval

COLUMNS = (
    "candidate_id",
    "name",
    "origin",
    "search_fitness",
    "held_out_fitness",
    "ci_low",
    "ci_high",
    "ratio_relu",
    "ratio_gelu",
    "mean_ood_loss",
    "id_loss",
    "flops",
    "coupling",
)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A function that was measured on the held-out suite.

    Attributes:
        flops: per input element.
        search_fitness: on the search suite; none if no search had it.
        losses: on the held-out suite.
    """

    candidate_id: str
    name: str
    origin: Origin
    coupling: Coupling
    flops: float
    search_fitness: float | None
    losses: Losses


def leaderboard(
    measured: Sequence[Measured],
    *,
    relu: Losses,
    gelu: Losses,
    settings: FitnessSettings,
    weights: NDArray[np.float64] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """The table of held-out results, best first; a tie goes to the lower candidate id.

    `held_out_fitness` follows the search's own settings, with a task-level t interval.
    `ratio_relu` and `ratio_gelu` are geometric means of out-of-distribution loss ratios,
    below 1 where the function is better; unlike the fitness they are not clipped.

    Args:
        measured: functions with losses on one suite.
        relu, gelu: the references on that suite.
        weights: (task,) as in `score`; they hold for every mean over tasks here.

    Raises:
        ValueError: suites differ, or fewer than two tasks count.
    """
    rows = [
        _row(
            one, relu=relu, gelu=gelu, settings=settings, weights=weights, confidence=confidence
        )
        for one in measured
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["search_fitness"] = table["search_fitness"].astype(float)
    return table.sort_values(
        ["held_out_fitness", "candidate_id"], ascending=[False, True], ignore_index=True
    )


def _row(
    one: Measured,
    *,
    relu: Losses,
    gelu: Losses,
    settings: FitnessSettings,
    weights: NDArray[np.float64] | None,
    confidence: float,
) -> dict[str, object]:
    fitness = score(one.losses, relu, weights=weights, settings=settings)
    tasks = len(relu.ood) if weights is None else int(np.count_nonzero(weights))
    interval = t_interval(
        fitness.value, fitness.standard_error, tasks=tasks, confidence=confidence
    )

    def ratio_to(reference: Losses) -> float:
        gains = log_ratio(one.losses.ood, reference.ood, epsilon=settings.epsilon)
        return float(np.exp(-np.average(gains.mean(axis=1), weights=weights)))

    def mean_loss(losses: NDArray[np.float64]) -> float:
        return float(np.average(losses.mean(axis=1), weights=weights))

    return {
        "candidate_id": one.candidate_id,
        "name": one.name,
        "origin": one.origin.value,
        "search_fitness": one.search_fitness,
        "held_out_fitness": fitness.value,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "ratio_relu": ratio_to(relu),
        "ratio_gelu": ratio_to(gelu),
        "mean_ood_loss": mean_loss(one.losses.ood),
        "id_loss": mean_loss(one.losses.id),
        "flops": one.flops,
        "coupling": one.coupling.value,
    }


def read_leaderboard(path: Path) -> pd.DataFrame:
    """Reads the table back from CSV; a function named "NA" keeps its name.

    Raises:
        ValueError: its columns are not a leaderboard's.
    """
    text = dict.fromkeys(("candidate_id", "name", "origin", "coupling"), str)
    table = pd.read_csv(
        path, dtype=text, keep_default_na=False, na_values={"search_fitness": [""]}
    )
    if tuple(table.columns) != COLUMNS:
        raise ValueError(f"{path}: columns are {list(table.columns)}, not {list(COLUMNS)}")
    return table
