"""Draws how champion, GELU and ReLU go on where their training data ends."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from markupsafe import Markup

from actmine.report.canvas import INK, LINES, MUTED, RULE, drawing, finished, short

_ROOM = 0.6  # of the target's height, above and below it: what goes further is cut off


def fit_figure(fits: Mapping[str, Any], task: Mapping[str, Any], *, prefix: str) -> Markup:
    """One task: its target, and each function's networks as a line with the band they span."""
    x = np.array(task["x"], dtype=float)
    target = np.array(task["target"], dtype=float)  # None becomes NaN
    with drawing(width=3.2, height=2.6) as (figure, axes):
        for low, high in task["train"]:
            axes.axvspan(low, high, color=RULE, alpha=0.55, linewidth=0, zorder=0)
        axes.plot(x, target, color=INK, linewidth=1.0, label="target", zorder=6)
        for depth, (one, (colour, dashes)) in enumerate(
            zip(fits["functions"], LINES, strict=False)
        ):
            rows = task["predictions"].get(one["candidate_id"])
            if rows is None:
                continue
            predictions = np.array(rows, dtype=float)
            axes.plot(
                x, np.median(predictions, axis=0), color=colour, linestyle=dashes,
                linewidth=1.3 + 0.5 * (depth == 0), label=short(one["name"]), zorder=5 - depth,
            )  # fmt: skip
            axes.fill_between(
                x, predictions.min(axis=0), predictions.max(axis=0), color=colour, alpha=0.13,
                linewidth=0,
            )  # fmt: skip
        _limit(axes, target)
        axes.margins(x=0)
        axes.grid(True, axis="y")
        axes.set_xlabel(task["variable"])
        axes.annotate(
            "trained here", (np.mean(task["train"][0]), 0.02),
            xycoords=("data", "axes fraction"), ha="center", color=MUTED, fontsize=7.5,
        )  # fmt: skip
        figure.legend(loc="outside lower left", ncols=2, columnspacing=1.2)
    names = ", ".join(one["name"] for one in fits["functions"])
    return finished(
        figure, alt=f"Task {task['name']} and predictions of {names}", prefix=prefix
    )


def _limit(axes: Any, target: Any) -> None:
    seen = target[np.isfinite(target)]
    low, high = (float(seen.min()), float(seen.max())) if seen.size else (-1.0, 1.0)
    room = _ROOM * max(high - low, 1.0)
    axes.set_ylim(low - room, high + room)
