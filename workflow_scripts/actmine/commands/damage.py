"""Names the files of a run that are not as they were sealed, where a command failed on them."""

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from actmine.audit.sums import is_sealed, problems, seals
from actmine.evolution.reading import find_run

_RUNS = ("run_name", "run_names", "runs", "first", "second")  # arguments that name them
_TOLD = 3  # files in a message [ours]


def damage(args: argparse.Namespace) -> str:
    """The first files that changed in the runs that a command was given; mostly none."""
    changed = [line for run in _runs(args) for line in islice(_changed(run), _TOLD)]
    return "\n".join(changed)


def _runs(args: argparse.Namespace) -> Iterator[Path]:
    for key in _RUNS:
        named = getattr(args, key, ())
        for name in [named] if isinstance(named, str) else named:
            yield find_run(name, results=args.results)


def _changed(run: Path) -> Iterator[str]:
    for place in filter(is_sealed, seals(run)):
        for problem in problems(place):
            yield f"{place / problem.file}: {problem.what}; `actmine audit {run}` tells more"
