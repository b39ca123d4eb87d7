"""Ranks finalists and catalog on held-out tasks and names the champion."""

from pathlib import Path

from actmine.csv_files import csv_text
from actmine.files import write_atomically, write_json
from actmine.records.rows import write_record
from actmine.settings.frozen import read_settings
from actmine.stage import run_stage
from actmine.validation.conclusions import read_conclusions
from actmine.validation.verdicts import comparison_document


def main(
    run: Path, leaderboard: Path, comparison: Path, champion: Path, paper_order: Path
) -> None:
    """Writes the findings."""
    conclusions = read_conclusions(run.parent, read_settings(run))
    write_atomically(leaderboard, csv_text(conclusions.table).encode())
    write_json(comparison, comparison_document(conclusions))
    write_json(champion, conclusions.champion_document)
    write_record(paper_order, conclusions.order)


if __name__ == "__main__":
    run_stage(main)
