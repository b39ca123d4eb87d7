"""Reads one benchmark's data where they are kept; writes them as trainings need them."""

from pathlib import Path

from actmine.records.rows import read_record
from actmine.stage import run_stage
from actmine.transfer.benchmark import MissingDataError
from actmine.transfer.benchmarks import registry
from actmine.transfer.data import save_data
from actmine.transfer.settings import TransferSettings


def main(settings: Path, benchmark: str, arrays: Path, manifest: Path) -> None:
    """Writes the arrays and what describes them."""
    asked = read_record(settings, TransferSettings)
    try:
        data = registry.benchmark(benchmark).load(asked.tier, asked.places)
    except MissingDataError as error:  # one line that says what to do, and no traceback
        raise SystemExit(str(error)) from None
    save_data(data, arrays, manifest)


if __name__ == "__main__":
    run_stage(main)
