"""Reads what validation wrote beyond the leaderboard, as far as a run has it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from actmine.csv_files import read_csv
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
_HIDDEN = ["candidate_id", "champion_id"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Check:
    """A table of the page: text and numbers as they stand in the file.

    Attributes:
        more: rows that the file has and the page has not.
    """

    title: str
    how: str
    table: pd.DataFrame
    more: int = 0

    @property
    def texts(self) -> list[str]:
        """The columns that hold more than numbers."""
        return [str(name) for name in self.table.select_dtypes(exclude="number")]


def read_checks(run: Path) -> tuple[Check, ...]:
    """The tables that are there, in the order above."""
    return tuple(_read(run / "validation"))


def _read(folder: Path) -> Iterator[Check]:
    for name, (title, how) in TABLES.items():
        if (folder / name).exists():
            table = read_csv(folder / name, keep_default_na=False, na_values=[""])
            own = name == CROSS and table["mined_for"].equals(table["measured_on"])
            if table.empty or own:
                continue  # a run of one arm was measured under no other bias
            shown = table.drop(columns=_HIDDEN, errors="ignore").head(ROWS)
            yield Check(title=title, how=how, table=shown, more=len(table) - len(shown))
    if (folder / CONTROL).exists():
        yield Check(
            title="Control",
            how="The same test between two measurements of one function: what it claims here "
            "it would claim of anything.",
            table=pd.DataFrame({"finding": read_json(folder / CONTROL)["sentences"]}),
        )
