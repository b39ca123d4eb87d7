"""What the report page shows, as plain records; nothing here draws or reads files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from actmine.champion.curves import Curve
from actmine.records.status import Status
from actmine.report.champion_files import ChampionFiles
from actmine.report.checks import Check
from actmine.report.costs import StageCost
from actmine.report.lineage import Node
from actmine.report.slots import IslandHistory, Refused, Shape, Slots, no_slots
from actmine.settings.sections import FitnessSettings
from actmine.transfer.findings import TransferFindings
from actmine.validation.leaderboard import COLUMNS

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Champion:
    """The function that the run puts forward.

    Attributes:
        candidate_id: also finds its row of the leaderboard.
        formula: one line, as a formula or the docstring's first line.
        description: the rest of the docstring, or how it came about; may be empty.
        curve: none if its values could not be had.
    """

    candidate_id: str
    name: str
    source: str
    formula: str
    description: str = ""
    curve: Curve | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class TaskLosses:
    """Log ratios of ReLU's held-out loss to each function's.

    Attributes:
        names: of the functions, best first.
        families: of each task, in the order of the columns.
        ratios: (function, task) above 0 is better than ReLU.
    """

    names: tuple[str, ...]
    families: tuple[str, ...]
    ratios: Array

    def __post_init__(self) -> None:
        if self.ratios.shape != (len(self.names), len(self.families)):
            raise ValueError(
                f"ratios are {self.ratios.shape}, not one row for each of {len(self.names)} "
                f"functions and one column for each of {len(self.families)} tasks"
            )

    def by_family(self) -> Mapping[str, Array]:
        """Family: (function,) mean over its tasks."""
        families = np.array(self.families)
        return {
            one: self.ratios[:, families == one].mean(axis=1)
            for one in dict.fromkeys(self.families)
        }


@dataclass(frozen=True, kw_only=True)
class TaskFigure:
    """A finished drawing of tasks.

    Attributes:
        svg: a whole SVG document on a white ground; what could act is taken out of it.
        caption: says what is seen; it is the text for those who cannot see it, too.
    """

    svg: str
    caption: str


@dataclass(frozen=True, kw_only=True)
class Number:
    """A figure of the summary: what it counts, its value, and a word on it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What a reader needs to get the same numbers.

    Attributes:
        config: the configuration in force, YAML.
        versions: library: version.
        hashes: what was hashed: digest.
        commands: to rerun, one shell line each.
    """

    config: str
    versions: Mapping[str, str]
    hashes: Mapping[str, str]
    commands: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReportData:
    """Everything on the page. All text may come from a candidate and is taken as hostile.

    Attributes:
        run: name of the run.
        fitness: how losses became the numbers shown.
        summary: a handful of key figures.
        champion: none if no mined function qualified.
        references: curves drawn beside the champion's, GELU and ReLU.
        leaderboard: the columns of `validation.leaderboard`, best first; read one back with
            `read_leaderboard`.
        islands: one a population.
        search_references: name: fitness on the search suite, drawn as level lines.
        gallery: elites' shapes, best first.
        status_counts: generation: how many candidates came to each status.
        refusals: the most frequent first.
        mutators: the columns of `tables.mutator_table`.
        task_figures: drawings of the suites.
        paper_order: sentences of `validation.paper_order`.
        isolation: layer: its state while candidates ran.
        transfer: measurements on real data, if there are any.
        sentences: what was searched and the answer.
        slots: every candidate of the search.
        found_as: the champion's id in the search, before it was shortened.
        lineage: of the finalists.
        losses: on the held-out tasks, task by task.
        fits: the content of champion/fits.json.
        stages: what each used.
        checks: further tables of validation.
        champion_files: the folder `champion`; none without a champion.
        strategies: the columns of `tables.strategy_table`.
    """

    run: str
    fitness: FitnessSettings
    summary: tuple[Number, ...]
    champion: Champion | None
    references: tuple[Curve, ...]
    leaderboard: pd.DataFrame
    islands: tuple[IslandHistory, ...]
    search_references: Mapping[str, float]
    gallery: tuple[Shape, ...]
    status_counts: Mapping[int, Mapping[Status, int]]
    refusals: tuple[Refused, ...]
    mutators: pd.DataFrame
    task_figures: tuple[TaskFigure, ...]
    paper_order: tuple[str, ...]
    isolation: Mapping[str, str]
    provenance: Provenance
    transfer: tuple[TransferFindings, ...] = ()
    sentences: tuple[str, ...] = ()
    slots: Slots = field(default_factory=no_slots)
    found_as: str = ""
    lineage: tuple[Node, ...] = ()
    losses: TaskLosses | None = None
    fits: Mapping[str, Any] = field(default_factory=dict)
    stages: tuple[StageCost, ...] = ()
    checks: tuple[Check, ...] = ()
    champion_files: ChampionFiles | None = None
    strategies: pd.DataFrame | None = None

    @property
    def champion_id(self) -> str:
        """Empty if no function qualified."""
        return self.champion.candidate_id if self.champion else ""

    def __post_init__(self) -> None:
        if not set(COLUMNS) <= set(self.leaderboard.columns):
            raise ValueError(
                f"the leaderboard's columns are {list(self.leaderboard.columns)}, "
                f"which lack some of {list(COLUMNS)}"
            )
