"""Draws the log ratio of standardised scores of every function on every benchmark."""

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from actmine.shown_text import drawn_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's, apart for any colour vision; markers tell them again.
LOOKS = (
    ("#000000", "o"), ("#0072B2", "s"), ("#D55E00", "D"), ("#009E73", "^"), ("#CC79A7", "v"),
    ("#E69F00", "P"), ("#56B4E9", "X"), ("#777777", "<"),
)  # fmt: skip
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "actmine",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
LINEAR = 0.2  # beyond it the scale bends: a failure lies twenty times further out
TICKS = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0)  # on both sides of zero
_WIDTH = 7.2  # inches
_ROW, _GAP = 0.14, 0.12  # inches of a function's line, and between scores


def draw(table: pd.DataFrame) -> bytes:
    """An SVG: a dot is a mean over seeds, a whisker its 95% interval; ReLU stands at zero.

    The same table gives the same bytes.

    Args:
        table: of `compare`.
    """
    import matplotlib
    from matplotlib.figure import Figure

    scores = list(dict.fromkeys(table["score"]))
    identities = list(dict.fromkeys(table["candidate_id"]))
    height = 0.9 + len(scores) * (_ROW * len(identities) + _GAP)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        axes = figure.subplots()
        step = len(identities) + _GAP / _ROW
        for number, identity in enumerate(identities):
            rows = table[table["candidate_id"] == identity].set_index("score").reindex(scores)
            _draw_function(axes, rows, step * np.arange(len(scores)) + number, number)
        axes.axvline(0, color="#777777", linewidth=0.6)
        axes.set_yticks(step * np.arange(len(scores)) + (len(identities) - 1) / 2, scores)
        axes.invert_yaxis()
        axes.set_xscale("symlog", linthresh=LINEAR)
        reach = axes.get_xlim()
        ticks = [sign * tick for tick in TICKS for sign in (-1, 1)]
        shown = sorted({tick for tick in ticks if reach[0] <= tick <= reach[1]})
        axes.set_xticks(shown, [f"{tick:+g}" if tick else "0" for tick in shown])
        axes.minorticks_off()
        axes.set_xlabel("log ratio of standardised scores to ReLU's (right is better)")
        figure.legend(loc="outside upper center", ncols=4, frameon=False)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _draw_function(axes: "Axes", rows: pd.DataFrame, places: Any, number: int) -> None:
    """One function's dot and whisker at every score."""
    colour, marker = LOOKS[number % len(LOOKS)]
    mean = rows["log_ratio"]
    ends = np.array([mean - rows["log_ratio_low"], rows["log_ratio_high"] - mean])
    axes.errorbar(
        mean,
        places,
        xerr=np.nan_to_num(ends),
        fmt=marker,
        markersize=3.2,
        linewidth=0.8,
        color=colour,
        label=drawn_name(str(rows["name"].dropna().iloc[0]), 28),
    )
