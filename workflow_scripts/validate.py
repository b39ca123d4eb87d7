"""Ranks finalists and catalog on held-out tasks and names the champion."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from actmine import layout
from actmine.files import write_atomically, write_json
from actmine.settings import frozen as run
from actmine.validation.conclusions import champion_row, read_conclusions
from actmine.validation.findings import answer, comparison_document
from actmine.validation.paper_order import order_document, sentences


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
    found = read_conclusions(args.folder, config)
    lines = [*answer(found), *sentences(found.order)]
    write_atomically(args.leaderboard, found.table.to_csv(index=False).encode())
    write_json(args.comparison, comparison_document(found))
    write_json(args.champion, champion_row(found))
    write_json(args.paper_order, order_document(found.order))
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main()
