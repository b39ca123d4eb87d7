"""Says how far the lab foretells the scores on real data, by family of tasks.

Takes a run with a transfer measurement, measures the same functions on the run's held-out
tasks, and prints Spearman's correlation of the lab's fitness with every score. Then it chooses
weights of the families on half of the functions and tests them on the other half.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from actmine import layout
from actmine.commands.isolation_option import add_isolation_option
from actmine.commands.own_answers import tell
from actmine.commands.tables import write_tables
from actmine.evolution.reading import find_run, read_listed
from actmine.lab.measure import Lab
from actmine.lab.session import open_session, require_tasks
from actmine.number_text import counted, signed
from actmine.records.listed import Listed
from actmine.records.status import Status
from actmine.sandbox.trust import trusted
from actmine.settings.frozen import read_settings, require_same_versions
from actmine.settings.measurements import HELD_OUT
from actmine.shown_text import table_cell, visible
from actmine.transfer.benchmark import Tier
from actmine.transfer.findings import measured_folder, read_table
from actmine.transfer.foretelling import (
    INSIDE,
    MEANS,
    WHOLE,
    Figures,
    Weighting,
    correlations,
    lab_figures,
    outside_figures,
    weightings,
)
from actmine.transfer.parts import OOD_TEST
from actmine.validation.rank_correlation import Correlation

_CAVEAT = (
    "Intervals are over functions, and not corrected for how many there are. Functions of one "
    "run are alike, and ReLU and GELU are among the functions: intervals are rather too narrow."
)


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
    add_isolation_option(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="also write lab.csv and foretold.csv there"
    )


def run(args: argparse.Namespace) -> int:
    """Prints the tables; what the run or an earlier call has measured is in its store."""
    folder = find_run(args.run_name, results=args.results)
    place = measured_folder(folder, args.tier)
    functions = [
        one for one in read_listed(place / "candidates.jsonl") if one.status is Status.ACCEPTED
    ]
    lab = _measured(folder, functions, args.isolation)
    table = read_table(place)
    outside = outside_figures(table)
    found = correlations(lab, outside)
    families = {name: own for name, own in lab.items() if name not in (WHOLE, INSIDE)}
    chosen = weightings(families, outside[MEANS[OOD_TEST]])
    scores = dict.fromkeys(table[table["split"] == OOD_TEST]["score"])
    for line in (
        *_ranked(functions, lab, outside),
        "",
        *_table(found, [*MEANS.values(), *scores]),
        "",
        *_weightings(chosen),
        _CAVEAT,
    ):
        print(visible(line))
    if args.out:
        write_tables(args.out, {"lab": _figures(functions, lab), "foretold": found})
    return 0


def _measured(
    folder: Path, functions: Sequence[Listed], isolation: str | None
) -> dict[str, Figures]:
    """Each figure of the lab, on the run's held-out tasks."""
    require_same_versions(folder / layout.RUN_FILE)
    stored = read_settings(folder / layout.RUN_FILE)
    here = replace(stored, results=str(folder.parent), run=folder.name)
    for function in functions:
        function.require_own_source()

    def check(lab: Lab) -> None:
        if layout.manifest(folder, HELD_OUT).exists():  # a run may have no search yet
            require_tasks(lab, folder)
        if missing := sum(not lab.holds(function.source) for function in functions):
            tell(
                f"measuring {missing} of {counted(len(functions), 'function')} on the "
                "held-out tasks"
            )

    with open_session(trusted(here, isolation), HELD_OUT, before=check) as session:
        evaluations = {
            function.candidate_id: session.lab.measure(function.source)
            for function in functions
        }
        return lab_figures(evaluations, session.scorer)


def _figures(functions: Sequence[Listed], lab: Mapping[str, Figures]) -> pd.DataFrame:
    """One row a function: its figures in the lab."""
    return pd.DataFrame(
        {
            "candidate_id": function.candidate_id,
            "name": function.name,
            "origin": function.origin.value,
            **{figure: values.get(function.candidate_id) for figure, values in lab.items()},
        }
        for function in functions
    )


def _ranked(
    functions: Sequence[Listed], lab: Mapping[str, Figures], outside: Mapping[str, Figures]
) -> Iterator[str]:
    """What each function is worth on real data, best first, and in the lab."""
    means = [outside[title] for title in MEANS.values()]
    yield f"| function | {' | '.join((*MEANS.values(), *lab))} |"
    yield "|---" * (1 + len(MEANS) + len(lab)) + "|"
    measured = [one for one in functions if one.candidate_id in means[0]]
    for one in sorted(measured, key=lambda one: -means[0][one.candidate_id]):
        cells = (signed(values.get(one.candidate_id)) for values in (*means, *lab.values()))
        yield f"| {table_cell(one.name)} | {' | '.join(cells)} |"


def _table(found: pd.DataFrame, shown: Sequence[str]) -> Iterator[str]:
    """The correlations in Markdown, bold where the interval excludes 0."""
    yield f"| Spearman (95%) | {' | '.join(map(table_cell, shown))} |"
    yield "|---" * (1 + len(shown)) + "|"
    for figure, rows in found.groupby("lab", sort=False):
        by_score = {row["score"]: row for row in rows.to_dict("records")}
        yield f"| {figure} | {' | '.join(_cell(by_score.get(score)) for score in shown)} |"


def _cell(row: Mapping[Any, Any] | None) -> str:
    if row is None or pd.isna(row["rho"]):
        return "none"
    value = signed(row["rho"])
    told = f"**{value}**" if row["low"] > 0 or row["high"] < 0 else value
    return f"{told} ({signed(row['low'])} to {signed(row['high'])})"


def _weightings(found: Sequence[Weighting]) -> Iterator[str]:
    if not found:
        yield "Too few functions to choose weights of families on half of them."
    for one in found:
        weights = ", ".join(f"{name} {weight:g}" for name, weight in one.weights.items())
        yield (
            f"Weights chosen on {one.chosen.functions} functions: {weights}; there "
            f"{_told(one.chosen)}. On the {one.tested.functions} others "
            f"{_told(one.tested)}, with equal weights {_told(one.equal)}."
        )


def _told(found: Correlation) -> str:
    if found.rho is None or found.low is None or found.high is None:
        return "no correlation"
    return f"{signed(found.rho)} ({signed(found.low)} to {signed(found.high)})"
