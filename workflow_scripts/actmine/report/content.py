"""What the report page shows, as plain records; nothing here draws or reads files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from actmine.champion.curves import Curve
from actmine.report.champion_files import ChampionFiles
from actmine.report.checks import Check
from actmine.report.lineage import Node
from actmine.report.slots import Island, Shape, Slots
from actmine.report.verdicts import Verdicts
from actmine.settings.sections import FitnessSettings
from actmine.tables.held_out_tasks import TASKS
from actmine.validation.leaderboard_rows import COLUMNS


@dataclass(frozen=True, kw_only=True)
class Champion:
    """The function that the run puts forward.

    Attributes:
        candidate_id: also finds its row of the leaderboard.
        formula: one line; the docstring's first where the source is no formula.
        description: how it came about; may be empty.
        curve: none if its values could not be had.
    """

    candidate_id: str
    name: str
    source: str
    formula: str
    description: str = ""
    curve: Curve | None = None


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
        summary: a handful of key figures: what is counted, its value, a word on it.
        champion: none if no mined function qualified.
        references: curves drawn beside the champion's: GELU, ReLU, the best known function.
        leaderboard: the columns of `validation.leaderboard`, best first; read one back with
            `read_leaderboard`.
        search_references: name: fitness on the search suite, drawn as level lines.
        gallery: elites' shapes, best first.
        status_counts: of `slots.status_counts`.
        refusals: of `slots.refusals`.
        mutators: the columns of `tables.mutator_table`.
        returns: the columns of `tables.return_table`.
        task_figures: caption: a drawing of a suite, a whole SVG document.
        paper_order: sentences of `validation.paper_order`.
        isolation: layer: its state while candidates ran.
        transfer: of `transfer.findings.read_findings`, measurements on real data.
        external: of `external.findings.read_findings`, measurements on tasks of others.
        sentences: what was searched and the answer.
        slots: every candidate of the search.
        found_as: the champion's id in the search, before it was shortened.
        lineage: of the finalists.
        losses: log ratios of ReLU's held-out loss to each function's, above 0 where the
            function is better: a row a function, the best first, a column a task, by name.
        tasks: the columns of `tables.held_out_tasks`, a row a held-out task.
        verdicts: the champion against ReLU, GELU and the best known function.
        downloads: files that the page carries along, by name.
        fits: the content of champion/fits.json.
        stages: of `costs.by_stage`.
        checks: further tables of validation.
        champion_files: the folder `champion`; none without a champion.
        strategies: the columns of `tables.strategy_table`.
    """

    run: str
    fitness: FitnessSettings
    summary: tuple[tuple[str, str, str], ...]
    champion: Champion | None
    references: tuple[Curve, ...]
    leaderboard: pd.DataFrame
    islands: tuple[Island, ...]
    search_references: Mapping[str, float]
    gallery: tuple[Shape, ...]
    status_counts: pd.DataFrame
    refusals: Sequence[Mapping[str, Any]]
    mutators: pd.DataFrame
    returns: pd.DataFrame
    task_figures: Mapping[str, str]
    paper_order: tuple[str, ...]
    isolation: Mapping[str, str]
    provenance: Provenance
    slots: Slots
    transfer: Sequence[Mapping[str, Any]] = ()
    external: Sequence[Mapping[str, Any]] = ()
    sentences: tuple[str, ...] = ()
    found_as: str = ""
    lineage: tuple[Node, ...] = ()
    losses: pd.DataFrame | None = None
    fits: Mapping[str, Any] = field(default_factory=dict)
    stages: Sequence[Mapping[Any, Any]] = ()
    checks: tuple[Check, ...] = ()
    tasks: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(TASKS)))
    verdicts: Verdicts = field(default_factory=Verdicts)
    downloads: Mapping[str, bytes] = field(default_factory=dict)
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
