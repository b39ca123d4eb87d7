"""Ranks finalists and catalog on held-out tasks and names the champion."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from actmine import layout
from actmine.files import write_atomically, write_json
from actmine.records.rows import write_record
from actmine.settings import frozen as run
from actmine.validation.conclusions import read_conclusions
from actmine.validation.verdicts import answer, comparison_document


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the findings; prints them for the terminal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the run's folder")
    parser.add_argument("--leaderboard", type=Path, required=True, help="output, .csv")
    parser.add_argument("--comparison", type=Path, required=True, help="output, .json")
    parser.add_argument("--champion", type=Path, required=True, help="output, .json")
    parser.add_argument("--paper-order", type=Path, required=True, help="output, .json")
    args = parser.parse_args(argv)
    config = run.read_settings(args.folder / layout.RUN_FILE)
    conclusions = read_conclusions(args.folder, config)
    lines = [*answer(conclusions), *conclusions.order.sentences]
    write_atomically(args.leaderboard, conclusions.table.to_csv(index=False).encode())
    write_json(args.comparison, comparison_document(conclusions))
    write_json(args.champion, conclusions.champion_document)
    write_record(args.paper_order, conclusions.order)
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main()
