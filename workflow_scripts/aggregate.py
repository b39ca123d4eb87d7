"""Collects a run into tables, and gives every candidate a file of its own."""

import argparse
from collections.abc import Sequence
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pandas as pd

from actmine import layout
from actmine.evolution.reading import (
    Generation,
    read_generations,
    read_judge,
    read_measured_sets,
    search_sets,
)
from actmine.files import json_text, write_atomically
from actmine.functions.drop_in import module_text
from actmine.llm.journal import Journal
from actmine.records.evaluation import Evaluation
from actmine.report.mutator_table import MutatorTable
from actmine.report.repetition import repetition_table
from actmine.report.strategy_table import strategy_table
from actmine.report.tables import (
    CANDIDATES,
    EVALUATIONS,
    GENERATIONS,
    Table,
    candidate_rows,
    evaluation_rows,
    generation_row,
)
from actmine.settings import frozen as run
from actmine.settings.arms import repeated_groups
from actmine.settings.configuration import arm_settings
from actmine.settings.measurements import MEASUREMENTS, SEARCH
from actmine.validation.material import read_arm_judges


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the tables, each as CSV and Parquet, and the candidates' files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the run's folder")
    parser.add_argument("--generations", type=int, required=True)
    parser.add_argument("--tables", type=Path, required=True, help="output folder")
    parser.add_argument("--candidates", type=Path, required=True, help="output folder")
    args = parser.parse_args(argv)
    config = run.configuration(args.folder / layout.RUN_FILE)
    judges = {name: read_judge(args.folder, config, name) for name in MEASUREMENTS}
    by_arm = read_arm_judges(args.folder, config, SEARCH)
    candidates, evaluations = Table(CANDIDATES), Table(EVALUATIONS)
    generations = Table(GENERATIONS)
    mutators = MutatorTable(seconds=Journal(args.folder / layout.JOURNAL).seconds)
    shelves = _Shelves(args.candidates)
    history: list[Generation] = []
    for one in read_generations(args.folder, config, generations=args.generations):
        judge = judges[SEARCH].knowing(one.references)
        paid_for = by_arm[one.arm].knowing(one.references)
        candidates.extend(candidate_rows(one, paid_for))
        for measured in search_sets(one):
            evaluations.extend(evaluation_rows(measured, judge))
        generations.extend([generation_row(one)])
        mutators.add(one)
        shelves.add_sources(one)
        history.append(one.lean())
    known: list[Evaluation] = []
    for measured in read_measured_sets(args.folder, config["arms"]):
        evaluations.extend(evaluation_rows(measured, judges[measured.measurement]))
        if (measured.measurement, measured.name) == (SEARCH, "catalog"):
            known.extend(measured.evaluations)
    _write(args.tables / "evaluations", evaluations.frame())
    _write(args.tables / "generations", generations.frame())
    _write(args.tables / "mutators", mutators.table())
    _write(args.tables / "repetition", repetition_table(history, measured=known))
    arms = {arm: arm_settings(config, arm) for arm in config["arms"]}
    if repeated_groups(arms):
        _write(args.tables / "strategies", strategy_table(history, arms))
    table = candidates.frame()
    _write(args.tables / "candidates", table)
    shelves.add_rows(table)


def _write(stem: Path, table: pd.DataFrame) -> None:
    write_atomically(stem.with_suffix(".csv"), table.to_csv(index=False).encode())
    buffer = BytesIO()
    table.to_parquet(buffer, index=False)
    write_atomically(stem.with_suffix(".parquet"), buffer.getvalue())


class _Shelves:
    """Each source as a module that runs, and beside it all rows that mention it.

    Written without the care of `write_atomically`, which would take longer than all else:
    the folder is one output of one job, and goes as a whole if that does not end well.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: set[str] = set()

    def add_sources(self, generation: Generation) -> None:
        """Writes the modules that are not there yet."""
        for proposal in generation.proposals:
            name = proposal.candidate_id
            if name and name not in self._written:
                self._written.add(name)
                path = self._place(name).with_suffix(".py")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(module_text(proposal.source), encoding="utf-8")

    def add_rows(self, table: pd.DataFrame) -> None:
        """Writes the rows of every candidate, from the table of candidates."""
        named = table[table["candidate_id"] != ""].sort_values("candidate_id", kind="stable")
        columns = list(named.columns)
        place = columns.index("candidate_id")
        plain = named.astype(object).where(named.notna(), None)
        rows = plain.itertuples(index=False, name=None)
        for name, group in groupby(rows, key=itemgetter(place)):
            told = [dict(zip(columns, row, strict=True)) for row in group]
            self._place(name).with_suffix(".json").write_bytes(json_text(told))

    def _place(self, name: str) -> Path:
        return self._folder / name[1:3] / name


if __name__ == "__main__":
    main()
