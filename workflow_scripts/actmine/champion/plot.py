"""Draws a function and its derivative beside GELU and ReLU."""

import io
from collections.abc import Sequence
from typing import Any

from actmine.champion.curves import Curve
from actmine.shown_text import drawn_name

_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "actmine",  # else ids differ from process to process
    "text.parse_math": False,  # a name with two dollar signs is no formula
    "font.family": ["DejaVu Sans"],
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}
_SIZE = (7.0, 2.8)  # inches
# Okabe and Ito's blue and vermilion, and grey; dashes tell them again.
_LINES = (("#0072b2", "-"), ("#d55e00", (0, (5, 1.5))), ("#5c6671", (0, (1.5, 1.5))))


def draw(curves: Sequence[Curve]) -> bytes:
    """An SVG with two panels, value and slope; the first curve is on top of the others."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=_SIZE, layout="constrained")
        value, slope = figure.subplots(1, 2)
        for place, curve in reversed(list(enumerate(curves))):
            colour, dashes = _LINES[place % len(_LINES)]
            style: dict[str, Any] = {
                "color": colour,
                "linestyle": dashes,
                "linewidth": 1.6 if place == 0 else 1.1,
                "label": drawn_name(curve.name),
            }
            value.plot(curve.grid, curve.y, **style)
            slope.plot(curve.grid, curve.dy, **style)
        for axes, title in ((value, "f(x)"), (slope, "f'(x)")):
            axes.set_title(title, loc="left")
            axes.set_xlabel("x")
            axes.axhline(0, color="#dadee3", linewidth=0.6, zorder=0)
        handles, labels = value.get_legend_handles_labels()
        value.legend(handles[::-1], labels[::-1], loc="upper left")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
