"""Writes the tables that a command prints as files."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from actmine.csv_files import csv_text
from actmine.files import write_atomically

_DIGITS = 5  # significant; the last ones differ between kernels anyway


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Writes each table as NAME.csv, its numbers to five digits."""
    for name, table in tables.items():
        data = csv_text(table.map(_shortened)).encode()
        write_atomically(folder / f"{name}.csv", data)


def _shortened(value: object) -> object:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
