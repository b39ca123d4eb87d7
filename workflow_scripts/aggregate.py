"""Collects a run into tables, and gives every candidate a file of its own."""

from functools import cache
from io import BytesIO
from pathlib import Path

import pandas as pd

from actmine import layout
from actmine.csv_files import csv_text
from actmine.evolution.reading import read_generations, read_measured_sets, read_scorer
from actmine.files import write_atomically
from actmine.lab.scorer import Scorer
from actmine.llm.journal import Journal
from actmine.settings.configuration import arm_settings
from actmine.settings.frozen import read_settings
from actmine.stage import run_stage
from actmine.tables.candidate_files import write_listings, write_modules
from actmine.tables.held_out_tasks import task_rows
from actmine.tables.run_tables import RunTables


def main(run: Path, generations: int, tables: Path, candidates: Path) -> None:
    """Writes the tables, each as CSV and Parquet, and the candidates' files, into folders."""
    folder, settings = run.parent, read_settings(run)

    @cache
    def scorer(measurement: str, *, arm: str = "") -> Scorer:
        as_seen = arm_settings(settings, arm) if arm else settings
        if arm and as_seen.fitness == settings.fitness:
            return scorer(measurement)  # the very same: what is scored by both is scored once
        return read_scorer(folder, as_seen, measurement)

    journal = Journal(folder / layout.JOURNAL)
    collected = RunTables(settings, scorers=scorer, seconds=journal.seconds)
    for generation in read_generations(folder, settings, generations=generations):
        collected.add(generation)
        write_modules(candidates, generation)
    for measured in read_measured_sets(folder, settings.arms):
        collected.add_set(measured)
    collected.add_tasks(task_rows(folder, settings))
    frames = collected.frames()
    for name, table in frames.items():
        _write(tables / name, table)
    write_listings(candidates, frames["candidates"])


def _write(stem: Path, table: pd.DataFrame) -> None:
    write_atomically(stem.with_suffix(".csv"), csv_text(table).encode())
    buffer = BytesIO()
    table.to_parquet(buffer, index=False)
    write_atomically(stem.with_suffix(".parquet"), buffer.getvalue())


if __name__ == "__main__":
    run_stage(main)
