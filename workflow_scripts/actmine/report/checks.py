"""Reads what validation wrote beyond the leaderboard, as far as a run has it."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd

from actmine.files import read_json

ROWS = 200  # of one table on the page; the file has all
CROSS = "cross.csv"
# File: heading, and how to read it.
TABLES = {
    "families.csv": (
        "By family of tasks",
        "Mean log ratio of ReLU\u2019s held-out loss to the function\u2019s on each family, "
        "with its interval over tasks.",
    ),
    "robustness.csv": (
        "Under other networks and training",
        "The same functions where one setting of the lab is another: what holds only in one "
        "lab is no property of the function.",
    ),
    CROSS: (
        "Mined for one family, measured on another",
        "A function that is good only where it was mined has adapted to its tasks.",
    ),
}
CONTROL = "control.json"
_HIDDEN = ("candidate_id", "champion_id")


@dataclass(frozen=True, kw_only=True)
class Check:
    """A table of the page: text and numbers as they stand in the file.

    Attributes:
        more: rows that the file has and the page has not.
    """

    title: str
    how: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0

    @property
    def texts(self) -> frozenset[int]:
        """Places of the columns that hold more than numbers."""
        return frozenset(
            place
            for place in range(len(self.columns))
            if not all(_is_number(row[place]) for row in self.rows)
        )


def _is_number(text: str) -> bool:
    """Whether a cell is a number, or empty."""
    try:
        float(text or 0.0)
    except ValueError:
        return False
    return True


def read_checks(run: Path) -> tuple[Check, ...]:
    """The tables that are there, in the order above."""
    return tuple(_read(run / "validation"))


def _read(folder: Path) -> Iterator[Check]:
    for name, (title, how) in TABLES.items():
        if (folder / name).exists():
            table = pd.read_csv(folder / name, keep_default_na=False, na_values=[""])
            shown = table.drop(columns=[one for one in _HIDDEN if one in table.columns])
            rows = [tuple(map(cell, row)) for row in shown.itertuples(index=False)]
            if not rows or (name == CROSS and shown["mined_for"].equals(shown["measured_on"])):
                continue  # a run of one arm was measured under no other bias
            yield Check(
                title=title,
                how=how,
                columns=tuple(str(one).replace("_", " ") for one in shown.columns),
                rows=tuple(rows[:ROWS]),
                more=max(0, len(rows) - ROWS),
            )
    if (folder / CONTROL).exists():
        yield Check(
            title="Control",
            how="The same test between two measurements of one function: what it claims here "
            "it would claim of anything.",
            columns=("finding",),
            rows=tuple((one,) for one in read_json(folder / CONTROL)["sentences"]),
        )


def cell(value: Any) -> str:
    """A cell as text: numbers with three significant digits, nothing for what is missing."""
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return ""
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1e4 else f"{value:.0f}"
    return str(value)
