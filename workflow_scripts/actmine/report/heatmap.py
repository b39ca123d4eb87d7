"""Draws where each function is better and worse than ReLU, task by task."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.colors import TwoSlopeNorm

from actmine.report.canvas import INK, MUTED, drawing, finished, short
from actmine.report.content import TaskLosses

_LIMIT = 1.5  # log ratio at which the colours end


def heat_map(losses: TaskLosses, *, bold: Sequence[str], prefix: str) -> Markup:
    """One row a function, one column a task, families side by side."""
    kinds = list(dict.fromkeys(losses.families))
    columns = np.argsort([kinds.index(one) for one in losses.families], kind="stable")
    families = [losses.families[column] for column in columns]
    with drawing(width=7.4, height=0.9 + 0.17 * len(losses.names)) as (figure, axes):
        image = axes.imshow(
            losses.ratios[:, columns],
            aspect="auto",
            interpolation="nearest",
            cmap="PuOr",
            norm=TwoSlopeNorm(0.0, vmin=-_LIMIT, vmax=_LIMIT),
        )
        axes.set_yticks(range(len(losses.names)), [short(name) for name in losses.names])
        for label, name in zip(axes.get_yticklabels(), losses.names, strict=True):
            label.set_color(INK)
            label.set_fontweight("bold" if name in bold else "normal")
        starts = [n for n, f in enumerate(families) if n == 0 or families[n - 1] != f]
        ends = [*starts[1:], len(families)]
        axes.set_xticks(
            [(a + b - 1) / 2 for a, b in zip(starts, ends, strict=True)],
            [families[a] for a in starts],
        )
        for start in starts[1:]:
            axes.axvline(start - 0.5, color=INK, linewidth=1.2)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        bar = figure.colorbar(image, ax=axes, aspect=30, pad=0.015, extend="both")
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=0, colors=MUTED)
        bar.set_label("log of ReLU's loss \N{DIVISION SIGN} the function's")
    alt = f"Losses of {len(losses.names)} functions on {len(families)} held-out tasks"
    return finished(figure, alt=alt, prefix=prefix)
