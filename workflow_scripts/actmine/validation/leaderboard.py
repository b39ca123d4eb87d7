"""Ranks functions by what they are worth on tasks that the search never saw."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from actmine.evolution.formulas import formula_line
from actmine.lab.estimate import Array, Design
from actmine.lab.fitness import Losses, score
from actmine.records.candidate import Coupling
from actmine.records.listed import Listed
from actmine.settings.sections import FitnessSettings
from actmine.validation.leaderboard_rows import (
    COLUMNS,
    OPTIONAL,
    P_VALUES,
    read_leaderboard_rows,
)
from actmine.validation.paired_comparison import at_matched_id, compare
from actmine.validation.statistics import in_sequence, t_interval


def leaderboard(
    measured: Sequence[tuple[Listed, Losses]],
    *,
    relu: Losses,
    gelu: Losses,
    best: Losses | None = None,
    tested: Sequence[str],
    settings: FitnessSettings,
    design: Design,
) -> pd.DataFrame:
    """The table of held-out results, best first; a tie goes to the lower candidate id.

    `held_out_fitness` follows the search's own settings, with a task-level t interval.
    `ratio_relu` and `ratio_gelu` are geometric means of out-of-distribution loss ratios,
    below 1 where the function is better; unlike the fitness they are not clipped. Only what
    is `tested` has p values, corrected as of tests in that order.

    Args:
        measured: functions with their losses on one suite.
        relu, gelu: the references on that suite.
        best: the known function that was best on the search suite, on this one.
        tested: candidate ids of the finalists in the order of their tests, which no
            held-out task had a say in. One without losses found nothing: what follows it
            has a p value of 1.
        design: how tasks count, in every mean over them here.

    Raises:
        ValueError: suites differ, or fewer than two tasks count.
    """
    others = {"relu": relu, "gelu": gelu} | ({} if best is None else {"best": best})
    rows = [
        _row(listed, losses, others=others, settings=settings, design=design)
        for listed, losses in measured
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    _correct(table, tested)
    table[list(OPTIONAL)] = table[list(OPTIONAL)].astype(float)
    return table.sort_values(
        ["held_out_fitness", "candidate_id"], ascending=[False, True], ignore_index=True
    )


def _correct(table: pd.DataFrame, tested: Sequence[str]) -> None:
    """Puts corrected p values in the place of the tested functions', and takes out others."""
    plain = table.set_index("candidate_id")[list(P_VALUES)].astype(float)
    for column in P_VALUES:
        in_order = plain[column].reindex(list(tested), fill_value=1.0).to_numpy()
        corrected = dict(zip(tested, in_sequence(in_order), strict=True))
        table[column] = table["candidate_id"].map(corrected)


def _row(
    listed: Listed,
    losses: Losses,
    *,
    others: Mapping[str, Losses],
    settings: FitnessSettings,
    design: Design,
) -> dict[str, object]:
    relu, epsilon = others["relu"], settings.epsilon
    fitness = score(losses, relu, design=design, settings=settings)
    interval = t_interval(fitness)
    row: dict[str, object] = {
        "candidate_id": listed.candidate_id,
        "name": listed.name,
        "origin": listed.origin.value,
        "search_fitness": listed.search_fitness,
        "held_out_fitness": fitness.value,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "mean_ood_loss": mean_loss(losses.ood, design),
        "id_loss": mean_loss(losses.id, design),
        "flops": listed.flops or 0.0,
        "coupling": (listed.coupling or Coupling.POINTWISE).value,
        "role": listed.role.value,
        "ood_at_matched_id": at_matched_id(losses, relu, epsilon=epsilon, design=design),
        "formula": formula_line(listed.candidate_id, listed.source),
    }
    for name, other in others.items():
        comparison = compare(losses, other, epsilon=epsilon, design=design)
        row |= {
            f"ratio_{name}": comparison.ratio,
            f"ratio_{name}_low": comparison.low,
            f"ratio_{name}_high": comparison.high,
            f"p_{name}": comparison.p,  # not corrected yet
            f"won_{name}": comparison.won,
        }
    return row


def mean_loss(losses: Array, design: Design) -> float:
    """The arithmetic mean of (task, replicate) losses, as their tasks count."""
    return float(np.average(losses.mean(axis=1), weights=design.weights))


def read_leaderboard(path: Path) -> pd.DataFrame:
    """The table as `read_leaderboard_rows` reads it.

    Raises:
        ContentError: its columns are not a leaderboard's, or hold something else.
    """
    return pd.DataFrame(read_leaderboard_rows(path), columns=list(COLUMNS))
