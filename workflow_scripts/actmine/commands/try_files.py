"""Tries your own activations: gate and lab, and where each would stand in the catalog.

A file holds Python that defines `activation(x)`. The exit code is 0 if the gate accepted
every file, 2 if it refused one.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from actmine.commands.own_files import FileError, read_text
from actmine.gate import handlers
from actmine.gate.examine import examination
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Isolation
from actmine.settings.configuration import load, presets
from actmine.settings.sections import Settings
from actmine.validation.standing import Standing, judge, measure

REFUSED = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    add_file_arguments(parser)
    parser.add_argument("--preset", choices=presets(), default="demo")
    parser.add_argument("--gate-only", action="store_true", help="stop before any training")


def add_file_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what every command on files of a user's takes."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.py")
    parser.add_argument(
        "--isolation",
        choices=[profile.value for profile in Isolation],
        help="instead of the sandbox.isolation of the configuration",
    )
    parser.add_argument("--json", action="store_true", help="one object per file and line")


def run(args: argparse.Namespace) -> int:
    """Prints one answer a file."""
    settings = isolated(load(args.preset), args)
    standings: Iterable[Standing] = judged(args.files, settings)
    if not args.gate_only:
        standings = measure(list(standings), settings, tell=tell)
    refused = False
    for path, standing in zip(args.files, standings, strict=True):
        refused |= not standing.accepted
        if args.json:
            told = json.dumps(row(path, standing, trained=not args.gate_only))
        else:
            told = _sentence(path, standing)
        print(told, flush=True)
    return REFUSED if refused else 0


def isolated(settings: Settings, args: argparse.Namespace) -> Settings:
    """The settings with another isolation, where one is asked for."""
    if args.isolation is None:
        return settings
    return replace(settings, sandbox=replace(settings.sandbox, isolation=args.isolation))


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
    print(line, file=sys.stderr)


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


def _sentence(path: Path, standing: Standing) -> str:
    """The answer for a person."""
    head = sentence(path, standing)
    if standing.fitness is None:
        return head
    above = f", next above is {standing.next_above}" if standing.next_above else ""
    head += f"; would stand {standing.rank} among {standing.among} known functions{above}"
    if not standing.within_guard:
        head += f"; no elite: its in-distribution loss is {standing.id_ratio:.1f} times ReLU's"
    return head


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
