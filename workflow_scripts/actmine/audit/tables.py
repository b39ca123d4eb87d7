"""Each figure of the tables, and each candidate's file, follows from proposals and losses."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pandas as pd

from actmine import layout
from actmine.audit.audited import Audited, Place
from actmine.audit.problem import BROKEN, DamagedError, Problem, reading
from actmine.audit.rows import Rows
from actmine.evolution.reading import Generation, MeasuredSet, search_sets
from actmine.files import read_json
from actmine.functions.drop_in import module_text
from actmine.lab.judge import Judge
from actmine.llm.journal import Journal
from actmine.records.evaluation import Evaluation
from actmine.report.mutator_table import MUTATORS, MutatorTable
from actmine.report.repetition import REPETITION, repetition_table
from actmine.report.strategy_table import STRATEGIES, strategy_table
from actmine.report.tables import (
    CANDIDATES,
    EVALUATIONS,
    GENERATIONS,
    Table,
    candidate_rows,
    evaluation_rows,
    generation_row,
)
from actmine.settings.arms import repeated_groups
from actmine.settings.configuration import arm_settings
from actmine.settings.measurements import SEARCH

COLUMNS = {
    "candidates": CANDIDATES,
    "evaluations": EVALUATIONS,
    "generations": GENERATIONS,
    "mutators": MUTATORS,
    "repetition": REPETITION,
    "strategies": STRATEGIES,
}


class Tables:
    """The tables of a run, read along with its generations; a context manager."""

    def __init__(self, run: Audited) -> None:
        self._run = run
        self._arms = {arm: arm_settings(run.config, arm) for arm in run.config["arms"]}
        self._mutators = MutatorTable(seconds=Journal(run.folder / layout.JOURNAL).seconds)
        self._history: list[Generation] = []
        self._known: list[Evaluation] = []
        self._stack = ExitStack()
        self._rows: dict[str, Rows] = {}

    def __enter__(self) -> "Tables":
        for name, columns in self._columns().items():
            path = self._run.folder / "tables" / f"{name}.csv"
            if path.exists():
                rows = Rows(path, file=self._run.relative(path), columns=list(columns))
                self._rows[name] = self._stack.enter_context(rows)
        return self

    def __exit__(self, *exception: Any) -> None:
        self._stack.close()

    def add(self, place: Place) -> Iterator[Problem]:
        """The next generation; problems with its candidates' files."""
        one = place.as_read
        judge = self._run.judge(SEARCH).knowing(one.references)
        paid_for = self._run.judge(SEARCH, arm=one.arm).knowing(one.references)
        frame = _frame(CANDIDATES, candidate_rows(one, paid_for))
        self._expect("candidates", frame)
        self._expect("generations", _frame(GENERATIONS, [generation_row(one)]))
        for measured in search_sets(one):
            self._expect_set(measured, judge)
        self._mutators.add(one)
        self._history.append(one.lean())
        yield from self._files(place, frame)

    def add_set(self, one: MeasuredSet) -> None:
        """The next set of measurements."""
        self._expect_set(one, self._run.judge(one.measurement))
        if (one.measurement, one.name) == (SEARCH, "catalog"):
            self._known.extend(one.evaluations)

    def _columns(self) -> dict[str, Mapping[str, str]]:
        """The tables that this run has, with their columns."""
        compared = bool(repeated_groups(self._arms))
        return {name: c for name, c in COLUMNS.items() if compared or name != "strategies"}

    def _expect_set(self, one: MeasuredSet, judge: Judge) -> None:
        self._expect("evaluations", _frame(EVALUATIONS, evaluation_rows(one, judge)))

    def problems(self) -> Iterator[Problem]:
        """What the tables have else."""
        self._expect("mutators", self._mutators.table())
        self._expect("repetition", repetition_table(self._history, measured=self._known))
        self._expect("strategies", strategy_table(self._history, self._arms))
        for name in self._columns():
            if name in self._rows:
                yield from self._rows[name].problems()
                yield from self._parquet(name)
            else:
                yield Problem(file=f"tables/{name}.csv", what="is missing")

    def _expect(self, name: str, frame: pd.DataFrame) -> None:
        if name in self._rows:
            self._rows[name].expect(frame)

    def _parquet(self, name: str) -> Iterator[Problem]:
        """Whether the other form of a table holds the same."""
        path = self._run.folder / "tables" / f"{name}.parquet"
        file = self._run.relative(path)
        try:
            with reading(path, self._run.folder):
                frame = pd.read_parquet(path)
        except DamagedError as damaged:
            yield damaged.problem
            return
        twin = path.with_suffix(".csv")
        with Rows(twin, file=file, columns=list(frame.columns)) as rows:
            rows.expect(frame)
            for flaw in rows.problems():
                yield Problem(file=file, what=f"is not {twin.name}: {flaw.what}")

    def _files(self, place: Place, frame: pd.DataFrame) -> Iterator[Problem]:
        """Each source as a module, and the rows that mention it."""
        rows = frame.astype(object).where(frame.notna(), None).to_dict(orient="records")
        for proposal, row in zip(place.proposals, rows, strict=True):
            if not proposal.source:
                continue
            name = proposal.candidate_id
            stem = self._run.folder / "candidates" / name[1:3] / name
            source, listing = stem.with_suffix(".py"), stem.with_suffix(".json")
            try:
                if source.read_bytes() != module_text(proposal.source).encode():
                    what = f"is not the source of {place.file('proposals.jsonl')}"
                    yield Problem(file=self._run.relative(source), what=what)
                with reading(listing, self._run.folder):
                    if row not in read_json(listing):
                        what = f"does not tell slot {proposal.slot.index} of {place.file('')}"
                        yield Problem(file=self._run.relative(listing), what=what)
            except DamagedError as damaged:
                yield damaged.problem
            except BROKEN as error:
                yield Problem(file=self._run.relative(source), what=f"cannot be read ({error})")


def _frame(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    table = Table(columns)
    table.extend(rows)
    return table.frame()
