"""Draws a suite's first tasks of one or two inputs, each with its train and OOD region."""

import io
from math import ceil
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import AsinhNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from actmine.tasks.formula import Formula, parse_formula
from actmine.tasks.regions import bounds, intervals
from actmine.tasks.suite import Suite
from actmine.tasks.task import Task

Array = NDArray[np.float64]

# Okabe and Ito's blue and vermilion: apart for every kind of colour vision, and in grey.
TRAIN_COLOUR = "#0072B2"
OOD_COLOUR = "#D55E00"
COLUMNS = 5
DRAWN = 40  # tasks of a family at most
PANEL_INCHES = (2.7, 2.15)  # width, height
CURVE_POINTS = 600
IMAGE_POINTS = 120  # per side
# Above this many train standard deviations the scale bends, so that the train region of a
# steep polynomial stays visible.
BEND = 4.0
STEEP = 3 * BEND  # lower targets keep a straight scale
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "actmine",
    "font.size": 7,
    "font.family": "DejaVu Sans",
}


def drawable(suite: Suite) -> list[Task]:
    """The first tasks of each family that have one input, then those that have two."""
    few = {
        family: [task for task in suite.tasks if task.family == family][:DRAWN]
        for family in dict.fromkeys(suite.families)
    }
    drawn = [task for tasks in few.values() for task in tasks]
    return [task for inputs in (1, 2) for task in drawn if task.inputs == inputs]


def draw_tasks(suite: Suite) -> bytes:
    """An SVG with one panel per drawable task; the same suite gives the same bytes.

    Targets are in standard deviations of the train rows, the units that a network sees;
    inputs are in the formula's own units. Where no task can be drawn, the figure says so.
    """
    tasks = drawable(suite)
    if not tasks:
        return _nothing(suite)
    columns = min(COLUMNS, max(2, len(tasks)))
    rows = ceil(len(tasks) / columns)
    width, height = PANEL_INCHES
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(columns * width, rows * height + 0.5), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for task, axis in zip(tasks, axes, strict=False):
            (_draw_curve if task.inputs == 1 else _draw_map)(task, axis)
        for axis in axes[len(tasks) :]:
            axis.set_axis_off()
        figure.legend(
            handles=[
                Patch(color=TRAIN_COLOUR, label="train region (ID)"),
                Patch(color=OOD_COLOUR, label="OOD region"),
            ],
            loc="outside upper center",
            ncols=2,
            frameon=False,
            title=f"suite {suite.name}: targets in train standard deviations, "
            "steep ones on a bent (asinh) scale",
        )
        return _svg(figure)


def _nothing(suite: Suite) -> bytes:
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(2 * PANEL_INCHES[0], 0.5))
        told = f"suite {suite.name}: no task has one or two inputs, so none is drawn"
        figure.text(0.5, 0.5, told, ha="center", va="center")
        return _svg(figure)


def _svg(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _draw_curve(task: Task, axis: Axes) -> None:
    formula = parse_formula(task.formula)
    axis.axhline(0.0, color="0.85", linewidth=0.6)
    values = []
    for region, colour in ((task.train_region, TRAIN_COLOUR), (task.ood_region, OOD_COLOUR)):
        for low, high in intervals(region):
            x = np.linspace(low, high, CURVE_POINTS)
            y = _standardised(task, formula, x[:, None])
            axis.axvspan(low, high, color=colour, alpha=0.1, linewidth=0)
            axis.plot(x, y, color=colour, linewidth=1.3)
            values.append(y)
    _bend_if_steep(axis, np.concatenate(values))
    axis.margins(x=0)
    axis.set_xlabel(task.variables[0], labelpad=1)
    _finish(task, axis)


def _bend_if_steep(axis: Axes, y: Array) -> None:
    low, high = np.nanmin(y), np.nanmax(y)
    height = float(max(-low, high))
    if height <= STEEP:
        return
    decades = [10.0**k for k in range(1, 1 + int(np.log10(height)))]
    ticks = [*(-decade for decade in decades), 0.0, *decades]
    axis.set_yscale("asinh", linear_width=BEND)
    axis.set_yticks([tick for tick in ticks if low <= tick <= high])
    axis.yaxis.set_major_formatter("{x:g}")
    axis.minorticks_off()


def _draw_map(task: Task, axis: Axes) -> None:
    boxes = [bounds(task.train_region), bounds(task.ood_region)]
    low = np.min([box.lo for box in boxes], axis=0)
    high = np.max([box.hi for box in boxes], axis=0)
    # Pixel centres, never borders: a half-open border belongs to the next region.
    steps = (np.arange(IMAGE_POINTS) + 0.5) / IMAGE_POINTS
    first, second = np.meshgrid(*(low + steps[:, None] * (high - low)).T)
    x = np.column_stack([first.ravel(), second.ravel()])
    y = _standardised(task, parse_formula(task.formula), x)
    inside = task.train_region.contains(x) | task.ood_region.contains(x)
    if inside.any():  # of two circles no pixel's centre lies on either
        y[~inside] = np.nan
    limit = max(1.0, float(np.nanmax(np.abs(y))))
    image = axis.imshow(
        y.reshape(IMAGE_POINTS, IMAGE_POINTS),
        extent=(low[0], high[0], low[1], high[1]),
        origin="lower",
        aspect="auto",
        cmap="PuOr",
        norm=AsinhNorm(linear_width=min(BEND, limit), vmin=-limit, vmax=limit),
    )
    for box, colour in zip(boxes, (TRAIN_COLOUR, OOD_COLOUR), strict=True):
        sides = np.subtract(box.hi, box.lo)
        outline = Rectangle(
            (box.lo[0], box.lo[1]), *sides, fill=False, edgecolor=colour, linewidth=1.6
        )
        outline.set_clip_on(False)
        axis.add_patch(outline)
    bar = axis.figure.colorbar(image, ax=axis, ticks=[-_round(limit), 0, _round(limit)])
    bar.ax.set_yticklabels([f"{-_round(limit):g}", "0", f"{_round(limit):g}"])
    bar.ax.minorticks_off()
    bar.outline.set_visible(False)
    axis.set_xlabel(task.variables[0], labelpad=1)
    axis.set_ylabel(task.variables[1], labelpad=3)
    _finish(task, axis)


def _finish(task: Task, axis: Axes) -> None:
    axis.set_title(task.name, fontsize=7.5, pad=4)
    axis.tick_params(length=2, pad=1.5, labelsize=6)
    axis.spines[:].set_visible(False)


def _standardised(task: Task, formula: Formula, x: Array) -> Array:
    """(n,) targets at x (n, d) in train standard deviations, NaN where undefined."""
    values = formula.evaluate(dict(zip(task.variables, x.T, strict=True)))
    # A pole between the sampled rows, or on an excluded border, leaves a gap.
    values[~np.isfinite(values)] = np.nan
    return (values - task.y_mean) / task.y_std


def _round(limit: float) -> float:
    """The limit with one significant digit, rounded down."""
    digit = 10.0 ** np.floor(np.log10(limit))
    return float(np.floor(limit / digit) * digit)
