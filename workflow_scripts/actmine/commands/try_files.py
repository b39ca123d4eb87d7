"""Tries your own activations: gate and lab, and where each would stand in the catalog.

A file holds Python that defines `activation(x)`. The exit code is 0 if the gate accepted
every file, 2 if it refused one.
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from actmine.commands import own_answers
from actmine.number_text import counted
from actmine.sandbox.trust import isolated
from actmine.settings.configuration import load, presets
from actmine.shown_text import visible
from actmine.validation.standing import Standing, measure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    own_answers.add_file_arguments(parser)
    parser.add_argument("--preset", choices=presets(), default="demo")
    parser.add_argument("--gate-only", action="store_true", help="stop before any training")


def run(args: argparse.Namespace) -> int:
    """Prints one answer a file."""
    settings = isolated(load(args.preset), args.isolation)
    standings: Iterable[Standing] = own_answers.judged(args.files, settings)
    if not args.gate_only:
        standings = measure(list(standings), settings, tell=own_answers.tell)
    refused = False
    for path, standing in zip(args.files, standings, strict=True):
        refused |= not standing.accepted
        if args.json:
            told = json.dumps(own_answers.row(path, standing, trained=not args.gate_only))
        else:
            told = _sentence(path, standing)
        print(visible(told, kept=""), flush=True)
    return own_answers.REFUSED if refused else 0


def _sentence(path: Path, standing: Standing) -> str:
    """The answer for a person."""
    head = own_answers.sentence(path, standing)
    if standing.rank is None or standing.among is None:
        return head
    place = f"{standing.rank} among" if standing.rank <= standing.among else "behind all"
    above = f", next above is {standing.next_above}" if standing.next_above else ""
    head += f"; would stand {place} {counted(standing.among, 'known function')}{above}"
    if not standing.within_guard:
        head += f"; no elite: its in-distribution loss is {standing.id_ratio:.1f} times ReLU's"
    return head
