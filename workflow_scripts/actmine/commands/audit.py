"""Checks every link and number of a run from its files, and names what is wrong."""

import argparse
from pathlib import Path

from actmine.audit import sums
from actmine.audit.audited import open_run
from actmine.audit.everything import problems
from actmine.audit.problem import DamagedError
from actmine.audit.retraining import retrain
from actmine.evolution.reading import find_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("run_name", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")
    parser.add_argument(
        "--retrain", type=int, default=0, metavar="N", help="train N random records again"
    )
    parser.add_argument("--seed", type=int, default=0, help="of that sample")


def run(args: argparse.Namespace) -> int:
    """Prints one line a problem, then the root digests; the exit code is 1 if there is one.

    Nothing of a candidate runs, but what `--retrain` trains, in the sandbox.
    """
    folder = find_run(args.run_name, results=args.results)
    count = 0
    for problem in problems(folder):
        count += 1
        print(problem, flush=True)
    if args.retrain:
        count += _retrained(folder, count=args.retrain, seed=args.seed)
    _note_code(folder)
    for place in sums.seals(folder):
        if root := sums.root_digest(place):
            print(f"{place}: root digest {root}")
    verdict = f"{count} problems" if count else "every check holds"
    print(f"{folder}: {verdict}")
    return 1 if count else 0


def _retrained(folder: Path, *, count: int, seed: int) -> int:
    """How many records came out different."""
    wrong = 0
    for again in retrain(open_run(folder), count=count, seed=seed):
        wrong += again.is_wrong
        known = again.deviation is not None
        deviation = f", median |log ratio| {again.deviation:.2g}" if known else ""
        machine = f"{again.here or 'nothing'} here, {again.recorded} recorded"
        print(
            f"{again.file}: {again.candidate_id} on {again.measurement}, trained again, is "
            f"{again.outcome} ({machine}{deviation})",
            flush=True,
        )
    return wrong


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
