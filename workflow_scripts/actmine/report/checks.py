"""Reads what validation wrote beyond the leaderboard, as far as a run has it."""

from collections.abc import Iterator, Mapping
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
    rows: tuple[tuple[Any, ...], ...]
    more: int = 0

    @property
    def texts(self) -> frozenset[int]:
        """Places of the columns that hold more than numbers."""
        return frozenset(
            place
            for place in range(len(self.columns))
            if not all(_is_number(row[place]) for row in self.rows)
        )


def _is_number(cell: Any) -> bool:
    """Whether a cell as told is a number, or empty."""
    try:
        float(cell or 0.0)
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
            rows = [tuple(map(told, row)) for row in shown.itertuples(index=False)]
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
        control = read_json(folder / CONTROL)
        sentences = control.get("sentences")
        yield Check(
            title="Control",
            how="The same test between two measurements of one function: what it claims here "
            "it would claim of anything.",
            columns=("finding",) if sentences else ("what", "value"),
            rows=tuple((one,) for one in sentences)
            if sentences
            else tuple((k, told(v)) for k, v in _flat(control)),
        )


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key != "schema_version":
                yield from _flat(inner, f"{path}, {key}" if path else str(key))
    elif isinstance(value, list) and not all(isinstance(one, int | float) for one in value):
        for number, inner in enumerate(value, start=1):
            yield from _flat(inner, f"{path} {number}".strip())
    elif isinstance(value, list):
        yield path.replace("_", " "), ", ".join(map(told, value))
    else:
        yield path.replace("_", " "), value


def told(value: Any) -> str:
    """A cell as text: numbers with three significant digits, nothing for what is missing."""
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return ""
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1e4 else f"{value:.0f}"
    return str(value)
