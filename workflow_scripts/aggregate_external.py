"""Compares functions over the external suites: two tables and a page."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from actmine.csv_files import csv_text
from actmine.evolution.reading import read_listed
from actmine.external.plan import METRICS, SUMMARY, TABLE
from actmine.external.summary import markdown
from actmine.external.table import COLUMNS, METRIC_COLUMNS, read_suite
from actmine.files import write_atomically
from actmine.settings.frozen import read_settings
from actmine.stage import run_stage
from actmine.streams import tell


def main(run: Path, candidates: Path, suites: Sequence[str], out: Path) -> None:
    """Writes the findings; prints them for the log."""
    rule = read_settings(run).fitness
    listed = read_listed(candidates)
    read = [read_suite(out, name, listed, rule) for name in suites]
    table = pd.DataFrame([row for rows, _ in read for row in rows], columns=list(COLUMNS))
    metrics = pd.DataFrame(
        [row for _, rows in read for row in rows], columns=list(METRIC_COLUMNS)
    )
    page = markdown(table, metrics)
    write_atomically(out / TABLE, csv_text(table).encode())
    write_atomically(out / METRICS, csv_text(metrics).encode())
    write_atomically(out / SUMMARY, page.encode())
    tell(page)


if __name__ == "__main__":
    run_stage(main)
