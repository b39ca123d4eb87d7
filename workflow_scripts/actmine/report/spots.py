"""Places on a drawing that answer: which candidate stands there, and what it looks like.

A drawing stays a plain picture. Beside it the page holds where its points lie, and one record
a candidate; the page's script shows the record of the point that is nearest to the pointer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from actmine.number_text import signed
from actmine.records.status import Status
from actmine.report.canvas import Array, finished
from actmine.report.slots import Slots, outline
from actmine.report.statuses import STATUSES
from actmine.shown_text import one_line

SAMPLE = 1500  # candidates that a figure of a large run draws [ours]
THUMBNAIL = (72, 48)  # units of a thumbnail's drawing: the script knows them too
_NAME, _TEXT = 60, 160  # letters shown
_FLAT = 0.001  # units of a thumbnail: less is a straight line [ours]


Places = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A drawing with places that answer.

    Attributes:
        svg: the drawing.
        spots: x and y in the drawing's units, candidate id.
    """

    svg: Markup
    spots: tuple[tuple[float, float, str], ...]


def plot(
    figure: Figure,
    axes: Axes,
    points: Array,
    ids: Iterable[str],
    *,
    alt: str,
) -> Plot:
    """Finishes a figure and finds where its points came to lie.

    Args:
        points: (n, 2) in the axes' units, one a candidate id.
    """
    svg = finished(figure, alt=alt)  # which also fixes the layout
    pixels = axes.transData.transform(points) if len(points) else np.empty((0, 2))
    scale = 72.0 / figure.dpi
    height = figure.get_figheight() * 72.0
    spots = [
        (round(float(x * scale), 1), round(float(height - y * scale), 1), name)
        for (x, y), name in zip(pixels, ids, strict=True)
        if np.isfinite((x, y)).all()
    ]
    return Plot(svg=svg, spots=tuple(spots))


def thinned(fitness: Array, *, keep: Iterable[int] = (), size: int = SAMPLE) -> Places:
    """Which candidates to draw: all, or of many those to keep, the best, and every n-th."""
    if len(fitness) <= size:
        return np.arange(len(fitness))
    best = np.argsort(-fitness, kind="stable")[: size // 3]
    step = -(-len(fitness) // (size - len(best)))
    return np.unique([*keep, *best, *range(0, len(fitness), step)])


def records(slots: Slots, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What the page tells of each candidate: plain text, and a curve as an SVG path."""
    first = slots.first()
    wanted = first.loc[
        [candidate for candidate in dict.fromkeys(ids) if candidate in first.index]
    ]
    return {
        str(candidate): _record(row, slots, str(candidate))
        for candidate, row in zip(wanted.index, wanted.to_dict("records"), strict=True)
    }


def _record(row: Mapping[Any, Any], slots: Slots, candidate: str) -> dict[str, Any]:
    record: dict[str, Any] = {
        "n": one_line(str(row["name"]), _NAME),
        "g": int(row["generation"]),
        "i": int(row["island"]),
        "o": one_line(f"{row['mutator']}, {row['operator']}", _NAME),
        "s": one_line(str(row["summary"]), _TEXT),
        "t": STATUSES[Status(row["status"])].word,
    }
    if pd.notna(row["fitness"]):
        record |= {"f": signed(float(row["fitness"]), 3), "l": round(float(row["flops"]))}
    if candidate in slots.prints:
        record["c"] = path(*outline(slots.prints[candidate]))
    return record


def path(x: Array, y: Array, size: tuple[int, int] = THUMBNAIL) -> str:
    """A curve that fills a thumbnail, as an SVG path that leaves out what lies on a line."""
    low, high = float(y.min()), float(y.max())
    across = (x - x[0]) / (x[-1] - x[0]) * size[0]
    up = size[1] - (y - low) / max(high - low, 1e-9) * size[1]
    kept = _bends(np.column_stack([across, up]))
    return "M" + "L".join(f"{a:.1f} {b:.1f}".replace(".0", "") for a, b in kept.tolist())


def _bends(points: Array) -> Array:
    """The ends, and the points that stand off the line between their neighbours."""
    along, here = points[2:] - points[:-2], points[1:-1] - points[:-2]
    twice = np.abs(along[:, 0] * here[:, 1] - along[:, 1] * here[:, 0])
    off: Array = twice / np.maximum(np.hypot(*along.T), 1e-9)
    kept: Array = points[np.concatenate([[True], off > _FLAT, [True]])]
    return kept
