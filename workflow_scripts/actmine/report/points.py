"""Draws candidates as points that answer: by generation, by cost, search against held-out."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from actmine.number_text import counted
from actmine.records.candidate import Origin
from actmine.report.canvas import (
    BLUE,
    GREEN,
    INK,
    LINES,
    MUTED,
    SKY,
    VERMILION,
    Array,
    drawing,
    dress,
)
from actmine.report.figures import by_origin
from actmine.report.slots import Island
from actmine.report.spots import Places, Plot, plot, thinned
from actmine.shown_text import drawn_name

_ROOM = 0.35  # of the drawn height, below the references: what lies lower is drawn on the edge


def progress(island: Island, references: Mapping[str, float]) -> Plot:
    """Fitness over generations of one island: its best, its median, all scored functions.

    The axis begins a little below the lowest elite, median or reference; candidates below
    it are drawn as triangles on its edge.
    """
    with drawing(height=2.6) as (figure, axes):
        history = island.generations
        best, median = history["best_fitness"], history["median_fitness"]
        levels = np.array([*best, *median, *references.values()])
        levels = levels[np.isfinite(levels)]
        drawn = island.scored.iloc[thinned(island.scored["fitness"].to_numpy(float))]
        points = np.array(drawn[["generation", "fitness"]], dtype=float)
        if levels.size == 0 and len(points) == 0:
            axes.text(0.5, 0.5, "nothing was scored", ha="center", transform=axes.transAxes)
        else:
            _limit(axes, levels, points)
            _scatter(axes, points)
        axes.plot(
            history["generation"], best, "-o", color=BLUE, markersize=3, label="best elite"
        )
        axes.plot(
            history["generation"], median, color=VERMILION, linestyle=LINES[1][1],
            label="median elite",
        )  # fmt: skip
        _draw_levels(axes, references)
        title = f"{drawn_name(island.label)}: fitness on the search suite"
        dress(axes, x="generation", title=title, grid="y", whole=True, legend=3)
        points[:, 1] = np.maximum(points[:, 1], axes.get_ylim()[0])
        alt = f"Fitness over generations, {island.label}"
        return plot(figure, axes, points, drawn["candidate_id"], alt=alt)


def _draw_levels(axes: Axes, references: Mapping[str, float]) -> None:
    for name, level in references.items():
        axes.axhline(level, color=MUTED, linewidth=0.8, linestyle=LINES[2][1])
        axes.annotate(
            drawn_name(name), (1.0, level), xycoords=("axes fraction", "data"), xytext=(3, 0),
            textcoords="offset points", va="center", color=MUTED,
        )  # fmt: skip


def _limit(axes: Axes, levels: Array, points: Array) -> None:
    """Sets the y axis to where elites live; the worst candidates would flatten it."""
    top = float(np.concatenate([levels, points[:, 1]]).max())
    bottom = float(levels.min()) if levels.size else float(points[:, 1].min())
    room = max(top - bottom, 0.1)
    axes.set_ylim(bottom - 0.35 * room, top + 0.12 * room)


def _scatter(axes: Axes, points: Array) -> None:
    floor = axes.get_ylim()[0]
    below = points[:, 1] < floor
    axes.plot(
        *points[~below].T, "o", color=SKY, markersize=2.6, markeredgewidth=0,
        label="scored function",
    )  # fmt: skip
    edge = np.full(int(below.sum()), floor)
    axes.plot(points[below, 0], edge, "v", color=SKY, markersize=3.5, clip_on=False)


def pareto_front(flops: Array, fitness: Array) -> Places:
    """Indices of those that no other beats in both, from the cheapest to the dearest."""
    order = np.lexsort((-fitness, flops))
    ranked = fitness[order]
    before = np.concatenate([[-np.inf], np.maximum.accumulate(ranked)])[:-1]
    front: Places = order[ranked > before]
    return front


def cost_figure(scored: pd.DataFrame, known: pd.DataFrame, *, champion_id: str) -> Plot:
    """Search fitness against FLOPs; a stair joins what nobody beats in both.

    Args:
        scored: of `Slots.scored`.
        known: rows of a leaderboard that have a search fitness.
    """
    fitness = scored["fitness"].to_numpy(float)
    front = pareto_front(scored["flops"].to_numpy(float), fitness)
    champion = np.flatnonzero(scored.index == champion_id)
    drawn = scored.iloc[thinned(fitness, keep=[*front, *champion])]
    with drawing(height=3.3) as (figure, axes):
        top, bottom = _limits(scored, known)
        axes.set_ylim(bottom, top)
        y = drawn["fitness"].clip(lower=bottom)
        mined = drawn["origin"] == Origin.MINED.value
        axes.plot(
            drawn["flops"][mined], y[mined], "o", color=SKY, markersize=3, label="candidate",
            zorder=2,
        )  # fmt: skip
        axes.plot(
            [*drawn["flops"][~mined], *known["flops"]],
            [*y[~mined], *known["search_fitness"].clip(lower=bottom)],
            "d", color=MUTED, markersize=3, fillstyle="none", markeredgewidth=0.8,
            label="known before",
        )  # fmt: skip
        ends = scored.iloc[front]
        axes.step(
            ends["flops"], ends["fitness"].clip(lower=bottom), where="post", color=BLUE,
            linewidth=1.3, label="nobody is both cheaper and fitter", zorder=3,
        )  # fmt: skip
        if champion.size:
            chosen = scored.iloc[champion]
            axes.plot(
                chosen["flops"], chosen["fitness"], "*", color=VERMILION, markersize=10,
                label="champion", zorder=5,
            )  # fmt: skip
        axes.axhline(0.0, color=INK, linewidth=0.6)
        title = "fitness on the search suite"
        dress(axes, x="FLOPs per input element", title=title, legend=2)
        points = np.column_stack([drawn["flops"], y]).astype(float)
        alt = f"Fitness against FLOPs of {counted(len(scored), 'function')}"
        return plot(figure, axes, points, drawn.index, alt=alt)


def _limits(scored: pd.DataFrame, known: pd.DataFrame) -> tuple[float, float]:
    fitness = scored["fitness"].to_numpy(float)
    levels = np.concatenate([fitness, known["search_fitness"].to_numpy(float), [0.0]])
    top, middle = float(levels.max()), float(np.median(levels))
    bottom = max(float(levels.min()), min(middle, 0.0) - _ROOM)
    room = max(top - bottom, 0.1)
    return top + 0.08 * room, bottom - 0.04 * room


def curse_figure(table: pd.DataFrame, *, champion_id: str) -> Plot:
    """Search fitness against held-out fitness; on the line the search told the truth.

    Args:
        table: rows of a leaderboard that have a search fitness.
    """
    points = table[["search_fitness", "held_out_fitness"]].to_numpy(float)
    with drawing(height=3.4) as (figure, axes):
        for rows, (colour, marker, legend) in by_origin(table):
            fitness = rows["held_out_fitness"]
            ends = [fitness - rows["ci_low"], rows["ci_high"] - fitness]
            whiskers = np.nan_to_num(np.array(ends, dtype=float)).clip(min=0.0)
            axes.errorbar(
                rows["search_fitness"], fitness, yerr=whiskers,
                fmt="." if marker == "|" else marker, color=colour,
                markersize=5 if marker == "|" else 4, elinewidth=0.8, label=legend,
            )  # fmt: skip
        both = (np.nanmin(points), np.nanmax(points)) if points.size else (-1.0, 1.0)
        axes.plot(
            both, both, color=GREEN, linewidth=1.0, linestyle=LINES[1][1],
            label="as good on both",
        )  # fmt: skip
        mined = table[table["origin"] == Origin.MINED.value]
        for row in mined[mined["candidate_id"] == champion_id].to_dict("records"):
            axes.annotate(
                drawn_name(row["name"]),
                (row["search_fitness"], row["held_out_fitness"]),
                # Below the line is room: what is good on both stands at its upper end.
                xytext=(18, -46),
                textcoords="offset points",
                ha="right",
                color=INK,
                fontweight="bold",
                arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.6, "shrinkB": 3},
            )
        title = "fitness on the held-out tasks"
        dress(axes, x="fitness on the search tasks", title=title, legend=2)
        alt = "Fitness on held-out tasks against fitness on search tasks, with the identity"
        return plot(figure, axes, points, table["candidate_id"], alt=alt)
