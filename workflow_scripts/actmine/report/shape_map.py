"""Draws the archive as a map: a small curve wherever the search has found a function."""

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize

from actmine.evolution.descriptors import describe
from actmine.number_text import counted
from actmine.records.candidate import Coupling
from actmine.report.canvas import MUTED, RULE, Array, drawing
from actmine.report.slots import Slots, outline
from actmine.report.spots import Plot, plot, thinned

COLUMNS, ROWS = 9, 9  # cells across smoothness and symmetry [ours]
DESCRIBED = 6000  # candidates whose shape is looked at [ours]
_HEIGHT = 4.0
_FILLED = 0.78  # of a cell's side that its curve takes
# Viridis without its ends, which black and white paper swallow.
_DARK, _PALE = 0.3, 0.86


def shape_map(slots: Slots, candidates: pd.DataFrame) -> Plot:
    """The fittest function of each cell of the plane of smoothness and symmetry.

    Args:
        candidates: of `Slots.candidates`.
    """
    cells = _cells(slots, candidates)
    shown = candidates.loc[list(cells.values())]
    values = shown["fitness"].to_numpy(float)
    low = float(np.quantile(values, 0.1)) if len(values) else 0.0
    high = max(float(values.max()) if len(values) else 1.0, low + 1e-3)
    norm = Normalize(low, high, clip=True)
    colours = colormaps["viridis"].resampled(256)
    with drawing(height=_HEIGHT) as (figure, axes):
        for (cell, one), fitness in zip(cells.items(), values, strict=True):
            colour = colours(_DARK + (_PALE - _DARK) * float(norm(fitness)))
            x, y = _placed(cell, *outline(slots.prints[one]))
            axes.plot(x, y, color=colour, linewidth=1.5, solid_capstyle="round")
        _dress(axes)
        pale = colours(np.linspace(_DARK, _PALE, 256))
        bar = figure.colorbar(
            ScalarMappable(norm=norm, cmap=ListedColormap(pale)),
            ax=axes,
            orientation="horizontal",
            aspect=40,
            pad=0.03,
        )
        bar.outline.set_visible(False)
        bar.set_label("fitness on the search suite")
        points = np.array([[c + 0.5, r + 0.5] for c, r in cells], dtype=float).reshape(-1, 2)
        return plot(
            figure,
            axes,
            points,
            list(cells.values()),
            alt=f"Map of the shapes of {counted(len(candidates), 'candidate')}, "
            f"{counted(len(cells), 'cell')} filled",
        )


def _cells(slots: Slots, candidates: pd.DataFrame) -> dict[tuple[int, int], str]:
    """(column, row): id of the fittest function there."""
    cells: dict[tuple[int, int], str] = {}
    # Of a very large run the fittest and every n-th: describing one takes half a millisecond.
    some = candidates.iloc[thinned(candidates["fitness"].to_numpy(float), size=DESCRIBED)]
    ranked = some.sort_values("fitness", ascending=False, kind="stable")
    couplings = ranked["coupling"].to_list()
    for candidate, coupling, flops in zip(
        ranked.index, couplings, ranked["flops"], strict=True
    ):
        if candidate not in slots.prints:
            continue
        seen = describe(
            slots.prints[candidate], coupling=Coupling(coupling), flops=float(flops)
        )
        column = min(COLUMNS - 1, int(np.clip(seen.smoothness, 0.0, 1.0) * COLUMNS))
        row = min(ROWS - 1, int((np.clip(seen.symmetry, -1.0, 1.0) + 1.0) / 2.0 * ROWS))
        cells.setdefault((column, row), str(candidate))
    return cells


def _placed(cell: tuple[int, int], x: Array, y: Array) -> tuple[Array, Array]:
    """A curve squeezed into its cell, in axes of one unit a cell."""
    spread = max(float(np.ptp(y)), 1e-9)
    across = (x - x[0]) / (x[-1] - x[0]) - 0.5
    up = (y - y.min()) / spread - 0.5
    return cell[0] + 0.5 + _FILLED * across, cell[1] + 0.5 + _FILLED * up


def _dress(axes: Axes) -> None:
    axes.set_xlim(0, COLUMNS)
    axes.set_ylim(0, ROWS)
    axes.set_xticks([0, COLUMNS / 2, COLUMNS], ["a sharp bend", "", "smooth everywhere"])
    axes.set_yticks([0, ROWS / 2, ROWS], ["odd", "neither", "even"], rotation=90, va="center")
    labels = axes.get_xticklabels()
    labels[0].set_horizontalalignment("left")
    labels[-1].set_horizontalalignment("right")
    for position in range(COLUMNS + 1):
        axes.axvline(position, color=RULE, linewidth=0.5, zorder=0)
    for position in range(ROWS + 1):
        axes.axhline(position, color=RULE, linewidth=0.5, zorder=0)
    axes.tick_params(length=0, colors=MUTED)
    axes.spines[:].set_visible(False)
