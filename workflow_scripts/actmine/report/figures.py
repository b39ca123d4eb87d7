"""Draws the pages' figures that stand still: curves, intervals, bars."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from actmine.champion.curves import Curve
from actmine.number_text import counted
from actmine.records.candidate import Origin
from actmine.report.canvas import (
    BLUE,
    INK,
    LINES,
    MUTED,
    PAPER,
    RULE,
    SERIES,
    VERMILION,
    Array,
    drawing,
    dress,
    finished,
    name_rows,
)
from actmine.report.slots import Shape
from actmine.report.statuses import STATUSES
from actmine.shown_text import drawn_name

ORIGINS: dict[str, tuple[str, str, str]] = {  # colour, marker, legend
    Origin.MINED.value: (BLUE, "o", "mined by this run"),
    Origin.PAPER.value: (VERMILION, "D", "the paper's finds"),
    Origin.CATALOG.value: (MUTED, "|", "known before"),
}
_FIT_ROOM = 0.6  # of a target's height, above and below it: what goes further is cut off


def by_origin(board: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, tuple[str, str, str]]]:
    """The rows of each origin that a leaderboard has, with how they are drawn."""
    for origin, look in ORIGINS.items():
        rows = board[board["origin"] == origin]
        if len(rows):
            yield rows, look


def curves(
    champion: Curve, references: Sequence[Curve], *, derivative: bool, height: float = 2.9
) -> Markup:
    """A function, or its first derivative, with the references behind it; inches high."""
    with drawing(height=height) as (figure, axes):
        drawn = [champion, *references][: len(LINES)]
        for depth, (curve, (colour, dashes)) in enumerate(zip(drawn, LINES, strict=False)):
            axes.plot(
                curve.grid,
                curve.dy if derivative else curve.y,
                color=colour,
                linestyle=dashes,
                linewidth=1.8 if curve is champion else 1.2,
                zorder=5 - depth,
                label=drawn_name(curve.name),
            )
        title = "f\N{PRIME}(x)" if derivative else "f(x)"
        dress(axes, x="x", title=title, tight=True, legend=2)
    names = ", ".join(curve.name for curve in drawn)
    what = "First derivatives" if derivative else "Values"
    return finished(figure, alt=f"{what} of {names}")


def thumbnail(elite: Shape) -> Markup:
    """An elite's curve, the best known function dashed, and below what it adds to that.

    Thin lines are the axes x = 0 and y = 0. Both scales are the elite's own.
    """
    curve, beside = elite.curve, elite.beside
    with drawing(width=2.0, height=1.2 if beside is None else 1.5) as (figure, axes):
        if beside is not None:
            axes.remove()
            axes, below = figure.subplots(2, 1, height_ratios=(2, 1))
            _shape(below, curve.grid, curve.y - beside.y, look=(LINES[-1][0], "solid"))
        _shape(axes, curve.grid, curve.y, look=LINES[0])
        if beside is not None:
            scale = axes.get_ylim()
            colour, dashes = LINES[-1]
            axes.plot(beside.grid, beside.y, color=colour, linestyle=dashes, linewidth=1.0)
            axes.set_ylim(scale)
    of = f", and its difference to {beside.name}" if beside is not None else ""
    return finished(figure, alt=f"Shape of {curve.name}{of}")


def _shape(axes: Axes, x: Array, y: Array, *, look: tuple[str, Any]) -> None:
    """One line on bare axes, with x = 0 and y = 0."""
    axes.axhline(0.0, color=RULE, linewidth=0.8)
    axes.axvline(0.0, color=RULE, linewidth=0.8)
    axes.plot(x, y, color=look[0], linestyle=look[1], linewidth=1.5)
    axes.margins(x=0)
    axes.set_axis_off()


def intervals(table: pd.DataFrame, *, champion_id: str, relative: bool) -> Markup:
    """Dot and whisker per row of a leaderboard, best on top.

    Args:
        table: rows of a leaderboard in the order to draw.
        champion_id: candidate whose name is set in bold.
        relative: whether 0 stands for ReLU.
    """
    with drawing(height=0.75 + 0.165 * len(table)) as (figure, axes):
        placed = table.assign(row=np.arange(len(table)))
        for part, (colour, marker, legend) in by_origin(placed):
            axes.hlines(
                part["row"], part["ci_low"], part["ci_high"], color=colour, linewidth=1.3
            )
            axes.plot(
                part["held_out_fitness"],
                part["row"],
                marker,
                color=colour,
                markersize=6 if marker == "|" else 4,
                markeredgewidth=1.6 if marker == "|" else 0.5,
                label=legend,
            )
        axes.set_ylim(len(table) - 0.4, -0.6)
        name_rows(axes, list(table["name"]), bold=table["candidate_id"] == champion_id)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        if relative:
            axes.axvline(0.0, color=INK, linewidth=0.7)
        label = "held-out fitness"
        dress(
            axes, x=f"worse than ReLU  ←  {label}  →  better" if relative else label, grid="x"
        )
        figure.legend(loc="outside upper left", ncols=3, handlelength=1.2)
    alt = f"Held-out fitness with confidence intervals of {counted(len(table), 'function')}"
    return finished(figure, alt=alt)


def statuses(counts: pd.DataFrame) -> Markup:
    """Stacked bars: what became of each generation's candidates; the page names the colours.

    Args:
        counts: of `slots.status_counts`.
    """
    with drawing(height=2.1) as (figure, axes):
        base = np.zeros(len(counts))
        for status in (status for status in STATUSES if status in counts):
            axes.bar(
                counts.index, counts[status], bottom=base, color=STATUSES[status].colour,
                edgecolor=PAPER, linewidth=0.6, width=0.85,
            )  # fmt: skip
            base += counts[status].to_numpy(float)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        dress(axes, x="generation", title="candidates", grid="y", whole=True)
        axes.set_axisbelow(True)
    return finished(figure, alt="Candidates by status and generation")


def extrapolation(fits: Mapping[str, Any], task: Mapping[str, Any]) -> Markup:
    """A task's target, and each function's networks as a line with the band they span."""
    x = np.array(task["x"], dtype=float)
    target = np.array(task["target"], dtype=float)  # None becomes NaN
    with drawing(width=3.2, height=2.3) as (figure, axes):
        for low, high in task["train"]:
            axes.axvspan(low, high, color=RULE, alpha=0.55, linewidth=0, zorder=0)
        axes.plot(x, target, color=INK, linewidth=1.0, label="target", zorder=6)
        for depth, (function, look) in enumerate(zip(fits["functions"], LINES, strict=False)):
            rows = task["predictions"].get(function["candidate_id"])
            if rows is not None:
                values = np.array(rows, dtype=float)
                width = 1.3 + 0.5 * (depth == 0)
                _band(
                    axes,
                    x,
                    values,
                    look,
                    drawn_name(function["name"]),
                    width=width,
                    zorder=5 - depth,
                )
        seen = target[np.isfinite(target)]
        low, high = (seen.min(), seen.max()) if seen.size else (-1.0, 1.0)
        room = _FIT_ROOM * max(high - low, 1.0)
        axes.set_ylim(low - room, high + room)
        axes.annotate(
            "trained here", (np.mean(task["train"][0]), 0.02),
            xycoords=("data", "axes fraction"), ha="center", color=MUTED, fontsize=7.5,
        )  # fmt: skip
        dress(axes, x=task["variable"], grid="y", tight=True)
        figure.legend(loc="outside lower left", ncols=2, columnspacing=1.2)
    names = ", ".join(function["name"] for function in fits["functions"])
    alt = f"Task {task['name']} and predictions of {names}"
    return finished(figure, alt=alt)


def strategies(table: pd.DataFrame) -> Markup:
    """The best fitness so far: its median over seeds, in a band from worst to best seed."""
    with drawing(height=3.1) as (figure, axes):
        for number, (name, rows) in enumerate(table.groupby("strategy", sort=False)):
            seeds = rows.pivot_table(
                index="evaluations", columns="seed", values="best_search_fitness", aggfunc="max"
            )
            best = seeds.sort_index().cummax().ffill()
            label = f"{drawn_name(str(name))} ({counted(len(best.columns), 'seed')})"
            look = SERIES[number % len(SERIES)]
            _band(axes, best.index.to_numpy(float), best.to_numpy(float).T, look, label)
        _dress_search(axes, "functions trained")
    return finished(figure, alt="Best fitness against evaluations by strategy")


def searches(best: Sequence[tuple[str, "pd.Series[float]"]]) -> Markup:
    """The best fitness so far of several runs, by scored candidates; at 0 that of the seeds."""
    with drawing(height=3.2) as (figure, axes):
        for number, (name, values) in enumerate(best):
            colour, dashes = SERIES[number % len(SERIES)]
            axes.step(
                np.arange(len(values)), values, where="post", color=colour,
                linestyle=dashes, linewidth=1.5, label=drawn_name(name),
            )  # fmt: skip
        axes.axhline(0.0, color=INK, linewidth=0.6)
        _dress_search(axes, "candidates scored")
    return finished(figure, alt="Best fitness against scored candidates")


def _dress_search(axes: Axes, x: str) -> None:
    title = "best fitness so far on the search suite"
    dress(axes, x=x, title=title, whole=True, tight=True, legend=2)


def _band(
    axes: Axes,
    x: Array,
    values: Array,
    look: tuple[str, Any],
    label: str,
    *,
    width: float = 1.6,
    zorder: float = 2.0,
) -> None:
    """The median of (series, point) values as a line, within the band that they span."""
    colour, dashes = look
    with np.errstate(all="ignore"):
        middle, low, high = (f(values, axis=0) for f in (np.nanmedian, np.nanmin, np.nanmax))
    axes.plot(
        x, middle, color=colour, linestyle=dashes, linewidth=width, label=label,
        zorder=zorder,
    )  # fmt: skip
    axes.fill_between(x, low, high, color=colour, alpha=0.14, linewidth=0)
