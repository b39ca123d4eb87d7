"""Draws candidates as points: fitness against cost, and the search against held-out tasks."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from actmine.records.candidate import Origin
from actmine.report.canvas import BLUE, GREEN, INK, MUTED, SKY, VERMILION, Array, drawing, short
from actmine.report.figures import ORIGINS
from actmine.report.spots import Plot, plot, sample

Places = NDArray[np.intp]

_ROOM = 0.35  # of the drawn height, below the references: what lies lower is drawn on the edge


def pareto_front(flops: Array, fitness: Array) -> Places:
    """Indices of those that no other beats in both, from the cheapest to the dearest."""
    order = np.lexsort((-fitness, flops))
    ranked = fitness[order]
    before = np.concatenate([[-np.inf], np.maximum.accumulate(ranked)])[:-1]
    front: Places = order[ranked > before]
    return front


def cost_figure(
    candidates: pd.DataFrame, known: pd.DataFrame, *, champion_id: str, prefix: str
) -> Plot:
    """Search fitness against FLOPs; a stair joins what nobody beats in both.

    Args:
        candidates: of `Slots.candidates`.
        known: rows of a leaderboard that have a search fitness.
    """
    front = pareto_front(
        candidates["flops"].to_numpy(float), candidates["fitness"].to_numpy(float)
    )
    best = candidates.index[front]
    drawn = candidates.loc[sample(candidates, keep=[*best, champion_id])]
    with drawing(height=3.3) as (figure, axes):
        top, bottom = _limits(candidates, known)
        axes.set_ylim(bottom, top)
        y = drawn["fitness"].clip(lower=bottom)
        axes.plot(drawn["flops"], y, "o", color=SKY, markersize=3, label="mined", zorder=2)
        axes.plot(
            known["flops"], known["search_fitness"], "d", color=MUTED, markersize=3,
            fillstyle="none", markeredgewidth=0.8, label="known before",
        )  # fmt: skip
        ends = candidates.loc[best]
        axes.step(
            ends["flops"], ends["fitness"].clip(lower=bottom), where="post", color=BLUE,
            linewidth=1.3, label="nobody is both cheaper and fitter", zorder=3,
        )  # fmt: skip
        if champion_id in candidates.index:
            chosen = candidates.loc[champion_id]
            axes.plot(
                [chosen["flops"]], [chosen["fitness"]], "*", color=VERMILION, markersize=10,
                label="champion", zorder=5,
            )  # fmt: skip
        axes.axhline(0.0, color=INK, linewidth=0.6)
        axes.set_xlabel("FLOPs per input element")
        axes.set_title("fitness on the search suite")
        axes.grid(True)
        figure.legend(loc="outside lower left", ncols=2)
        points = np.column_stack([drawn["flops"], y]).astype(float)
        return plot(
            figure,
            axes,
            points,
            list(drawn.index),
            alt=f"Fitness against FLOPs of {len(candidates)} candidates",
            prefix=prefix,
        )


def _limits(candidates: pd.DataFrame, known: pd.DataFrame) -> tuple[float, float]:
    fitness = candidates["fitness"].to_numpy(float)
    levels = np.concatenate([fitness, known["search_fitness"].to_numpy(float), [0.0]])
    top, middle = float(levels.max()), float(np.median(levels))
    bottom = max(float(levels.min()), min(middle, 0.0) - _ROOM)
    room = max(top - bottom, 0.1)
    return top + 0.08 * room, bottom - 0.04 * room


def curse_figure(board: pd.DataFrame, *, champion_id: str, prefix: str) -> Plot:
    """Search fitness against held-out fitness; on the line the search told the truth."""
    table = board[board["search_fitness"].notna()]
    with drawing(height=3.4) as (figure, axes):
        for origin, (colour, marker, legend) in ORIGINS.items():
            rows = table[table["origin"] == origin]
            if rows.empty:
                continue
            axes.errorbar(
                rows["search_fitness"],
                rows["held_out_fitness"],
                yerr=_whiskers(rows),
                fmt="." if marker == "|" else marker,
                color=colour,
                markersize=5 if marker == "|" else 4,
                elinewidth=0.8,
                label=legend,
            )
        _identity(axes, table)
        _mark(axes, table, champion_id)
        axes.set_xlabel("fitness on the search tasks")
        axes.set_title("fitness on the held-out tasks")
        axes.grid(True)
        figure.legend(loc="outside lower left", ncols=2)
        points = table[["search_fitness", "held_out_fitness"]].to_numpy(float)
        return plot(
            figure,
            axes,
            points,
            list(table["candidate_id"]),
            alt="Fitness on held-out tasks against fitness on search tasks, with the identity",
            prefix=prefix,
        )


def _whiskers(rows: pd.DataFrame) -> Array:
    ends = [
        rows["held_out_fitness"] - rows["ci_low"],
        rows["ci_high"] - rows["held_out_fitness"],
    ]
    return np.nan_to_num(np.array(ends, dtype=np.float64)).clip(min=0.0)


def _identity(axes: Axes, table: pd.DataFrame) -> None:
    values = table[["search_fitness", "held_out_fitness"]].to_numpy(float)
    ends: Sequence[float] = (-1.0, 1.0)
    if values.size:
        ends = (float(np.nanmin(values)), float(np.nanmax(values)))
    axes.plot(
        ends, ends, color=GREEN, linewidth=1.0, linestyle=(0, (5, 1.5)), label="as good on both"
    )


def _mark(axes: Axes, table: pd.DataFrame, champion_id: str) -> None:
    chosen = table[
        (table["candidate_id"] == champion_id) & (table["origin"] == Origin.MINED.value)
    ]
    for row in chosen.to_dict("records"):
        axes.annotate(
            short(row["name"]),
            (row["search_fitness"], row["held_out_fitness"]),
            # Below the line is room: what is good on both stands at its upper end.
            xytext=(18, -46),
            textcoords="offset points",
            ha="right",
            color=INK,
            fontweight="bold",
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.6, "shrinkB": 3},
        )
