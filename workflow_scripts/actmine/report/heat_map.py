"""Draws the map of losses by function and task, and tells where its columns lie."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from actmine.number_text import counted
from actmine.report.canvas import INK, MUTED, drawing, finished, name_rows
from actmine.shown_text import drawn_name

_NAMED_TASKS = 24  # columns that are named one by one
_RATIO_LIMIT = 1.5  # log ratio at which the colours end


@dataclass(frozen=True, kw_only=True)
class HeatMap:
    """A drawing of losses with the places of its columns.

    Attributes:
        svg: the drawing.
        box: width and height of the drawing, in its units.
        top, bottom: of the columns, in the drawing's units.
        columns: left edge, width, task.
    """

    svg: Markup
    box: tuple[float, float]
    top: float
    bottom: float
    columns: tuple[tuple[float, float, str], ...]


def heat_map(losses: pd.DataFrame, families: Mapping[Hashable, str], *, bold: str) -> HeatMap:
    """Where each function is better and worse than ReLU: a column a task, by family.

    Args:
        losses: log ratios, a row a function, a column a task.
        families: of each task, by name.
    """
    first = {family: n for n, family in reversed(list(enumerate(families.values())))}
    losses = losses[sorted(losses.columns, key=lambda task: first[families[task]])]
    tasks = [str(task) for task in losses.columns]
    with drawing(width=9.4, height=0.8 + 0.135 * len(losses)) as (figure, axes):
        image = axes.imshow(
            losses,
            aspect="auto",
            interpolation="nearest",
            cmap="PuOr",
            norm=TwoSlopeNorm(0.0, vmin=-_RATIO_LIMIT, vmax=_RATIO_LIMIT),
        )
        name_rows(axes, list(losses.index), bold=losses.index == bold)
        _name_columns(axes, tasks, [families[task] for task in tasks])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        bar = figure.colorbar(image, ax=axes, aspect=30, pad=0.015, extend="both")
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=0, colors=MUTED)
        bar.set_label("log of ReLU's loss \N{DIVISION SIGN} the function's")
        alt = (
            f"Losses of {counted(len(losses), 'function')} on "
            f"{counted(len(tasks), 'held-out task')}"
        )
        svg = finished(figure, alt=alt)  # which also fixes the layout
        return _placed(figure, axes, svg, tasks)


def _placed(figure: Figure, axes: Axes, svg: Markup, tasks: Sequence[str]) -> HeatMap:
    """A drawing whose layout stands, with the places of the columns in it."""
    units = 72.0 / figure.dpi
    edges = np.column_stack([np.arange(len(tasks) + 1) - 0.5, np.zeros(len(tasks) + 1)])
    x = axes.transData.transform(edges)[:, 0] * units
    width, height = (float(size) * 72.0 for size in figure.get_size_inches())
    inside = axes.get_window_extent()
    return HeatMap(
        svg=svg,
        box=(round(width, 1), round(height, 1)),
        top=round(height - float(inside.y1) * units, 1),
        bottom=round(height - float(inside.y0) * units, 1),
        columns=tuple(
            (round(float(a), 2), round(float(b - a), 2), task)
            for (a, b), task in zip(pairwise(x), tasks, strict=True)
        ),
    )


def _name_columns(axes: Axes, tasks: Sequence[str], families: Sequence[str]) -> None:
    """Families where tasks are too many to be named one by one, with lines between them."""
    starts = [n for n, f in enumerate(families) if n == 0 or families[n - 1] != f]
    if len(tasks) <= _NAMED_TASKS:
        axes.set_xticks(
            range(len(tasks)), [drawn_name(task) for task in tasks], rotation=30, ha="right"
        )
    else:
        middles = [(a + b - 1) / 2 for a, b in pairwise([*starts, len(families)])]
        axes.set_xticks(middles, [drawn_name(families[start]) for start in starts])
    for start in starts[1:]:
        axes.axvline(start - 0.5, color=INK, linewidth=1.2)
