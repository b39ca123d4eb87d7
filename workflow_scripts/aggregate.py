"""Collects a run into tables, and gives every candidate a file of its own."""

import argparse
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

import pandas as pd

from actmine import layout
from actmine.evolution.reading import read_generations, read_measured_sets, read_scorer
from actmine.files import write_atomically
from actmine.lab.scorer import Scorer
from actmine.llm.journal import Journal
from actmine.settings import frozen as run
from actmine.settings.configuration import arm_settings
from actmine.tables.candidate_files import write_listings, write_modules
from actmine.tables.run_tables import RunTables


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the tables, each as CSV and Parquet, and the candidates' files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the run's folder")
    parser.add_argument("--generations", type=int, required=True)
    parser.add_argument("--tables", type=Path, required=True, help="output folder")
    parser.add_argument("--candidates", type=Path, required=True, help="output folder")
    args = parser.parse_args(argv)
    config = run.read_settings(args.folder / layout.RUN_FILE)

    @cache
    def scorer(measurement: str, *, arm: str = "") -> Scorer:
        settings = arm_settings(config, arm) if arm else config
        return read_scorer(args.folder, settings, measurement)

    tables = RunTables(
        config, scorers=scorer, seconds=Journal(args.folder / layout.JOURNAL).seconds
    )
    for generation in read_generations(args.folder, config, generations=args.generations):
        tables.add(generation)
        write_modules(args.candidates, generation)
    for measured in read_measured_sets(args.folder, config.arms):
        tables.add_set(measured)
    frames = tables.frames()
    for name, table in frames.items():
        _write(args.tables / name, table)
    write_listings(args.candidates, frames["candidates"])


def _write(stem: Path, table: pd.DataFrame) -> None:
    write_atomically(stem.with_suffix(".csv"), table.to_csv(index=False).encode())
    buffer = BytesIO()
    table.to_parquet(buffer, index=False)
    write_atomically(stem.with_suffix(".parquet"), buffer.getvalue())


if __name__ == "__main__":
    main()
