"""Checks every link and number of a run from its files, and names what is wrong."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from actmine.audit import entries, sums
from actmine.audit.agreement import Outcome
from actmine.audit.audited import Audited, open_run, with_trust
from actmine.audit.everything import problems
from actmine.audit.problem import DamagedError, Problem
from actmine.audit.retraining import retrain
from actmine.collector import seldom_collected
from actmine.commands.isolation_option import add_isolation_option
from actmine.evolution.reading import find_run
from actmine.number_text import counted
from actmine.records.evaluation import Evaluation
from actmine.shown_text import visible


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("run_name", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")
    parser.add_argument(
        "--retrain",
        type=_whole,
        default=0,
        metavar="N",
        help="train the references, the controls, champions and N other records again",
    )
    parser.add_argument("--seed", type=int, default=0, help="of that sample")
    add_isolation_option(parser)


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of records")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Prints one line a problem, then the root digests; the exit code is 1 if there is one.

    Nothing of a candidate runs, but what `--retrain` trains, in the sandbox.
    """
    with seldom_collected():
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    folder = find_run(args.run_name, results=args.results)
    if _printed(entries.problems(folder)):
        print(entries.NOTHING_READ)
        return 1
    count = _printed(problems(folder))
    if args.retrain:
        try:
            locked = with_trust(open_run(folder), args.isolation)
            count += _retrained(locked, count=args.retrain, seed=args.seed)
        except DamagedError as damaged:
            count += _printed([damaged.problem])
    _note_code(folder)
    for place in sums.seals(folder):
        if root := sums.root_digest(place):
            print(f"{place}: root digest {root}")
    verdict = counted(count, "problem") if count else "every check holds"
    print(f"{folder}: {verdict}")
    return 1 if count else 0


def _printed(problems: Iterable[Problem]) -> int:
    """Prints one line a problem; how many there were."""
    count = 0
    for problem in problems:
        count += 1
        print(problem, flush=True)
    return count


def _retrained(run: Audited, *, count: int, seed: int) -> int:
    """How many records came out different."""
    wrong = 0
    for retrained in retrain(run, count=count, seed=seed):
        if isinstance(retrained, Problem):
            wrong += _printed([retrained])
            continue
        wrong += retrained.is_wrong
        record, recorded = retrained.record, retrained.recorded
        machine = f"{_made(retrained.again)} here, {_made(recorded)} recorded"
        identical = retrained.outcome is Outcome.IDENTICAL
        distance = f"; {retrained.distance}" if retrained.distance and not identical else ""
        told = (
            f"{record.line.file}: {recorded.candidate_id} on {record.measurement}, trained "
            f"again, is {retrained.outcome} ({machine}{distance})"
        )
        print(visible(told, kept=""), flush=True)
    return wrong


def _made(evaluation: Evaluation) -> str:
    """With which vector instructions; of what has no losses, how it ended."""
    return evaluation.cpu_capability if evaluation.is_scored else evaluation.status


def _note_code(folder: Path) -> None:
    """That the run was made with other code is no problem, but may explain one."""
    try:
        changed = open_run(folder).other_code()
    except DamagedError:
        return
    if changed:
        print(
            f"note: the run was made with other code or versions ({', '.join(changed[:6])}"
            f"{', …' if len(changed) > 6 else ''}); what is computed again may differ by that"
        )
