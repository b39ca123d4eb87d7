"""Ranks the known functions in several labs: does their order hang on networks and training?

Measures every known function on the configuration's search tasks in its own lab, `lab`, and
in others. Prints each function's fitness and rank by lab, how well each lab's order agrees
with the own one's, and what becomes of the paper's order in each.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from actmine.commands.tables import write_tables
from actmine.functions.catalog import PAPER_ORDER, Known, by_name, compared
from actmine.lab.measure import Lab
from actmine.lab.session import open_session
from actmine.number_text import counted, fixed, signed
from actmine.records.candidate import Origin
from actmine.records.rows import to_row
from actmine.settings.configuration import ConfigError, load, presets, resolve, under
from actmine.settings.measurements import ROBUST, SEARCH
from actmine.settings.sections import Settings
from actmine.validation.further_tables import AS_CONFIGURED
from actmine.validation.lab_orders import (
    LabOrder,
    function_table,
    lab_order,
    lab_table,
    paper_table,
)
from actmine.validation.statistics import t_interval
from actmine.yaml_text import parse_yaml

# Each changes one key of the demo's lab; the rates are a third and thrice its own. [ours]
LABS = (
    "{long: {steps: 1000}, slow: {learning_rate: 0.003}, fast: {learning_rate: 0.03},"
    " wide: {width: 64}, deep: {depth: 3}}"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("--preset", choices=presets(), default="demo")
    parser.add_argument(
        "--labs",
        default=LABS,
        metavar="YAML",
        help="other labs by name, as in validation.robustness; default: %(default)s",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="also write functions.csv, labs.csv and paper_order.csv there",
    )


def run(args: argparse.Namespace) -> int:
    """Prints the tables; a repeated call finds all it needs in the run's store."""
    settings = _with_labs(load(args.preset), args.labs)
    known = compared(settings.validation.catalog)
    orders = [_measured(name, settings, known) for name in _names(settings)]
    functions, labs = function_table(orders, known), lab_table(orders)
    print(
        f"Fitness (the {settings.fitness.meaning}) and rank of "
        f"{counted(len(known), 'known function')}"
    )
    for line in (*_functions(functions, orders), "", *_labs(labs), "", *_paper(orders)):
        print(line)
    if args.out:
        tables = {"functions": functions, "labs": labs, "paper_order": paper_table(orders)}
        write_tables(args.out, tables)
    return 0


def _with_labs(settings: Settings, labs: str) -> Settings:
    """The settings with these labs, instead of their own, in validation.robustness."""
    try:
        given = parse_yaml(labs)
    except ValueError as error:
        raise ConfigError(f"--labs: not valid YAML: {error}") from None
    values = to_row(settings)
    values["validation"]["robustness"] = given
    return resolve(values)


def _names(settings: Settings) -> tuple[str, ...]:
    return AS_CONFIGURED, *settings.validation.robustness


def _measured(name: str, settings: Settings, known: Sequence[Known]) -> LabOrder:
    there = settings if name == AS_CONFIGURED else under(settings, f"{ROBUST}{name}")

    def tell_missing(lab: Lab) -> None:
        if missing := sum(not lab.holds(one.source) for one in known):
            told = f"{name}: measuring {missing} of {counted(len(known), 'known function')}"
            print(told, file=sys.stderr, flush=True)

    with open_session(there, SEARCH, before=tell_missing) as session:
        evaluations = {one.key: session.lab.measure(one.source) for one in known}
        return lab_order(name, there.lab, session.scorer, evaluations)


def _functions(table: pd.DataFrame, orders: Sequence[LabOrder]) -> Iterator[str]:
    yield f"{'':<26}{'mean rank':>9}" + "".join(f"{order.name:>15}" for order in orders)
    for row in table.to_dict("records"):
        mark = " *" if row["origin"] == Origin.PAPER else ""
        line = f"{row['name'] + mark:<26}{fixed(row['mean_rank'], 1):>9}"
        for order in orders:
            failed = row["key"] in order.failures
            figure = "failed" if failed else signed(row[f"{order.name}_fitness"], 3)
            line += f"{figure:>10}{row[f'{order.name}_rank']:>5}"
        yield line
    yield "* of the paper"
    for row in table[table["failed"] != ""].to_dict("records"):
        yield f"{row['name']} failed in {row['failed']}"


def _labs(table: pd.DataFrame) -> Iterator[str]:
    yield (
        f"{'lab':<16}{'width':>6}{'depth':>6}{'steps':>7}{'rate':>8}{'failed':>8}"
        "  Spearman with the first (95%, Fisher's over functions)"
    )
    for number, row in enumerate(table.to_dict("records")):
        rho, low, high = (fixed(row[key], 3) for key in ("spearman", "low", "high"))
        yield (
            f"{row['lab']:<16}{row['width']:>6}{row['depth']:>6}{row['steps']:>7}"
            f"{row['learning_rate']:>8g}{row['failed']:>8}"
            + (f"  {rho} ({low} to {high})" if number else "")
        )


def _paper(orders: Sequence[LabOrder]) -> Iterator[str]:
    for order in orders:
        yield f"In lab {order.name}, fitness with its 95% interval: " + ", ".join(
            f"{by_name(key).name} {_interval(order, key)}"
            for key in PAPER_ORDER
            if key in order.fitness
        )
        yield from (f"  {sentence}" for sentence in order.paper.sentences)


def _interval(order: LabOrder, key: str) -> str:
    found = order.fitness[key]
    if found is None:
        return "failed"
    ends = t_interval(found)
    return f"{signed(ends.mean, 3)} ({signed(ends.low, 3)} to {signed(ends.high, 3)})"
