"""Compares the arms of a run, or of several: strategies, by their champions on held-out tasks.

An arm is a variant of the search within a run, such as evolution or plain sampling; a run that
asks for none has one, `main`. In one run, arms named `<strategy>-<seed>` are the seeds of one
strategy; others go by their search's. Several runs must differ in their seed alone, and then
each is one repetition of every arm: differences between arms, and to the best known function,
are paired by run.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from actmine import layout
from actmine.commands.pooled_text import pooled_text
from actmine.csv_files import csv_text
from actmine.evolution.reading import find_run
from actmine.files import write_atomically
from actmine.number_text import counted
from actmine.settings import frozen as runs
from actmine.settings.configuration import ConfigError
from actmine.settings.mistakes import nearest
from actmine.shown_text import visible
from actmine.validation.arm_outcomes import read_arm, require_validated
from actmine.validation.pooled_runs import other_code, read_pooled
from actmine.validation.pooled_tables import difference_table, run_table
from actmine.validation.strategy_outcomes import Outcome, differences, median_survival

_MEANINGS = """\
  candidates  new functions that the search tried, known ones not counted
  CPU min     CPU minutes of training them, and elites again where it does that
  search      the champion's fitness as the search measured it, on its own tasks
  again       on fresh tasks of the same kinds; held-out: on tasks that no choice had seen
  best known  held-out fitness of the known function that is best on the search tasks
  survival    the champion's gain over that one on held-out tasks / on the search's tasks
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument(
        "run_names", metavar="RUN", nargs="+", help="a run's name, or its folder"
    )
    parser.add_argument(
        "--of",
        metavar="STRATEGY",
        help="compared with each other one; an arm's name where there are several runs. "
        "Default: the first arm's",
    )
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="of several runs: also write runs.csv and differences.csv there",
    )


def run(args: argparse.Namespace) -> int:
    """Prints each arm's champion, and a strategy's advantage with its 95% interval."""
    folders = [find_run(name, results=args.results) for name in args.run_names]
    if len(folders) > 1:
        _pooled(folders, of=args.of, out=args.out)
    elif args.out:
        raise ConfigError("--out: tables are of several runs; a run's own are in its `tables`")
    else:
        _one_run(folders[0], of=args.of)
    return 0


def _pooled(folders: Sequence[Path], *, of: str | None, out: Path | None) -> None:
    pooled = read_pooled(folders)
    leading = _chosen(of, list(pooled[0].arms))
    print(visible("\n".join(pooled_text(pooled, of=leading))))
    for name, files in other_code(folders).items():
        print(f"{name} was made with other code than {folders[0].name}: {', '.join(files)}")
    if out is not None:
        for name, table in (
            ("runs", run_table(pooled)),
            ("differences", difference_table(pooled, of=leading)),
        ):
            write_atomically(out / f"{name}.csv", csv_text(table).encode())


def _one_run(folder: Path, *, of: str | None) -> None:
    settings = runs.read_settings(folder / layout.RUN_FILE)
    require_validated(folder)
    outcomes = [read_arm(folder, settings, arm).outcome for arm in settings.arms]
    strategies = list(dict.fromkeys(outcome.strategy for outcome in outcomes))
    leading = _chosen(of, strategies)
    print(visible("\n".join(_table(outcomes))))
    print(_MEANINGS)
    for gap in differences(outcomes, of=leading):
        interval = gap.interval
        print(
            f"{gap.better} - {gap.worse}: {interval.mean:+.3f} held-out fitness "
            f"(95% {interval.low:+.3f} to {interval.high:+.3f}, {counted(gap.seeds, 'seed')})"
        )
    for strategy in strategies:
        share = median_survival(outcomes, strategy)
        own = [outcome for outcome in outcomes if outcome.strategy == strategy]
        gained = sum(outcome.survival is not None for outcome in own)
        basis = (
            f"of {counted(len(own), 'search', 'searches')} {gained} gained on the best known "
            "function"
        )
        print(
            f"{strategy}: median share of the gain that survives held-out tasks: "
            + (basis if share is None else f"{share:.2f} ({basis})")
        )


def _chosen(of: str | None, names: Sequence[str]) -> str:
    if of is not None and of not in names:
        raise ConfigError(f"--of: no {of!r}{nearest(of, names)}; there is {', '.join(names)}")
    return of or names[0]


def _table(outcomes: list[Outcome]) -> Iterator[str]:
    yield (
        f"{'arm':<20}{'strategy':<15}{'seed':>5}{'candidates':>12}{'CPU min':>9}{'search':>9}"
        f"{'again':>8}{'held-out':>10}{'best known':>12}{'survival':>10}  champion"
    )
    for outcome in outcomes:
        figures = (
            *(outcome.searched, outcome.remeasured, outcome.held_out),
            *(outcome.known_held_out, outcome.survival),
        )
        searched, again, held_out, known, survival = (
            "-" if f is None else f"{f:+.3f}" for f in figures
        )
        yield (
            f"{outcome.arm:<20}{outcome.strategy:<15}{outcome.seed:>5}"
            f"{outcome.candidates:>12,}{outcome.candidates_cpu_s / 60:>9.1f}"
            f"{searched:>9}{again:>8}{held_out:>10}"
            f"{known:>12}{survival:>10}  {outcome.champion or '-'}"
        )
