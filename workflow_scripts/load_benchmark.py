"""Reads one benchmark's data where they are kept; writes them as trainings need them."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from actmine.records.rows import read_record
from actmine.transfer.benchmark import MissingDataError
from actmine.transfer.benchmarks.registry import benchmark
from actmine.transfer.data import save_data
from actmine.transfer.settings import TransferSettings


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the arrays and what describes them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=Path, required=True, help="the transfer's settings")
    parser.add_argument("--benchmark", required=True)
    parser.add_argument("--arrays", type=Path, required=True, help="output, .npz")
    parser.add_argument("--manifest", type=Path, required=True, help="output, .json")
    args = parser.parse_args(argv)
    settings = read_record(args.settings, TransferSettings)
    try:
        data = benchmark(args.benchmark).load(settings.tier, settings.places)
    except MissingDataError as error:  # one line that says what to do, and no traceback
        raise SystemExit(str(error)) from None
    save_data(data, args.arrays, args.manifest)


if __name__ == "__main__":
    main()
