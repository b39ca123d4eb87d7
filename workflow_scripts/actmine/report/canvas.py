"""The page's canvas: matplotlib's drawings as SVG in the page's light or dark colours.

Everything is 317 units wide: 8-unit text stays legible on a phone, and the page enlarges it
on a desk. Colours are Okabe and Ito's, apart for any colour vision; form tells them again.
"""

import io
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import matplotlib
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from actmine.report.inline_svg import inline
from actmine.shown_text import drawn_name

Array = NDArray[np.float64]
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
_DASHED, _DOTTED = (0, (5, 1.5)), (0, (1.5, 1.5))
# The champion, then the references, the best known function last: colour and dashes.
LINES: tuple[tuple[str, Any], ...] = (
    *((BLUE, "solid"), (VERMILION, _DASHED), (MUTED, _DOTTED)),
    (GREEN, (0, (5, 1.5, 1.5, 1.5))),
)
# Runs or strategies that are compared.
SERIES: tuple[tuple[str, Any], ...] = (
    *((BLUE, "solid"), (VERMILION, _DASHED), (GREEN, _DOTTED)),
    *((ORANGE, (0, (5, 1.5, 1.5, 1.5))), (PURPLE, (0, (8, 2))), (MUTED, "solid")),
)


@contextmanager
def styled() -> Iterator[None]:
    """Our style alone, whatever the user's matplotlibrc says."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        # The browser has the letters that matplotlib's own font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        yield


@contextmanager
def drawing(*, height: float, width: float = WIDTH) -> Iterator[tuple[Figure, Axes]]:
    """An empty drawing in the page's style; sizes are inches."""
    with styled():
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.add_subplot()


def dress(
    axes: Axes,
    *,
    x: str = "",
    title: str = "",
    grid: Literal["both", "x", "y"] = "both",
    whole: bool = False,
    tight: bool = False,
    legend: int = 0,
) -> None:
    """Labels a drawing whose lines stand.

    Args:
        whole: the ticks of the x axis are whole numbers.
        tight: the lines reach both ends of the x axis.
        legend: its columns, below the drawing; none for 0.
    """
    axes.set_xlabel(x)
    axes.set_title(title)
    axes.grid(True, axis=grid)
    if whole:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if tight:
        axes.margins(x=0)
    if legend:
        axes.figure.legend(loc="outside lower left", ncols=legend)


def finished(figure: Figure, *, alt: str) -> Markup:
    """The drawing as an element of the page."""
    buffer = io.BytesIO()
    with styled():  # ticks are made while drawing
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return inline(buffer.getvalue().decode(), alt=alt, colours=PROPERTIES)


def name_rows(axes: Axes, names: Sequence[str], *, bold: Iterable[bool]) -> None:
    """Writes names beside rows 0, 1 and so on, as a y axis; some in bold."""
    axes.set_yticks(range(len(names)), [drawn_name(name) for name in names])
    for label, is_bold in zip(axes.get_yticklabels(), bold, strict=True):
        label.set_color(INK)
        label.set_fontweight("bold" if is_bold else "normal")
