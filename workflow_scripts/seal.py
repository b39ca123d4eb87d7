"""Seals a folder: describes it where it is a run, then writes the sha256 of every file."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from actmine import layout
from actmine.audit import crate, sums
from actmine.files import write_json


def main(argv: Sequence[str] | None = None) -> None:
    """Writes sha256sums.txt, for a run ro-crate-metadata.json too; prints the root digest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="of a run, or of a tier")
    args = parser.parse_args(argv)
    if (args.folder / layout.RUN_FILE).exists():
        write_json(args.folder / crate.FILE, crate.describe(args.folder))
    print(f"{args.folder}: root digest {sums.seal(args.folder)}")


if __name__ == "__main__":
    main()
