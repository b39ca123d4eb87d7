"""Draws the forest plot of the verdicts: ratios of losses with their intervals."""

from collections.abc import Sequence
from math import ceil, floor, log10

from markupsafe import Markup
from matplotlib.axes import Axes

from actmine.report.canvas import INK, drawing, dress, finished, name_rows
from actmine.report.verdicts import Verdict

_BESIDE = 1.12  # times the ends of intervals, that their axis reaches
_TICKS = 7  # of the axis at most
# Of each power of ten; the first that gives few enough ticks.
_STEPS = ((1, 1.1, 1.2, 1.5, 2, 3, 5, 7, 8, 9), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1,))


def forest(verdicts: Sequence[Verdict]) -> Markup:
    """The ratio of the champion's loss to each rival's, with its interval, on a log scale."""
    with drawing(height=0.75 + 0.24 * len(verdicts)) as (figure, axes):
        for row, one in enumerate(verdicts):
            found, colour = one.comparison, one.look.colour
            axes.plot(
                [found.low, found.high], [row, row], color=colour, linewidth=2.0,
                solid_capstyle="butt",  # others draw the interval longer than it is
            )  # fmt: skip
            axes.plot([found.ratio], [row], "s", color=colour, markersize=6)
        axes.set_ylim(len(verdicts) - 0.5, -0.5)
        axes.axvline(1.0, color=INK, linewidth=0.9)
        axes.set_xscale("log")
        _ratio_ticks(axes, [1.0, *(end for one in verdicts for end in _ends(one))])
        name_rows(axes, [one.against for one in verdicts], bold=[False] * len(verdicts))
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        label = "champion's OOD loss \N{DIVISION SIGN} theirs"
        dress(axes, x=f"better  ←  {label}  →  worse", grid="x")
    names = ", ".join(one.against for one in verdicts)
    return finished(figure, alt=f"Ratios of losses with 95% intervals against {names}")


def _ends(verdict: Verdict) -> tuple[float, float]:
    return verdict.comparison.low, verdict.comparison.high


def _ratio_ticks(axes: Axes, values: Sequence[float]) -> None:
    """An axis of ratios around the values, with few ticks at round numbers, 1 among them."""
    low, high = min(values) / _BESIDE, max(values) * _BESIDE
    axes.set_xlim(low, high)
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    for steps in _STEPS:
        ticks = [s * 10.0**d for d in decades for s in steps if low <= s * 10.0**d <= high]
        if len(ticks) <= _TICKS:
            break
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
