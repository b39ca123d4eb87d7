"""Compares functions of your own with a run's findings, on its held-out tasks.

Each file is trained as the run's finalists were, and set beside the run's champion, its best
known function, GELU and ReLU, paired by task. The exit code is 0 if the gate accepted every
file, 2 if it refused one.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from actmine.commands import own_answers
from actmine.evolution.reading import find_run
from actmine.sandbox.trust import trusted
from actmine.shown_text import visible
from actmine.validation.against_run import CAVEAT, Answer, against_run, read_rivals


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("run_name", metavar="RUN", help="a run's name, or its folder")
    own_answers.add_file_arguments(parser)
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")


def run(args: argparse.Namespace) -> int:
    """Prints a few lines a file, and what to make of them."""
    findings = read_rivals(find_run(args.run_name, results=args.results))
    findings = replace(findings, settings=trusted(findings.settings, args.isolation))
    standings = list(own_answers.judged(args.files, findings.settings))
    answers = against_run(standings, findings, tell=own_answers.tell)
    for path, found in zip(args.files, answers, strict=True):
        lines = [json.dumps(_row(path, found))] if args.json else _lines(path, found)
        print(*(visible(line, kept="") for line in lines), sep="\n", flush=True)
    accepted = [one.accepted for one in standings]
    if any(accepted):
        print(CAVEAT, file=sys.stderr if args.json else sys.stdout)
    return 0 if all(accepted) else own_answers.REFUSED


def _row(path: Path, found: Answer) -> dict[str, Any]:
    """The answer as a JSON object has it."""
    own = {
        key: getattr(found.standing, key) for key in ("low", "high", "id_ratio", "within_guard")
    }
    against = [one.figures for one in found.pairings]
    return {**own_answers.row(path, found.standing, trained=True), **own, "against": against}


def _lines(path: Path, found: Answer) -> Iterator[str]:
    """The answer for a person."""
    standing = found.standing
    told = own_answers.sentence(path, standing, tasks="held-out ")
    if standing.id_ratio is not None:
        told += f"; in-distribution loss {standing.id_ratio:.2f} times ReLU's"
        told += "" if standing.within_guard else ", too much for an elite"
    yield told
    yield from (f"    {one.sentence}" for one in found.pairings)
