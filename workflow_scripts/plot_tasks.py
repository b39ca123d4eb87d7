"""Draws a figure of a suite's tasks."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from actmine.files import write_atomically
from actmine.report.task_figures import draw_tasks
from actmine.tasks.suite import load_suite


def main(argv: Sequence[str] | None = None) -> None:
    """Writes one SVG."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arrays", type=Path, required=True, help="the suite's .npz")
    parser.add_argument("--manifest", type=Path, required=True, help="the suite's .json")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    write_atomically(args.out, draw_tasks(load_suite(args.arrays, args.manifest)))


if __name__ == "__main__":
    main()
