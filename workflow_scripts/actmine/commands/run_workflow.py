"""Runs the workflow: `snakemake` with actmine's own Snakefile, results where you stand.

Further arguments go to Snakemake as they are, e.g. `--config preset=smoke run=first`,
`--configfile my.yaml`, `--dry-run`, or a target such as `search` or `transfer`.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from actmine.code_hash import WORKFLOW
from actmine.settings.configuration import ConfigError, read_yaml

_PAIR = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)


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

    Raises:
        ConfigError: what is given as configuration is none. Snakemake would end in a traceback.
    """
    for option, word in _values(given):
        if option in ("--configfile", "--configfiles"):
            read_yaml(Path(word))
        elif option in ("--config", "-C") and not _PAIR.fullmatch(word):
            raise ConfigError(
                f"{option}: {word} is not KEY=VALUE; a key within another is nested, as in "
                "'search={generations: 20}', and a target stands before the options"
            )
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


def _values(given: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each value on a command line, with the option that it follows."""
    option = ""
    for word in given:
        if word.startswith("-"):
            option, joined, word = word.partition("=")
            if not joined:
                continue
        yield option, word
