"""Reads the findings of a run's transfer measurements for its report."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from actmine import layout
from actmine.files import read_json
from actmine.transfer.benchmark import Tier
from actmine.transfer.comparison import COLUMNS, REFERENCES
from actmine.transfer.plan import SUMMARY

_TEXT = (
    *("score", "benchmark", "split", "metric", "candidate_id", "name", "origin", "coupling"),
    *(f"verdict_{reference}" for reference in REFERENCES),
)


@dataclass(frozen=True, kw_only=True)
class TransferFindings:
    """One tier's measurement.

    Attributes:
        headline: how the figures came about; `correlation`, lab rank against transfer rank.
        scores: each score's heading and rows, as `actmine.transfer.comparison` has them.
        functions: each function over all benchmarks, best first.
        svg: the figure of log ratios.
    """

    tier: str
    headline: str
    correlation: str
    scores: tuple[tuple[str, tuple[Mapping[str, Any], ...]], ...]
    functions: tuple[Mapping[str, Any], ...]
    svg: str


def read_findings(run: Path) -> tuple[TransferFindings, ...]:
    """The findings of every tier that was measured, the largest first.

    Raises:
        ValueError: a table has other columns than this version writes.
    """
    folders = [layout.transfer(run, tier.value) for tier in reversed(Tier)]
    return tuple(_read(folder) for folder in folders if (folder / SUMMARY).exists())


def _read(folder: Path) -> TransferFindings:
    summary = read_json(folder / SUMMARY)
    path = folder / "table.csv"
    numbers = set(COLUMNS) - set(_TEXT)
    table = pd.read_csv(
        path,
        dtype=dict.fromkeys(_TEXT, str),
        keep_default_na=False,  # a function may be called NA
        na_values={column: [""] for column in numbers},
    )
    if tuple(table.columns) != COLUMNS:
        raise ValueError(f"{path}: columns are {list(table.columns)}, not {list(COLUMNS)}")
    return TransferFindings(
        tier=folder.name,
        headline=summary["headline"],
        correlation=summary["correlation"],
        scores=tuple(
            (_heading(rows), tuple(_record(row) for row in rows.to_dict("records")))
            for _, rows in table.groupby("score", sort=False)
        ),
        functions=tuple(summary["functions"]),
        svg=(folder / "figure.svg").read_text(encoding="utf-8"),
    )


def _heading(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    direction = "higher" if first["higher_is_better"] else "lower"
    return f"{first['score']}: {first['metric']}, {direction} is better"


def _record(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in row.items()}
