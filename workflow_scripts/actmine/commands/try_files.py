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
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.py")
    parser.add_argument("--preset", choices=presets(), default="demo")
    parser.add_argument("--gate-only", action="store_true", help="stop before any training")
    parser.add_argument(
        "--isolation",
        choices=[profile.value for profile in Isolation],
        help="instead of the preset's sandbox.isolation",
    )
    parser.add_argument("--json", action="store_true", help="one object per file and line")


def run(args: argparse.Namespace) -> int:
    """Prints one answer a file."""
    settings = load(args.preset)
    if args.isolation:
        settings = replace(
            settings, sandbox=replace(settings.sandbox, isolation=args.isolation)
        )
    standings: Iterable[Standing] = _judged(args.files, settings)
    if not args.gate_only:
        standings = measure(list(standings), settings, tell=_tell)
    refused = False
    for path, standing in zip(args.files, standings, strict=True):
        refused |= not standing.accepted
        trained = not args.gate_only
        told = _row(path, standing, trained) if args.json else _sentence(path, standing)
        print(told, flush=True)
    return REFUSED if refused else 0


def _judged(paths: Sequence[Path], settings: Settings) -> Iterator[Standing]:
    """The gate's verdict on every file; one warm process serves them all."""
    with Sandbox(handlers, isolation=settings.sandbox.isolation) as sandbox:
        for path in paths:
            try:
                source = read_text(path)
            except FileError as error:
                yield Standing(accepted=False, status=Status.REJECTED, reason=f"file: {error}")
            else:
                yield judge(source, sandbox=sandbox, settings=examination(settings))


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


def _row(path: Path, standing: Standing, trained: bool) -> str:
    """The answer as a JSON object."""
    row = {
        "file": str(path),
        "accepted": standing.accepted,
        "status": standing.status.value,
        "reason": standing.reason,
        "labels": [standing.coupling] if standing.coupling else [],
        "flops": standing.flops,
    }
    if trained:
        row |= {key: getattr(standing, key) for key in ("fitness", "fitness_se", "seconds")}
    return json.dumps(row)


def _sentence(path: Path, standing: Standing) -> str:
    """The answer for a person."""
    head = f"{path}: {standing.status.value}"
    if standing.reason:
        return f"{head}: {standing.reason}"
    head += f", {standing.coupling}, {standing.flops:.0f} FLOPs per element"
    if standing.fitness is None:
        return head
    head += f", fitness {standing.fitness:+.3f}"
    head += f" (95% {standing.low:+.3f} to {standing.high:+.3f})"
    above = f", next above is {standing.next_above}" if standing.next_above else ""
    head += f"; would stand {standing.rank} among {standing.among} known functions{above}"
    if not standing.within_guard:
        head += f"; no elite: its in-distribution loss is {standing.id_ratio:.1f} times ReLU's"
    return head
