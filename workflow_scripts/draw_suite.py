"""Draws one suite of tasks."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from actmine.settings import frozen as run
from actmine.settings.configuration import families_of
from actmine.tasks.suite import draw_suite, save_suite


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the arrays and the manifest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run's run.yaml")
    parser.add_argument(
        "--suite",
        required=True,
        help="search, a later draw of it (search_1 …), or held_out; the name is part of what "
        "its tasks are drawn from",
    )
    parser.add_argument("--arrays", type=Path, required=True, help="output, .npz")
    parser.add_argument("--manifest", type=Path, required=True, help="output, .json")
    args = parser.parse_args(argv)
    config = run.read_settings(args.run)
    families = families_of(config, args.suite)
    suite = draw_suite(args.suite, families, samples=config.tasks.samples, seed=config.seed)
    save_suite(suite, args.arrays, args.manifest)


if __name__ == "__main__":
    main()
