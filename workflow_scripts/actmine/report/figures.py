"""Draws the report's figures as SVG that follows the page's light or dark colours.

Everything is 317 units wide: 8-unit text stays legible on a phone, and the page enlarges it
on a desk. Colours are Okabe and Ito's, apart for any colour vision; form tells them again.
"""

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from actmine.candidate import Origin, Status
from actmine.report.content import Array, Curve, IslandHistory, Shape
from actmine.report.drawing import inline, visible

# What is drawn in these becomes a custom property of the page's style sheet.
INK, MUTED, RULE, PAPER = "#1d2126", "#5c6671", "#dadee3", "#fdfdfb"
BLUE, VERMILION, GREEN, SKY = "#0072b2", "#d55e00", "#009e73", "#56b4e9"
ORANGE, PURPLE, YELLOW = "#e69f00", "#cc79a7", "#f0e442"
PROPERTIES = {
    colour: f"var(--{name})"
    for name, colour in {
        **{"ink": INK, "muted": MUTED, "rule": RULE, "paper": PAPER},
        **{"blue": BLUE, "vermilion": VERMILION, "green": GREEN, "sky": SKY},
        **{"orange": ORANGE, "purple": PURPLE, "yellow": YELLOW},
    }.items()
}
WIDTH = 4.4  # inches, 317 units
NAME_LENGTH = 24  # letters of a name that a figure shows
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "actmine",  # else ids differ from process to process
    "text.parse_math": False,  # a name with two dollar signs is no formula
    "font.family": ["DejaVu Sans"],  # ships with matplotlib: the same layout everywhere
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.6,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "legend.handlelength": 1.8,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}
# The champion, then the references: colour and dashes.
LINES = ((BLUE, "solid"), (VERMILION, (0, (5, 1.5))), (MUTED, (0, (1.5, 1.5))))
ORIGINS: dict[str, tuple[str, str, str]] = {  # colour, marker, legend
    Origin.MINED.value: (BLUE, "o", "mined by this run"),
    Origin.PAPER.value: (VERMILION, "D", "the paper's finds"),
    Origin.CATALOG.value: (MUTED, "|", "known before"),
}
STATUSES: dict[Status, str] = {
    Status.SCORED: BLUE,
    Status.DUPLICATE: SKY,
    Status.PRUNED: GREEN,
    Status.REJECTED: ORANGE,
    Status.FAILED: VERMILION,
    Status.TIMEOUT: PURPLE,
    Status.SKIPPED: RULE,
    Status.ACCEPTED: YELLOW,
    Status.PROPOSED: MUTED,
}


def curves(
    champion: Curve, references: Sequence[Curve], *, derivative: bool, prefix: str
) -> Markup:
    """A function, or its first derivative, with the references behind it."""
    with _figure(height=2.9) as (figure, axes):
        drawn = [champion, *references]
        for depth, (curve, (colour, dashes)) in enumerate(zip(drawn, LINES, strict=False)):
            axes.plot(
                curve.grid,
                _finite(curve.dy if derivative else curve.y),
                color=colour,
                linestyle=dashes,
                linewidth=1.8 if curve is champion else 1.2,
                zorder=5 - depth,
                label=_short(curve.name),
            )
        axes.grid(True)
        axes.margins(x=0)
        axes.set_xlabel("x")
        axes.set_title("f\N{PRIME}(x)" if derivative else "f(x)")
        figure.legend(loc="outside lower left", ncols=3)
    names = ", ".join(curve.name for curve in drawn[: len(LINES)])
    what = "First derivatives" if derivative else "Values"
    return _inline(figure, alt=f"{what} of {names}", prefix=prefix)


def intervals(table: pd.DataFrame, *, champion_id: str, relative: bool, prefix: str) -> Markup:
    """Dot and whisker per row of a leaderboard, best on top.

    Args:
        table: rows of a leaderboard in the order to draw.
        champion_id: candidate whose name is set in bold.
        relative: whether 0 stands for ReLU.
    """
    with _figure(height=0.75 + 0.165 * len(table)) as (figure, axes):
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
    return _inline(figure, alt=alt, prefix=prefix)


def _name_rows(axes: Axes, table: pd.DataFrame, *, champion_id: str) -> None:
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_yticks(range(len(table)), [_short(name) for name in table["name"]])
    for label, one in zip(axes.get_yticklabels(), table["candidate_id"], strict=True):
        label.set_color(INK)
        label.set_fontweight("bold" if one == champion_id else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def progress(island: IslandHistory, references: Mapping[str, float], *, prefix: str) -> Markup:
    """Fitness over generations of one island: its best, its median, all scored candidates.

    The axis begins a little below the lowest elite, median or reference; candidates below
    it are drawn as triangles on its edge.
    """
    with _figure(height=2.9) as (figure, axes):
        levels = np.array([*island.best, *island.median, *references.values()])
        levels = levels[np.isfinite(levels)]
        points = island.points[np.isfinite(island.points).all(axis=1)]
        if levels.size == 0 and len(points) == 0:
            axes.text(0.5, 0.5, "nothing was scored", ha="center", transform=axes.transAxes)
        else:
            _limit(axes, levels, points)
            _scatter(axes, points)
        best, median = _finite(island.best), _finite(island.median)
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
        axes.set_title(f"{_short(island.label)}: fitness on the search suite")
        axes.grid(True, axis="y")
        figure.legend(loc="outside lower left", ncols=3)
    return _inline(figure, alt=f"Fitness over generations, {island.label}", prefix=prefix)


def _draw_levels(axes: Axes, references: Mapping[str, float]) -> None:
    for name, level in references.items():
        axes.axhline(level, color=MUTED, linewidth=0.8, linestyle=LINES[2][1])
        axes.annotate(
            _short(name),
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
    with _figure(width=2.0, height=1.35) as (figure, axes):
        axes.axhline(0.0, color=RULE, linewidth=0.8)
        axes.axvline(0.0, color=RULE, linewidth=0.8)
        axes.plot(one.grid, _finite(one.y), color=BLUE, linewidth=1.5)
        axes.margins(x=0)
        axes.set_axis_off()
    return _inline(figure, alt=f"Shape of {one.name}", prefix=prefix)


def statuses(counts: Mapping[int, Mapping[Status, int]], *, prefix: str) -> Markup:
    """Stacked bars: what became of each generation's candidates."""
    with _figure(height=2.6) as (figure, axes):
        generations = sorted(counts)
        base = np.zeros(len(generations))
        for status, colour in STATUSES.items():
            heights = np.array([counts[one].get(status, 0) for one in generations], dtype=float)
            if not heights.any():
                continue
            axes.bar(
                generations,
                heights,
                bottom=base,
                color=colour,
                edgecolor=PAPER,
                linewidth=0.6,
                width=0.85,
                label=status.value,
            )
            base += heights
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("generation")
        axes.set_title("candidates")
        axes.grid(True, axis="y")
        axes.set_axisbelow(True)
        figure.legend(loc="outside lower left", ncols=4)
    return _inline(figure, alt="Candidates by status and generation", prefix=prefix)


@contextmanager
def _styled() -> Iterator[None]:
    """Our style alone, whatever the user's matplotlibrc says."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        # The browser has the letters that matplotlib's own font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        yield


@contextmanager
def _figure(*, height: float, width: float = WIDTH) -> Iterator[tuple[Figure, Axes]]:
    with _styled():
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.add_subplot()


def _inline(figure: Figure, *, alt: str, prefix: str) -> Markup:
    buffer = io.BytesIO()
    with _styled():  # ticks are made while drawing
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return inline(buffer.getvalue().decode(), alt=alt, prefix=prefix, colours=PROPERTIES)


def _finite(values: Array) -> Array:
    """The values with a gap where one is not finite."""
    return np.where(np.isfinite(values), values, np.nan)


def _short(name: str) -> str:
    """A name that fits beside an axis, on one line."""
    name = " ".join(visible(name).split()) or "(no name)"
    if name.startswith("_"):  # matplotlib leaves such labels out of legends
        name = f"\N{HAIR SPACE}{name}"
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…"
