"""Picks the mined functions of one arm that are validated."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from actmine import run
from actmine.evolution.population import from_json
from actmine.files import read_json, write_jsonl
from actmine.listing import to_row
from actmine.reading import read_listed
from actmine.validation.finalists import finalists


def main(argv: Sequence[str] | None = None) -> None:
    """Writes one line a finalist, best first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run's run.yaml")
    parser.add_argument("--populations", type=Path, nargs="+", required=True)
    parser.add_argument("--catalog", type=Path, required=True, help="candidates.jsonl")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    count = run.configuration(args.run)["validation"]["finalists"]
    populations = [from_json(read_json(path)) for path in args.populations]
    known = read_listed(args.catalog)
    write_jsonl(args.out, map(to_row, finalists(populations, known, count=count)))


if __name__ == "__main__":
    main()
