"""Runs the demo: the default search and its report, in some minutes, without key or network.

Further arguments go to Snakemake, e.g. `--cores 2` or `--dry-run`; `run` is for other searches.
"""

import argparse
import re

from actmine.commands.run_workflow import start
from actmine.program import program
from actmine.settings.configuration import DEMO_TAKES, load

_ONLY_CORES = re.compile(r"(--cores|-c|--jobs|-j)?=?(\d+|all)?")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line; `given` takes what it does not know."""
    parser.set_defaults(given=[])
    parser.usage = f"{parser.prog} [SNAKEMAKE ARGUMENTS]"


def run(args: argparse.Namespace) -> int:
    """Says where the report will stand, unless something else may be asked for."""
    if all(map(_ONLY_CORES.fullmatch, args.given)):
        settings = load()
        folder = f"{settings.results}/{settings.run}"
        print(
            f"The report will stand in {folder}/report/index.html; {DEMO_TAKES}. "
            f"`{program()} watch {settings.run}` tells from another terminal how far it is."
        )
    start(args.given)
