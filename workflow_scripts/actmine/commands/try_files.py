"""Tries your own activations: gate and lab, and where each would stand in the catalog.

A file holds Python that defines `activation(x)`. The exit code is 0 if the gate accepted
every file, 2 if it refused one.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from actmine.commands.own_files import FileError, read_text
from actmine.functions.catalog import compared
from actmine.gate import handlers
from actmine.gate.examine import Verdict, examination, examine
from actmine.lab.session import Session, open_session
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Isolation
from actmine.settings.configuration import load, presets
from actmine.settings.measurements import SEARCH
from actmine.settings.sections import Settings
from actmine.validation.statistics import t_interval

REFUSED = 2
UNTRAINED = {"fitness": None, "fitness_se": None, "seconds": None}

Answer = dict[str, Any]


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
    answers = _judge(args.files, settings) if args.gate_only else _measure(args.files, settings)
    refused = False
    for answer in answers:
        refused |= not answer["accepted"]
        shown = {k: v for k, v in answer.items() if not k.startswith("_")}
        print(json.dumps(shown) if args.json else _sentence(answer), flush=True)
    return REFUSED if refused else 0


def _judge(paths: Sequence[Path], settings: Settings) -> Iterator[Answer]:
    """The gate's verdict on every file; one warm process serves them all."""
    with Sandbox(handlers, isolation=settings.sandbox.isolation) as sandbox:
        for path in paths:
            try:
                source = read_text(path)
            except FileError as error:
                verdict = Verdict(status=Status.REJECTED, layer="file", reason=str(error))
                source = ""
            else:
                verdict = examine(source, sandbox=sandbox, settings=examination(settings))
            yield _answer(path, source, verdict)


def _answer(path: Path, source: str, verdict: Verdict) -> Answer:
    return {
        "file": str(path),
        "accepted": verdict.status is Status.ACCEPTED,
        "status": verdict.status.value,
        "reason": f"{verdict.layer}: {verdict.reason}" if verdict.layer else "",
        "labels": [verdict.coupling.value] if verdict.coupling else [],
        "flops": verdict.flops,
        "_source": source,
    }


def _measure(paths: Sequence[Path], settings: Settings) -> Iterator[Answer]:
    judged = list(_judge(paths, settings))
    if not any(answer["accepted"] for answer in judged):
        yield from ({**answer, **UNTRAINED} for answer in judged)
        return
    with open_session(settings, SEARCH) as session:
        ladder = _ladder(session, settings)
        for answer in judged:
            told = (
                _trained(session, answer["_source"], ladder)
                if answer["accepted"]
                else UNTRAINED
            )
            yield {**answer, **told}


def _ladder(session: Session, settings: Settings) -> list[tuple[float, str]]:
    """The fitness of the known functions, measured once per lab and suite."""
    known = compared(settings.validation.catalog)
    missing = [function for function in known if not session.lab.holds(function.source)]
    if missing:
        print(
            f"measuring {len(missing)} known functions once, to compare with", file=sys.stderr
        )
    scored = ((session.score(function.source)[1], function.name) for function in known)
    return sorted((fitness.value, name) for fitness, name in scored if fitness is not None)


def _trained(session: Session, source: str, ladder: list[tuple[float, str]]) -> Answer:
    evaluation, fitness = session.score(source)
    seconds = evaluation.timings.get("wall_s")
    if fitness is None:
        return {
            **UNTRAINED,
            "status": evaluation.status.value,
            "reason": f"lab: {evaluation.reason}",
            "seconds": seconds,
        }
    better = sum(value > fitness.value for value, _ in ladder)
    return {
        "status": evaluation.status.value,
        "fitness": fitness.value,
        "fitness_se": fitness.standard_error,
        "seconds": seconds,
        "_interval": t_interval(fitness),
        "_rank": better + 1,
        "_of": len(ladder),
        "_next": next((name for value, name in ladder if value > fitness.value), None),
        "_guard": None if fitness.within_guard else fitness.id_ratio,
    }


def _sentence(answer: Answer) -> str:
    """The answer for a person."""
    head = f"{answer['file']}: {answer['status']}"
    if answer["reason"]:
        return f"{head}: {answer['reason']}"
    head += f", {', '.join(answer['labels'])}, {answer['flops']:.0f} FLOPs per element"
    if answer.get("fitness") is None:
        return head
    ends = answer["_interval"]
    head += f", fitness {answer['fitness']:+.3f} (95% {ends.low:+.3f} to {ends.high:+.3f})"
    above = f", next above is {answer['_next']}" if answer["_next"] else ""
    head += f"; would stand {answer['_rank']} among {answer['_of']} known functions{above}"
    if answer["_guard"] is not None:
        head += f"; no elite: its in-distribution loss is {answer['_guard']:.1f} times ReLU's"
    return head
