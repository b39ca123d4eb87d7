"""What every command says of functions of a user's own: the gate's verdict, and a fitness."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from actmine.commands.isolation_option import add_isolation_option
from actmine.commands.own_files import FileError, read_text
from actmine.gate import handlers
from actmine.gate.examine import examination
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox
from actmine.settings.sections import Settings
from actmine.shown_text import visible
from actmine.validation.standing import Standing, judge

REFUSED = 2  # the exit code if the gate refused a file


def add_file_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what every command on files of a user's takes."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.py")
    add_isolation_option(parser)
    parser.add_argument("--json", action="store_true", help="one object per file and line")


def judged(paths: Sequence[Path], settings: Settings) -> Iterator[Standing]:
    """The gate's verdict on every file; one warm process serves them all."""
    with Sandbox(handlers, isolation=settings.sandbox.isolation) as sandbox:
        for path in paths:
            try:
                source = read_text(path)
            except FileError as error:
                yield Standing(accepted=False, status=Status.REJECTED, reason=f"file: {error}")
            else:
                yield judge(source, sandbox=sandbox, settings=examination(settings))


def tell(line: str) -> None:
    """Says what takes a while, beside the answers."""
    print(visible(line, kept=""), file=sys.stderr, flush=True)


def row(path: Path, standing: Standing, *, trained: bool) -> dict[str, Any]:
    """The answer as a JSON object has it."""
    told = {
        "file": str(path),
        "accepted": standing.accepted,
        "status": standing.status.value,
        "reason": standing.reason,
        "labels": [standing.coupling] if standing.coupling else [],
        "flops": standing.flops,
    }
    if trained:
        told |= {key: getattr(standing, key) for key in ("fitness", "fitness_se", "seconds")}
    return told


def sentence(path: Path, standing: Standing, *, tasks: str = "") -> str:
    """What became of a file, and its fitness if it was trained.

    Args:
        tasks: a word before the fitness, where it is not that of the search tasks.
    """
    head = f"{path}: {standing.status.value}"
    if standing.reason:
        return f"{head}: {standing.reason}"
    head += f", {standing.coupling}, {standing.flops:.0f} FLOPs per element"
    if standing.fitness is None:
        return head
    head += f", {tasks}fitness {standing.fitness:+.3f}"
    return f"{head} (95% {standing.low:+.3f} to {standing.high:+.3f})"
