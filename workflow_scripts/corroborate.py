"""Writes the tests of what was found: by family, in other labs, against itself, by bias."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from actmine import layout
from actmine.files import write_atomically, write_json
from actmine.settings import frozen as run
from actmine.validation.corroboration import read_corroboration


def main(argv: Sequence[str] | None = None) -> None:
    """Writes three tables and the A/A control; prints the control for the terminal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the run's folder")
    parser.add_argument("--families", type=Path, required=True, help="output, .csv")
    parser.add_argument("--robustness", type=Path, required=True, help="output, .csv")
    parser.add_argument("--control", type=Path, required=True, help="output, .json")
    parser.add_argument("--cross", type=Path, required=True, help="output, .csv")
    args = parser.parse_args(argv)
    config = run.read_settings(args.folder / layout.RUN_FILE)
    found = read_corroboration(args.folder, config)
    _write(args.families, found.families)
    _write(args.robustness, found.robustness)
    _write(args.cross, found.cross)
    write_json(args.control, found.control)
    print("\n".join(found.control["sentences"]), flush=True)


def _write(path: Path, table: pd.DataFrame) -> None:
    write_atomically(path, table.to_csv(index=False).encode())


if __name__ == "__main__":
    main()
