"""Reads the leaderboard's file row by row, for those who have no use for a table."""

from collections.abc import Iterator, Mapping
from math import nan
from pathlib import Path
from typing import Any

from actmine.csv_files import read_rows
from actmine.files import ContentError

P_VALUES = ("p_gelu", "p_best")
COLUMNS = (
    "candidate_id",
    "name",
    "origin",
    "search_fitness",
    "held_out_fitness",
    "ci_low",
    "ci_high",
    "ratio_relu",
    "ratio_gelu",
    "mean_ood_loss",
    "id_loss",
    "flops",
    "coupling",
    "role",
    "ratio_relu_low",
    "ratio_relu_high",
    "ratio_gelu_low",
    "ratio_gelu_high",
    "ratio_best",
    "ratio_best_low",
    "ratio_best_high",
    *P_VALUES,
    "won_relu",
    "won_gelu",
    "ood_at_matched_id",
    "formula",
)
TEXT = ("candidate_id", "name", "origin", "coupling", "role", "formula")
# Empty where a function has none: no search had it, it is no finalist, nothing is best.
OPTIONAL = (
    "search_fitness",
    "ratio_best",
    "ratio_best_low",
    "ratio_best_high",
    *P_VALUES,
)


def read_leaderboard_rows(path: Path) -> list[dict[str, Any]]:
    """Reads the table back from CSV, best first; a function named "NA" keeps its name.

    Runs that were validated before formulas stood in the table have none.

    Raises:
        ContentError: its columns are not a leaderboard's, or hold something else.
    """
    header, rows = read_rows(path)
    if tuple(header) not in (COLUMNS, COLUMNS[:-1]):
        raise ContentError(f"{path}: columns are {header}, not {list(COLUMNS)}")
    empty = {COLUMNS[-1]: ""}
    try:
        return [empty | dict(_values(dict(zip(header, row, strict=True)))) for row in rows]
    except ValueError as error:
        raise ContentError(f"{path}: {error}; delete it and run again") from None


def _values(row: Mapping[str, str]) -> Iterator[tuple[str, str | float]]:
    for column, text in row.items():
        if column in TEXT:
            yield column, text
        else:
            yield column, nan if column in OPTIONAL and not text else float(text)
