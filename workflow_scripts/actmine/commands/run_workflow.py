"""Runs the workflow: `snakemake` with actmine's own Snakefile, results where you stand.

Further arguments go to Snakemake as they are, e.g. `--config preset=smoke run=first`,
`--configfile my.yaml`, `--dry-run`, or a target such as `search` or `transfer`.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from actmine.code_hash import WORKFLOW


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line; `given` takes what it does not know."""
    parser.set_defaults(given=[])
    parser.usage = f"{parser.prog} [SNAKEMAKE ARGUMENTS]"
    parser.epilog = f"The workflow stands in {WORKFLOW}"


def run(args: argparse.Namespace) -> int:
    """Becomes Snakemake, so that signals and exit codes are its own."""
    start(args.given)


def start(given: Sequence[str]) -> NoReturn:
    """Replaces this process by Snakemake's.

    Args:
        given: its arguments, beside the Snakefile.
    """
    # -P: a user's random.py in the folder in which we stand is not Python's.
    command = [
        sys.executable,
        "-P",
        "-m",
        "snakemake",
        "--snakefile",
        str(WORKFLOW / "Snakefile"),
    ]
    sys.stdout.flush()
    os.execv(sys.executable, [*command, *given])
