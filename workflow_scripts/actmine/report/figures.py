"""Draws the report's own figures: curves, leaderboards, progress, shapes, statuses."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from actmine.champion.curves import Curve
from actmine.records.candidate import Origin
from actmine.records.status import Status
from actmine.report.canvas import (
    BLUE,
    INK,
    LINES,
    MUTED,
    PAPER,
    RULE,
    SKY,
    VERMILION,
    Array,
    drawing,
    finished,
    gapped,
    short,
)
from actmine.report.content import IslandHistory, Shape
from actmine.report.spots import SAMPLE, Plot, plot
from actmine.report.statuses import STATUSES

ORIGINS: dict[str, tuple[str, str, str]] = {  # colour, marker, legend
    Origin.MINED.value: (BLUE, "o", "mined by this run"),
    Origin.PAPER.value: (VERMILION, "D", "the paper's finds"),
    Origin.CATALOG.value: (MUTED, "|", "known before"),
}


def curves(
    champion: Curve, references: Sequence[Curve], *, derivative: bool, prefix: str
) -> Markup:
    """A function, or its first derivative, with the references behind it."""
    with drawing(height=2.9) as (figure, axes):
        drawn = [champion, *references]
        for depth, (curve, (colour, dashes)) in enumerate(zip(drawn, LINES, strict=False)):
            axes.plot(
                curve.grid,
                gapped(curve.dy if derivative else curve.y),
                color=colour,
                linestyle=dashes,
                linewidth=1.8 if curve is champion else 1.2,
                zorder=5 - depth,
                label=short(curve.name),
            )
        axes.grid(True)
        axes.margins(x=0)
        axes.set_xlabel("x")
        axes.set_title("f\N{PRIME}(x)" if derivative else "f(x)")
        figure.legend(loc="outside lower left", ncols=3)
    names = ", ".join(curve.name for curve in drawn[: len(LINES)])
    what = "First derivatives" if derivative else "Values"
    return finished(figure, alt=f"{what} of {names}", prefix=prefix)


def intervals(table: pd.DataFrame, *, champion_id: str, relative: bool, prefix: str) -> Markup:
    """Dot and whisker per row of a leaderboard, best on top.

    Args:
        table: rows of a leaderboard in the order to draw.
        champion_id: candidate whose name is set in bold.
        relative: whether 0 stands for ReLU.
    """
    with drawing(height=0.75 + 0.165 * len(table)) as (figure, axes):
        rows = np.arange(len(table))
        for origin, (colour, marker, legend) in ORIGINS.items():
            of_origin = (table["origin"] == origin).to_numpy()
            if not of_origin.any():
                continue
            part = table[of_origin]
            axes.hlines(
                rows[of_origin], part["ci_low"], part["ci_high"], color=colour, linewidth=1.3
            )
            axes.plot(
                part["held_out_fitness"],
                rows[of_origin],
                marker,
                color=colour,
                markersize=6 if marker == "|" else 4,
                markeredgewidth=1.6 if marker == "|" else 0.5,
                label=legend,
            )
        _name_rows(axes, table, champion_id=champion_id)
        axes.set_xlabel("held-out fitness")
        if relative:
            axes.axvline(0.0, color=INK, linewidth=0.7)
            axes.set_xlabel("worse than ReLU  ←  held-out fitness  →  better")
        axes.grid(True, axis="x")
        figure.legend(loc="outside upper left", ncols=3, handlelength=1.2)
    alt = f"Held-out fitness with confidence intervals of {len(table)} functions"
    return finished(figure, alt=alt, prefix=prefix)


def _name_rows(axes: Axes, table: pd.DataFrame, *, champion_id: str) -> None:
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_yticks(range(len(table)), [short(name) for name in table["name"]])
    for label, one in zip(axes.get_yticklabels(), table["candidate_id"], strict=True):
        label.set_color(INK)
        label.set_fontweight("bold" if one == champion_id else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def progress(island: IslandHistory, references: Mapping[str, float], *, prefix: str) -> Plot:
    """Fitness over generations of one island: its best, its median, all scored candidates.

    The axis begins a little below the lowest elite, median or reference; candidates below
    it are drawn as triangles on its edge.
    """
    with drawing(height=2.9) as (figure, axes):
        levels = np.array([*island.best, *island.median, *references.values()])
        levels = levels[np.isfinite(levels)]
        points, ids = _drawn_points(island)
        if levels.size == 0 and len(points) == 0:
            axes.text(0.5, 0.5, "nothing was scored", ha="center", transform=axes.transAxes)
        else:
            _limit(axes, levels, points)
            _scatter(axes, points)
        best, median = gapped(island.best), gapped(island.median)
        axes.plot(island.generations, best, "-o", color=BLUE, markersize=3, label="best elite")
        axes.plot(
            island.generations,
            median,
            color=VERMILION,
            linestyle=LINES[1][1],
            label="median elite",
        )
        _draw_levels(axes, references)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("generation")
        axes.set_title(f"{short(island.label)}: fitness on the search suite")
        axes.grid(True, axis="y")
        figure.legend(loc="outside lower left", ncols=3)
        seen = points.copy()
        if len(seen):
            seen[:, 1] = np.maximum(seen[:, 1], axes.get_ylim()[0])
        alt = f"Fitness over generations, {island.label}"
        return plot(
            figure, axes, seen if ids else np.empty((0, 2)), ids, alt=alt, prefix=prefix
        )


def _drawn_points(island: IslandHistory) -> tuple[Array, list[str]]:
    """Candidates to draw, with their ids: all, or of a large run the best and every n-th."""
    finite = np.atleast_1d(np.isfinite(island.points).all(axis=1))
    points = island.points[finite]
    ids = (
        [one for one, seen in zip(island.ids, finite, strict=True) if seen]
        if island.ids
        else []
    )
    if len(points) <= SAMPLE:
        return points, ids
    best = np.argsort(-points[:, 1], kind="stable")[: SAMPLE // 3]
    step = -(-len(points) // (SAMPLE - len(best)))
    kept = np.union1d(best, np.arange(0, len(points), step))
    return points[kept], [ids[k] for k in kept] if ids else []


def _draw_levels(axes: Axes, references: Mapping[str, float]) -> None:
    for name, level in references.items():
        axes.axhline(level, color=MUTED, linewidth=0.8, linestyle=LINES[2][1])
        axes.annotate(
            short(name),
            (1.0, level),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            color=MUTED,
        )


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
        *points[~below].T, "o", color=SKY, markersize=2.6, markeredgewidth=0, label="candidate"
    )
    edge = np.full(int(below.sum()), floor)
    axes.plot(points[below, 0], edge, "v", color=SKY, markersize=3.5, clip_on=False)


def shape(one: Shape, *, prefix: str) -> Markup:
    """A thumbnail of an elite; thin lines are the axes x = 0 and y = 0."""
    with drawing(width=2.0, height=1.35) as (figure, axes):
        axes.axhline(0.0, color=RULE, linewidth=0.8)
        axes.axvline(0.0, color=RULE, linewidth=0.8)
        axes.plot(one.grid, gapped(one.y), color=BLUE, linewidth=1.5)
        axes.margins(x=0)
        axes.set_axis_off()
    return finished(figure, alt=f"Shape of {one.name}", prefix=prefix)


def statuses(counts: Mapping[int, Mapping[Status, int]], *, prefix: str) -> Markup:
    """Stacked bars: what became of each generation's candidates; the page names the colours."""
    with drawing(height=2.6) as (figure, axes):
        generations = sorted(counts)
        base = np.zeros(len(generations))
        for status, told in STATUSES.items():
            heights = np.array([counts[one].get(status, 0) for one in generations], dtype=float)
            if not heights.any():
                continue
            axes.bar(
                generations,
                heights,
                bottom=base,
                color=told.colour,
                edgecolor=PAPER,
                linewidth=0.6,
                width=0.85,
            )
            base += heights
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("generation")
        axes.set_title("candidates")
        axes.grid(True, axis="y")
        axes.set_axisbelow(True)
    return finished(figure, alt="Candidates by status and generation", prefix=prefix)
