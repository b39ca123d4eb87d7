"""Compares mined functions with known ones on real data: paired tests, corrected.

Takes a run with a transfer measurement. Each function of --of (by default all that were mined)
is compared with each of --against on every score out of distribution, paired by seed. Intervals
are Student's over seeds; p values are corrected for the number of comparisons (Holm).
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from actmine.commands.tables import write_tables
from actmine.evolution.reading import find_run
from actmine.functions.catalog import fold
from actmine.records.candidate import Origin
from actmine.records.listed import Listed
from actmine.settings.configuration import ConfigError
from actmine.shown_text import visible
from actmine.transfer.benchmark import Tier
from actmine.transfer.findings import measured_folder
from actmine.transfer.pairs import Pair, pair_table, pairs, read_measured
from actmine.transfer.parts import OOD_TEST

_SHOWN = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("run_name", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")
    parser.add_argument("--tier", choices=[*Tier], default=Tier.OFFLINE, help="of the transfer")
    parser.add_argument("--of", nargs="+", metavar="NAME", help="default: all that were mined")
    parser.add_argument(
        "--against", nargs="+", metavar="NAME", help="default: all known functions there"
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="also write pairs.csv there")


def run(args: argparse.Namespace) -> int:
    """Prints a line a comparison, by function and rival."""
    folder = find_run(args.run_name, results=args.results)
    place = measured_folder(folder, args.tier)
    measured = read_measured(place)
    mined = [one for one in measured.functions if one.origin is Origin.MINED]
    known = [one for one in measured.functions if one.origin is not Origin.MINED]
    mine = _named(args.of, measured.functions, mined)
    others = _named(args.against, measured.functions, known)
    found = pairs(measured, mine, others, splits=[OOD_TEST])
    if not found:
        raise ConfigError(
            f"{folder.name}: no two functions to compare have two seeds each; set "
            "transfer.seeds"
        )
    for line in _lines(found):
        print(visible(line))
    if args.out:
        write_tables(args.out, {"pairs": pair_table(found)})
    return 0


def _named(
    names: Sequence[str] | None, functions: Sequence[Listed], default: Sequence[Listed]
) -> Sequence[Listed]:
    if names is None:
        return default
    by_name = {fold(one.name): one for one in functions}
    for name in names:
        if fold(name) not in by_name:
            raise ConfigError(
                f"no function called {name!r} was measured; choose of: "
                f"{', '.join(one.name for one in functions)}"
            )
    return [by_name[fold(name)] for name in names]


def _lines(found: Sequence[Pair]) -> Iterator[str]:
    shown = [pair for pair in found if pair.corrected < _SHOWN]
    better = sum(pair.gain > 0 for pair in shown)
    yield "| function | against | score | seeds | gain (95%) | p | corrected |"
    yield "|---|---|---|---|---|---|---|"
    for pair in found:
        yield (
            f"| {pair.name} | {pair.other} | {pair.score} ({pair.metric}) | {pair.seeds} | "
            f"{pair.gain:+.3f} ({pair.low:+.3f} to {pair.high:+.3f}) | {pair.p:.2g} | "
            f"{pair.corrected:.2g} |"
        )
    yield ""
    yield (
        f"Of {len(found)} comparisons {better} are shown to be better and "
        f"{len(shown) - better} worse, at p < {_SHOWN:g} after correction."
    )
