"""Measures what was mined for one bias under other biases, beside known functions.

Takes validated runs, of which each mined for one bias, and trains each one's champion, ReLU,
GELU, SiLU and the best known function of each bias on every run's held-out tasks. Prints the
fitness of all of them, and of each champion whether it differs, on its own bias's tasks, from
the known function that was best on the search tasks.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd

from actmine import layout
from actmine.commands.isolation_option import add_isolation_option
from actmine.commands.own_answers import tell
from actmine.commands.tables import write_tables
from actmine.evolution.reading import find_run
from actmine.lab.measure import Lab
from actmine.lab.session import open_session, require_tasks
from actmine.number_text import counted, signed
from actmine.sandbox.trust import trusted
from actmine.settings.configuration import ConfigError, differing_keys
from actmine.settings.frozen import require_same_versions
from actmine.settings.measurements import HELD_OUT
from actmine.shown_text import visible
from actmine.validation.bias_table import (
    Bias,
    Measured,
    Row,
    Versus,
    cross_table,
    read_bias,
    rows,
    versus,
    versus_table,
)
from actmine.validation.verdicts import in_words

RUNS = ("bias-growth", "bias-parity", "bias-periodic", "bias-physics")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument(
        "runs",
        nargs="*",
        default=RUNS,
        metavar="RUN",
        help=f"names or folders of runs; default: {' '.join(RUNS)}",
    )
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")
    add_isolation_option(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="also write cross.csv and versus.csv there"
    )


def run(args: argparse.Namespace) -> int:
    """Prints the table; what the runs or an earlier call have measured is in their stores."""
    biases = [_read(find_run(name, results=args.results), args.isolation) for name in args.runs]
    _require_alike(biases)
    table = rows(biases)
    measured = [_measured(bias, table) for bias in biases]
    cross = cross_table(table, measured)
    found = [(one.bias, versus(one)) for one in measured]
    for line in (*_cross(table, cross), "", *_mined(table), "", *_verdicts(found)):
        print(visible(line))
    if args.out:
        compared = [one for _, one in found if one is not None]
        write_tables(args.out, {"cross": cross, "versus": versus_table(compared)})
    return 0


def _read(folder: Path, isolation: str | None) -> Bias:
    """What a run found; its champion is trained under every run's settings."""
    bias = read_bias(folder)
    require_same_versions(folder / layout.RUN_FILE)
    return replace(bias, settings=trusted(bias.settings, isolation))


def _require_alike(biases: Sequence[Bias]) -> None:
    """Refuses two runs of one bias, or of which one has other networks or another fitness."""
    names = [bias.name for bias in biases]
    if len(set(names)) < len(names):
        raise ConfigError(f"each run needs a name of its own, these have {', '.join(names)}")
    first, *others = biases
    for other in others:
        if keys := differing_keys(_of_the_lab(first), _of_the_lab(other)):
            raise ConfigError(
                f"{first.settings.run} and {other.settings.run} were not measured alike: they "
                f"differ in {', '.join(keys)}"
            )


def _of_the_lab(bias: Bias) -> dict[str, object]:
    """What a loss depends on beside function and tasks, and how it is scored."""
    settings = bias.settings
    fitness = asdict(settings.fitness)
    del fitness["target"]  # which tasks count may be what a run's bias is
    return {
        "seed": settings.seed,
        "lab": {**settings.lab.networks, "replicates": settings.lab.replicates},
        "fitness": fitness,
        "tasks": {"samples": asdict(settings.tasks.samples)},
        "validation": {"replicates": settings.validation.replicates},
    }


def _measured(bias: Bias, table: Sequence[Row]) -> Measured:
    functions = {row.function.candidate_id: row.function for row in table}.values()

    def check(lab: Lab) -> None:
        require_tasks(lab, Path(bias.settings.results, bias.settings.run))
        if missing := sum(not lab.holds(function.source) for function in functions):
            tell(f"{bias.name}: measuring {missing} of {counted(len(functions), 'function')}")

    with open_session(bias.settings, HELD_OUT, before=check) as session:
        return Measured(
            bias=bias,
            evaluations={
                function.candidate_id: session.lab.measure(function.source)
                for function in functions
            },
            scorer=session.scorer,
            formulas=[task.formula for task in session.lab.measurement.suite.tasks],
        )


def _cross(table: Sequence[Row], cross: pd.DataFrame) -> Iterator[str]:
    """The fitness as a table in Markdown, the best of each column in bold."""
    biases = list(dict.fromkeys(cross["measured_on"]))
    yield f"| held-out fitness (95%) | {' | '.join(biases)} |"
    yield "|---" * (1 + len(biases)) + "|"
    best = cross.groupby("measured_on")["fitness"].max()
    for row, (_, cells) in zip(table, _by_function(cross), strict=True):
        told = []
        for cell in cells.to_dict("records"):
            value, low, high = (signed(cell[key]) for key in ("fitness", "low", "high"))
            told.append(
                f"**{value}** ({low} to {high})"
                if cell["fitness"] == best[cell["measured_on"]]
                else f"{value} ({low} to {high})"
            )
        yield f"| {_title(row)} | {' | '.join(told)} |"


def _by_function(cross: pd.DataFrame) -> Iterator[tuple[object, pd.DataFrame]]:
    columns = cross["measured_on"].nunique()
    for start in range(0, len(cross), columns):
        yield start, cross.iloc[start : start + columns]


def _title(row: Row) -> str:
    if row.mined_for:
        return f"mined for {row.mined_for}"
    best = f", best known for {', '.join(row.best_for)}" if row.best_for else ""
    return row.function.name + best


def _mined(table: Sequence[Row]) -> Iterator[str]:
    for row in table:
        if row.mined_for:
            yield f"mined for {row.mined_for}: {row.function.name}"
            yield from (f"    {line}" for line in row.function.source.strip().splitlines())


def _verdicts(found: Sequence[tuple[Bias, Versus | None]]) -> Iterator[str]:
    for bias, one in found:
        if one is None or bias.best_known is None:
            yield f"{bias.name}: nothing to compare; a champion or a known function is missing"
            continue
        told = (
            f"{bias.name}: against {bias.best_known.name}, the known function that was best on "
            f"its search tasks, {in_words(one.by_task)}."
        )
        if one.by_formula is not None:
            told += f" With formulas as the sample {in_words(one.by_formula, of='formulas')}."
        yield told
