"""Compares mined functions with known ones on real data: paired tests, corrected.

Takes a run with a transfer measurement. Each function of --of (by default all that were mined,
and those of your own) is compared with each of --against on every score out of distribution,
paired by seed, and each first of --also with its second. Intervals are Student's over seeds; p
values are corrected for the number of comparisons (Holm).
"""

import argparse
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import pandas as pd

from actmine.commands.tables import write_tables
from actmine.evolution.reading import find_run
from actmine.functions.catalog import fold
from actmine.number_text import counted, signed
from actmine.records.candidate import Origin
from actmine.settings.configuration import ConfigError
from actmine.shown_text import table_cell
from actmine.transfer.benchmark import Tier
from actmine.transfer.findings import measured_folder, read_outcomes, read_table
from actmine.transfer.pairs import LEAST, Pair, pair_table, pairs
from actmine.transfer.parts import OOD_TEST

_SHOWN = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("run_name", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")
    parser.add_argument(
        "--tier",
        choices=[str(tier) for tier in Tier],
        default=str(Tier.OFFLINE),
        help="of the transfer",
    )
    parser.add_argument(
        "--of", nargs="+", metavar="NAME", help="names or ids; default: all that are mined"
    )
    parser.add_argument(
        "--against", nargs="+", metavar="NAME", help="likewise; default: all known functions"
    )
    parser.add_argument(
        "--also",
        nargs="+",
        default=[],
        type=_two,
        metavar="NAME=NAME",
        help="pairs beside these",
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="also write pairs.csv there")


def _two(text: str) -> tuple[str, str]:
    one, equals, other = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is no NAME=NAME")
    return one, other


def run(args: argparse.Namespace) -> int:
    """Prints a line a comparison, by function and rival."""
    folder = find_run(args.run_name, results=args.results)
    place = measured_folder(folder, args.tier)
    table, outcomes = read_table(place), read_outcomes(place)
    listed = table.drop_duplicates("candidate_id")
    mined = listed["origin"] == Origin.MINED.value
    mine = _chosen(args.of, listed, listed[mined], what="mined")
    others = _chosen(args.against, listed, listed[~mined], what="known")
    also = [(_id(one, listed), _id(other, listed)) for one, other in args.also]
    found = pairs(table, outcomes, [*product(mine, others), *also], split=OOD_TEST)
    if all(pair.seeds < LEAST for pair in found):
        raise ConfigError(
            f"{folder.name}: no comparison is left: each needs two functions, and "
            f"{LEAST} seeds (transfer.seeds) that both finished"
        )
    for line in _lines(found):
        print(line)
    if args.out:
        write_tables(args.out, {"pairs": pair_table(found)})
    return 0


def _chosen(
    names: Sequence[str] | None, listed: pd.DataFrame, default: pd.DataFrame, *, what: str
) -> list[str]:
    """Candidate ids, each once."""
    if names is None:
        if default.empty:
            raise ConfigError(
                f"no {what} function was measured; name others of {_told(listed)}"
            )
        return list(default["candidate_id"])
    return list(dict.fromkeys(_id(name, listed) for name in names))


def _id(name: str, listed: pd.DataFrame) -> str:
    named = listed["name"].map(fold) == fold(name)
    found = listed[named | (listed["candidate_id"] == name)]["candidate_id"]
    if len(found) > 1:
        raise ConfigError(
            f"{len(found)} functions are called {name!r}; give an id of {', '.join(found)}"
        )
    if found.empty:
        raise ConfigError(
            f"no function called {name!r} was measured; choose of: {_told(listed)}"
        )
    return str(found.iloc[0])


def _told(listed: pd.DataFrame) -> str:
    return ", ".join(map(table_cell, listed["name"]))


def _lines(found: Sequence[Pair]) -> Iterator[str]:
    yield "| function | against | score | seeds | gain (95%) | p | corrected |"
    yield "|---|---|---|---|---|---|---|"
    for pair in found:
        seeds = f"{pair.seeds}, {pair.failed} failed" if pair.failed else f"{pair.seeds}"
        yield (
            f"| {table_cell(pair.name)} | {table_cell(pair.other)} | "
            f"{table_cell(pair.score)} ({pair.metric}) | {seeds} | {signed(pair.gain, 3)} "
            f"({signed(pair.low, 3)} to {signed(pair.high, 3)}) | {pair.p:.2g} | "
            f"{pair.corrected:.2g} |"
        )
    whole = [pair for pair in found if not pair.failed]
    shown = [pair for pair in whole if pair.corrected < _SHOWN]
    better = sum(pair.gain > 0 for pair in shown)
    yield ""
    yield (
        f"Of {counted(len(found), 'comparison')} {counted(better, 'is', 'are')} shown to be "
        f"better and {len(shown) - better} worse, at p < {_SHOWN:g} after correction."
    )
    if some := len(found) - len(whole):
        yield f"{counted(some, 'has', 'have')} failed trainings, over which nothing is shown."
