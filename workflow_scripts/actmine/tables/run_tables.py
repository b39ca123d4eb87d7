"""All tables of a run, made of its generations and measurements as these are read."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import pandas as pd

from actmine.evolution.reading import Generation, MeasuredSet, search_sets
from actmine.lab.scorer import Scorer
from actmine.records.evaluation import Evaluation
from actmine.settings.arms import repeated_groups
from actmine.settings.configuration import arm_settings
from actmine.settings.measurements import SEARCH
from actmine.settings.sections import Settings
from actmine.tables.held_out_tasks import TASKS
from actmine.tables.mutator_table import MUTATORS, MutatorTable
from actmine.tables.repetition import REPETITION, repetition_rows
from actmine.tables.return_table import RETURNS, ReturnTable
from actmine.tables.strategy_table import STRATEGIES, strategy_rows
from actmine.tables.table_rows import (
    CANDIDATES,
    EVALUATIONS,
    GENERATIONS,
    Row,
    candidate_row,
    evaluation_row,
    generation_row,
)

# Table: its columns with their meanings.
TABLES: dict[str, Mapping[str, str]] = {
    "candidates": CANDIDATES,
    "evaluations": EVALUATIONS,
    "generations": GENERATIONS,
    "mutators": MUTATORS,
    "repetition": REPETITION,
    "tasks": TASKS,
    "returns": RETURNS,
    "strategies": STRATEGIES,
}


class Scorers(Protocol):
    """How losses become fitness."""

    def __call__(self, measurement: str, *, arm: str = "") -> Scorer:
        """The scorer of a measurement, by an arm's own target if an arm is named."""


class RunTables:
    """Collects the rows of every table; of generations it keeps no losses.

    Args:
        config: of the run.
        scorers: how losses become fitness.
        seconds: how long the reply of a journal key took.
    """

    def __init__(
        self, config: Settings, *, scorers: Scorers, seconds: Callable[[str], float]
    ) -> None:
        self._arms = {arm: arm_settings(config, arm) for arm in config.arms}
        self._scorers = scorers
        self._mutators = MutatorTable(seconds=seconds)
        self._returns = ReturnTable(self._arms)
        self._history: list[Generation] = []
        self._catalog: list[Evaluation] = []
        self._rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)

    def add(self, generation: Generation) -> None:
        """Adds an island's generation."""
        scorer = self._scorers(SEARCH).with_reference(generation.references)
        of_arm = self._scorers(SEARCH, arm=generation.arm).with_reference(generation.references)
        outcomes = generation.outcomes()
        rows = (candidate_row(generation.arm, *outcome, of_arm) for outcome in outcomes)
        self._extend("candidates", rows)
        self._extend("generations", [generation_row(generation)])
        for measured in search_sets(generation):
            self._add_evaluations(measured, scorer)
        self._mutators.add(generation)
        self._returns.add(generation, of_arm)
        self._history.append(generation.without_losses())

    def add_set(self, measured: MeasuredSet) -> None:
        """Adds what was measured outside the search."""
        self._add_evaluations(measured, self._scorers(measured.measurement))
        if (measured.measurement, measured.name) == (SEARCH, "catalog"):
            self._catalog.extend(measured.evaluations)

    def add_tasks(self, rows: Iterable[Row]) -> None:
        """Adds the held-out tasks: rows of `held_out_tasks.task_rows`."""
        self._extend("tasks", rows)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Every table by its name, when everything was added; strategies only if any differ."""
        self._extend("mutators", self._mutators.rows())
        self._extend("returns", self._returns.rows())
        self._extend("repetition", repetition_rows(self._history, measured=self._catalog))
        if repeated_groups(self._arms):
            self._extend("strategies", strategy_rows(self._history, self._arms))
        return {
            name: pd.DataFrame(self._rows[name], columns=list(columns))
            for name, columns in TABLES.items()
            if name != "strategies" or repeated_groups(self._arms)
        }

    def _add_evaluations(self, measured: MeasuredSet, scorer: Scorer) -> None:
        rows = (evaluation_row(measured, each, scorer) for each in measured.evaluations)
        self._extend("evaluations", rows)

    def _extend(self, name: str, rows: Iterable[Row]) -> None:
        # Tuples: a long search has rows enough to fill the memory as dictionaries.
        self._rows[name].extend(tuple(row[column] for column in TABLES[name]) for row in rows)
