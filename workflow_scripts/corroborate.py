"""Tests the findings: by family, in other labs, against themselves, for other biases."""

from pathlib import Path

from actmine.csv_files import csv_text
from actmine.files import write_atomically, write_json
from actmine.settings.frozen import read_settings
from actmine.stage import run_stage
from actmine.streams import tell
from actmine.validation.corroboration import read_corroboration


def main(run: Path, families: Path, robustness: Path, control: Path, cross: Path) -> None:
    """Writes three tables and the A/A control; prints the control for the terminal."""
    tested = read_corroboration(run.parent, read_settings(run))
    tables = {families: tested.families, robustness: tested.robustness, cross: tested.cross}
    for path, table in tables.items():
        write_atomically(path, csv_text(table).encode())
    write_json(control, tested.control)
    tell("\n".join(tested.control["sentences"]))


if __name__ == "__main__":
    run_stage(main)
