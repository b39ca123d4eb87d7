"""Names the known functions that are measured on held-out tasks."""

from pathlib import Path

from actmine.records.rows import write_records
from actmine.settings.frozen import read_settings
from actmine.stage import run_stage
from actmine.validation.leaders import read_leaders


def main(run: Path, out: Path) -> None:
    """Writes one line a function, as the catalog's list has it."""
    write_records(out, read_leaders(run.parent, read_settings(run)))


if __name__ == "__main__":
    run_stage(main)
