"""Draws how far each strategy came with how many evaluations."""

from pathlib import Path

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.ticker import MaxNLocator

from actmine.report.canvas import (
    BLUE,
    GREEN,
    MUTED,
    ORANGE,
    PURPLE,
    VERMILION,
    drawing,
    finished,
    short,
)

COLUMNS = ("strategy", "seed", "evaluations", "best_search_fitness")
LOOKS = (
    (BLUE, "solid"),
    (VERMILION, (0, (5, 1.5))),
    (GREEN, (0, (1.5, 1.5))),
    (ORANGE, (0, (5, 1.5, 1.5, 1.5))),
    (PURPLE, (0, (8, 2))),
    (MUTED, "solid"),
)


def read_strategies(run: Path) -> pd.DataFrame | None:
    """tables/strategies.csv, if the run compares any.

    Raises:
        ValueError: a column is missing; the message names it.
    """
    path = run / "tables" / "strategies.csv"
    if not path.exists():
        return None
    table = pd.read_csv(path)
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise ValueError(f"{path}: has no column {', '.join(missing)}; run `snakemake` again")
    return table if len(table) else None


def strategy_figure(table: pd.DataFrame, *, prefix: str) -> Markup:
    """The median over seeds of the best fitness so far, in a band from worst to best seed."""
    with drawing(height=3.1) as (figure, axes):
        groups = table.groupby("strategy", sort=False)
        for number, (name, rows) in enumerate(groups):
            colour, dashes = LOOKS[number % len(LOOKS)]
            seeds = rows.pivot_table(
                index="evaluations", columns="seed", values="best_search_fitness", aggfunc="max"
            )
            best = seeds.sort_index().cummax().ffill()
            x = best.index.to_numpy(float)
            values = best.to_numpy(float)
            with np.errstate(all="ignore"):
                axes.plot(
                    x, np.nanmedian(values, axis=1), color=colour, linestyle=dashes,
                    linewidth=1.6, label=f"{short(str(name))} ({values.shape[1]} seeds)",
                )  # fmt: skip
                axes.fill_between(
                    x, np.nanmin(values, axis=1), np.nanmax(values, axis=1), color=colour,
                    alpha=0.14, linewidth=0,
                )  # fmt: skip
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("functions trained")
        axes.set_title("best fitness so far on the search suite")
        axes.grid(True)
        axes.margins(x=0)
        figure.legend(loc="outside lower left", ncols=2)
    return finished(figure, alt="Best fitness against evaluations by strategy", prefix=prefix)
