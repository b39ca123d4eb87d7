"""Adds a run's champion to `actmine.activations`: source, figures with intervals, origin."""

import argparse
from pathlib import Path

from actmine.activations.published import FOLDER
from actmine.activations.publishing import publish
from actmine.evolution.reading import find_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("run_name", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument("name", metavar="NAME", help="its name there, such as soft_wave")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")
    parser.add_argument(
        "--out", type=Path, default=FOLDER, help="folder; the package's own if not"
    )


def run(args: argparse.Namespace) -> int:
    """Writes one file."""
    folder = find_run(args.run_name, results=args.results)
    path = publish(folder, args.name, folder=args.out)
    print(f"{args.name} of actmine.activations stands in {path}")
    return 0
