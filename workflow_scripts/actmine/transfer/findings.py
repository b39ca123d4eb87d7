"""Reads the findings of a run's transfer measurements for its report."""

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import pandas as pd

from actmine import layout
from actmine.csv_files import read_csv
from actmine.files import read_json
from actmine.settings.configuration import ConfigError
from actmine.transfer.benchmark import Tier
from actmine.transfer.comparison import COLUMNS, REFERENCES
from actmine.transfer.plan import SUMMARY

_TEXT = (
    *("score", "benchmark", "split", "metric", "candidate_id", "name", "origin", "coupling"),
    *(f"verdict_{reference}" for reference in REFERENCES),
)


def read_findings(run: Path) -> tuple[Mapping[str, Any], ...]:
    """The findings of every tier that was measured, the largest first.

    Each has its tier; the headline, how the figures came about; the correlation of lab rank
    and transfer rank; the scores, each a heading and rows as `actmine.transfer.comparison`
    has them; and the svg, the figure of log ratios.

    Raises:
        ConfigError: a table has other columns than this version writes.
    """
    folders = [layout.transfer(run, tier.value) for tier in reversed(Tier)]
    return tuple(_read(folder) for folder in folders if (folder / SUMMARY).exists())


def measured_folder(run: Path, tier: str) -> Path:
    """Where a tier's measurement stands.

    Raises:
        ConfigError: there is none.
    """
    folder = layout.transfer(run, tier)
    if (folder / SUMMARY).exists():
        return folder
    there = [one.value for one in Tier if (layout.transfer(run, one) / SUMMARY).exists()]
    remedy = f"give --tier {' or '.join(there)}" if there else "run `snakemake transfer` first"
    raise ConfigError(
        f"{run.name}: nothing was measured on real data in the tier {tier}; {remedy}"
    )


def read_table(folder: Path) -> pd.DataFrame:
    """The comparison of a tier.

    Args:
        folder: of the tier.

    Raises:
        ConfigError: the table has other columns than this version writes.
    """
    path = folder / "table.csv"
    numbers = set(COLUMNS) - set(_TEXT)
    table = read_csv(
        path,
        dtype=dict.fromkeys(_TEXT, str),
        keep_default_na=False,  # a function may be called NA
        na_values={column: [""] for column in numbers},
    )
    if tuple(table.columns) != COLUMNS:
        raise ConfigError(
            f"{path}: columns are {list(table.columns)}, not {list(COLUMNS)}; another version "
            "wrote it, or it was changed: run `snakemake transfer` again"
        )
    return table


def read_outcomes(folder: Path) -> pd.DataFrame:
    """Every training of a tier, one row each.

    Raises:
        ConfigError: a function has other seeds on a benchmark than the others.
    """
    path = folder / "outcomes.csv"
    outcomes = read_csv(path, dtype={"candidate_id": str, "status": str, "benchmark": str})
    training = ["benchmark", "candidate_id", "seed"]
    every = prod(outcomes[one].nunique() for one in training)
    if len(outcomes) != every or outcomes.duplicated(training).any():
        raise ConfigError(
            f"{path}: not every function has the same seeds on every benchmark; "
            "`actmine audit RUN` tells what is damaged"
        )
    return outcomes


def _read(folder: Path) -> dict[str, Any]:
    summary = read_json(folder / SUMMARY)
    table = read_table(folder)
    return {
        "tier": folder.name,
        "headline": summary["headline"],
        "correlation": summary["correlation"],
        "scores": [
            (_heading(rows.iloc[0]), rows.to_dict("records"))
            for _, rows in table.groupby("score", sort=False)
        ],
        "svg": (folder / "figure.svg").read_text(encoding="utf-8"),
    }


def _heading(row: "pd.Series[Any]") -> str:
    direction = "higher" if row["higher_is_better"] else "lower"
    return f"{row['score']}: {row['metric']}, {direction} is better"
