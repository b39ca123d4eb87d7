"""Ranks functions by what they are worth on tasks that the search never saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from actmine.lab.fitness import Losses, score
from actmine.records.candidate import Coupling, Origin
from actmine.records.listed import Role
from actmine.settings.sections import FitnessSettings
from actmine.validation.paired_comparison import at_matched_id, compare
from actmine.validation.statistics import holm, t_interval

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
    "role",
    "ratio_relu_low",
    "ratio_relu_high",
    "ratio_gelu_low",
    "ratio_gelu_high",
    "ratio_best",
    "ratio_best_low",
    "ratio_best_high",
    "p_gelu_holm",
    "p_best_holm",
    "won_relu",
    "won_gelu",
    "ood_at_matched_id",
)
TEXT = ("candidate_id", "name", "origin", "coupling", "role")
# Empty where a function has none: no search had it, it is no finalist, nothing is best.
OPTIONAL = (
    "search_fitness",
    "ratio_best",
    "ratio_best_low",
    "ratio_best_high",
    "p_gelu_holm",
    "p_best_holm",
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
    role: Role
    losses: Losses


def leaderboard(
    measured: Sequence[Measured],
    *,
    relu: Losses,
    gelu: Losses,
    best: Losses | None = None,
    settings: FitnessSettings,
    weights: NDArray[np.float64] | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """The table of held-out results, best first; a tie goes to the lower candidate id.

    `held_out_fitness` follows the search's own settings, with a task-level t interval.
    `ratio_relu` and `ratio_gelu` are geometric means of out-of-distribution loss ratios,
    below 1 where the function is better; unlike the fitness they are not clipped. Their p
    values are corrected by Holm's method over the finalists, and only these have one.

    Args:
        measured: functions with losses on one suite.
        relu, gelu: the references on that suite.
        best: the known function that was best on the search suite, on this one.
        weights: (task,) as in `score`; they hold for every mean over tasks here.

    Raises:
        ValueError: suites differ, or fewer than two tasks count.
    """
    others = {"relu": relu, "gelu": gelu} | ({} if best is None else {"best": best})
    rows = [
        _row(one, others=others, settings=settings, weights=weights, confidence=confidence)
        for one in measured
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table[list(OPTIONAL)] = table[list(OPTIONAL)].astype(float)
    _correct(table)
    return table.sort_values(
        ["held_out_fitness", "candidate_id"], ascending=[False, True], ignore_index=True
    )


def _correct(table: pd.DataFrame) -> None:
    """Puts corrected p values in the place of the finalists', and takes out all others."""
    finalists = (table["role"] == Role.FINALIST.value).to_numpy()
    for column in ("p_gelu_holm", "p_best_holm"):
        told = finalists & table[column].notna().to_numpy()
        table.loc[told, column] = holm(table.loc[told, column].to_numpy())
        table.loc[~told, column] = np.nan


def _row(
    one: Measured,
    *,
    others: Mapping[str, Losses],
    settings: FitnessSettings,
    weights: NDArray[np.float64] | None,
    confidence: float,
) -> dict[str, object]:
    relu = others["relu"]
    fitness = score(one.losses, relu, weights=weights, settings=settings)
    tasks = len(relu.ood) if weights is None else int(np.count_nonzero(weights))
    interval = t_interval(
        fitness.value, fitness.standard_error, tasks=tasks, confidence=confidence
    )

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
        "mean_ood_loss": mean_loss(one.losses.ood),
        "id_loss": mean_loss(one.losses.id),
        "flops": one.flops,
        "coupling": one.coupling.value,
        "role": one.role.value,
        "ood_at_matched_id": at_matched_id(
            one.losses, relu, epsilon=settings.epsilon, weights=weights
        ),
        **_ratios(
            one, others, epsilon=settings.epsilon, weights=weights, confidence=confidence
        ),
    }


def _ratios(
    measured: Measured,
    others: Mapping[str, Losses],
    *,
    epsilon: float,
    weights: NDArray[np.float64] | None,
    confidence: float,
) -> dict[str, float]:
    """The columns of comparisons with some others; p values are not corrected yet."""
    cells: dict[str, float] = {}
    for name, other in others.items():
        one = compare(
            measured.losses, other, epsilon=epsilon, weights=weights, confidence=confidence
        )
        cells |= {
            f"ratio_{name}": one.ratio,
            f"ratio_{name}_low": one.low,
            f"ratio_{name}_high": one.high,
            f"p_{name}_holm": one.p,
            f"won_{name}": one.won,
        }
    return cells


def read_leaderboard(path: Path) -> pd.DataFrame:
    """Reads the table back from CSV; a function named "NA" keeps its name.

    Raises:
        ValueError: its columns are not a leaderboard's.
    """
    table = pd.read_csv(
        path,
        dtype=dict.fromkeys(TEXT, str),
        keep_default_na=False,
        na_values={column: [""] for column in OPTIONAL},
    )
    if tuple(table.columns) != COLUMNS:
        raise ValueError(f"{path}: columns are {list(table.columns)}, not {list(COLUMNS)}")
    return table
