"""Reads a run for its audit: each file once, one island's generation at a time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from actmine import layout
from actmine.audit import sums
from actmine.audit.problem import DamagedError, Problem, reading
from actmine.evolution.islands import neighbours
from actmine.evolution.population import Population, from_json
from actmine.evolution.reading import Generation, read_evaluations, read_scorer
from actmine.files import read_json
from actmine.lab.ladder import rung_steps
from actmine.lab.measure import lab_settings
from actmine.lab.scorer import Scorer
from actmine.lab.work import FitSettings
from actmine.records.evaluation import Evaluation
from actmine.records.proposal import Proposal
from actmine.records.rows import read_records
from actmine.sandbox.trust import trusted
from actmine.settings import frozen as runs
from actmine.settings.configuration import arm_settings, merge, under
from actmine.settings.frozen import Frozen
from actmine.settings.measurements import (
    SEARCH,
    kind_of,
    replicates,
    search_draw,
    suite_name,
)
from actmine.settings.sections import Settings
from actmine.validation.finalists import Mined


@dataclass(frozen=True, kw_only=True)
class Line:
    """Where an evaluation stands.

    Attributes:
        file: relative to the run.
        number: from 0.
    """

    file: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Place(Generation):
    """One island's generation with what it follows from.

    Attributes:
        settings: the configuration as its arm sees it.
        lines: of all evaluations, where each stands.
        stored: population.json as it stands.
        previous: the island one generation earlier; none for generation 0, and where that
            file is damaged.
        others: the islands that it met; none where one of their files is damaged.
        known: every candidate id of the arm's earlier generations; none where one of their
            files is damaged.
    """

    run: Path
    generation: int
    island: int
    settings: Settings
    lines: tuple[tuple[Line, Evaluation], ...]
    stored: Any
    previous: Population | None
    others: tuple[Population, ...] | None
    known: set[str] | None

    def file(self, name: str) -> str:
        """One of its files, relative to the run."""
        return f"{self._folder}/{name}"

    @cached_property
    def _folder(self) -> str:
        folder = layout.island(self.run, self.arm, self.generation, self.island)
        return folder.relative_to(self.run).as_posix()

    def slot(self, proposal: Proposal) -> str:
        """A slot as a problem with another file names it."""
        return f"slot {proposal.slot.index} of {self.file('proposals.jsonl')}"

    def problem(self, name: str, what: str) -> Problem:
        """A problem with one of its files."""
        return Problem(file=self.file(name), what=what)

    def shard(self, index: int) -> str:
        """The name of the file with the measurement of a slot."""
        return f"shard_{index // self.settings.candidates_per_job}/evaluations.jsonl"

    @property
    def draw(self) -> str:
        """The suite that this generation is measured on."""
        return search_draw(self.generation, self.settings.search.rotate_every)


@dataclass(frozen=True, kw_only=True)
class Audited:
    """A run whose run.yaml can be read.

    Attributes:
        generations: the last one that every arm's islands finished. What the seal lists counts,
            though it is gone: a lost file makes no shorter run of it.
        searched: by arm, what its search scored; of arms whose generations were all read.
    """

    folder: Path
    frozen: Frozen
    generations: int
    scorers: dict[tuple[str, str], Scorer] = field(default_factory=dict)
    manifests: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    searched: dict[str, Mined] = field(default_factory=dict)
    trained: dict[str, FitSettings] = field(default_factory=dict)

    @property
    def config(self) -> Settings:
        """The frozen configuration."""
        return self.frozen.settings

    def scorer(self, measurement: str, *, arm: str = "") -> Scorer:
        """The scorer of a measurement, read once; an arm's knows what the arm is paid for."""
        if (measurement, arm) not in self.scorers:
            path = layout.reference(self.folder, measurement)
            config = arm_settings(self.config, arm) if arm else self.config
            if arm and config.fitness == self.config.fitness:
                # The very scorer of the run: what is scored by both is scored once.
                self.scorers[measurement, arm] = self.scorer(measurement)
                return self.scorers[measurement, arm]
            with reading(path, self.folder):
                self.scorers[measurement, arm] = read_scorer(self.folder, config, measurement)
        return self.scorers[measurement, arm]

    def relative(self, path: Path) -> str:
        """A path as a problem names it."""
        return str(path).removeprefix(f"{self.folder}/")  # far sooner than by `relative_to`

    def problem(self, path: Path, what: str) -> Problem:
        """A problem with a file."""
        return Problem(file=self.relative(path), what=what)

    def check_file(self, path: Path, check: Callable[[Path], str]) -> Iterator[Problem]:
        """What `check` says of a file, or that it cannot be read; nothing for an empty text."""
        try:
            with reading(path, self.folder):
                what = check(path)
        except DamagedError as damaged:
            yield damaged.problem
        else:
            if what:
                yield self.problem(path, what)

    def compare_file(
        self, path: Path, read: Callable[[Path], Any], expected: Any, what: str
    ) -> Iterator[Problem]:
        """Whether a file's content is the expected one; `what` if it is not."""
        yield from self.check_file(path, lambda file: "" if read(file) == expected else what)

    def other_code(self) -> list[str]:
        """Files of code and libraries that are not those which made the run."""
        today = runs.description(self.config)
        return [
            changed
            for then, now in (
                (self.frozen.versions, today.versions),
                (self.frozen.code, today.code),
            )
            for changed in runs.differing(then, now)
        ]

    @cached_property
    def rungs(self) -> tuple[int, ...]:
        """The steps at which a search fit's losses are taken."""
        return rung_steps(self.config)

    def fit_settings(self, measurement: str) -> FitSettings:
        """How the networks of a measurement are trained."""
        if measurement not in self.trained:
            self.trained[measurement] = lab_settings(under(self.config, measurement))
        return self.trained[measurement]

    def suite_hash(self, measurement: str) -> str:
        """What the manifest says of the suite of a measurement."""
        return str(self._manifest(measurement)["hash"])

    def tasks(self, measurement: str) -> int:
        """How many tasks a measurement has."""
        return len(self._manifest(measurement)["tasks"])

    def _manifest(self, measurement: str) -> Mapping[str, Any]:
        suite = suite_name(measurement)
        if suite not in self.manifests:
            path = layout.manifest(self.folder, suite)
            with reading(path, self.folder):
                document = read_json(path)
                self.manifests[suite] = {"hash": document["hash"], "tasks": document["tasks"]}
        return self.manifests[suite]

    def replicates(self, measurement: str, *, repeat: int = 0) -> tuple[int, ...]:
        """The replicate numbers of a measurement that is made once more so many times."""
        section = self.config.lab if kind_of(measurement) == SEARCH else self.config.validation
        return replicates(measurement, section.replicates, repeat=repeat)


def open_run(folder: Path) -> Audited:
    """A run to be audited.

    Raises:
        DamagedError: run.yaml cannot be read.
        ConfigError: there is no run.
    """
    path = folder / layout.RUN_FILE
    if not path.exists():
        runs.read(path)  # says so
    with reading(path, folder):
        frozen = runs.read(path)
        arms = {arm: arm_settings(frozen.settings, arm) for arm in frozen.settings.arms}
    sealed = sums.listed(folder)
    names = frozenset() if isinstance(sealed, Problem) else sealed.keys()

    def is_there(path: Path) -> bool:
        return path.exists() or path.relative_to(folder).as_posix() in names

    finished = [
        _finished(folder, name, is_there, islands=settings.search.islands)
        for name, settings in arms.items()
    ]
    return Audited(folder=folder, frozen=frozen, generations=min(finished))


def with_trust(run: Audited, isolation: str | None) -> Audited:
    """A run whose functions are run under what the user trusts: see `sandbox.trust.trusted`.

    Raises:
        ConfigError: the run asks for a weaker isolation than the user.
    """
    settings = trusted(replace(run.config, run=run.folder.name), isolation)
    chosen = {"sandbox": {"isolation": settings.sandbox.isolation}}
    configuration = merge(run.frozen.configuration, chosen)
    return replace(run, frozen=replace(run.frozen, configuration=configuration))


def walk(run: Audited) -> Iterator[Place | Problem]:
    """Every island's generation of all arms, the oldest first; damaged files as problems."""
    for arm in run.config.arms:
        settings = arm_settings(run.config, arm)
        before: dict[int, Population] = {}
        known: set[str] | None = set()
        for generation in range(run.generations + 1):
            after: dict[int, Population] = {}
            proposed: set[str] = set()
            for island in range(settings.search.islands):
                try:
                    place = _place(
                        run, arm, settings, generation, island, before=before, known=known
                    )
                except DamagedError as damaged:
                    yield damaged.problem
                    continue
                after[island] = place.population
                proposed |= {
                    proposal.candidate_id for proposal in place.proposals if proposal.source
                }
                yield place
            before = after
            if len(after) < settings.search.islands:
                known = None
            elif known is not None:
                known |= proposed


def _place(
    run: Audited,
    arm: str,
    settings: Settings,
    generation: int,
    island: int,
    *,
    before: dict[int, Population],
    known: set[str] | None,
) -> Place:
    folder = layout.island(run.folder, arm, generation, island)
    with reading(folder / "proposals.jsonl", run.folder):
        proposals = tuple(read_records(folder / "proposals.jsonl", Proposal))
    lines = tuple(
        (Line(file=run.relative(path), number=number), evaluation)
        for path in layout.shards(folder)
        for number, evaluation in enumerate(evaluations_of(run.folder, path))
    )
    evaluations = [evaluation for _, evaluation in lines]
    with reading(folder / "population.json", run.folder):
        stored = read_json(folder / "population.json")
        earlier = before[island].history if island in before else ()
        population = from_json(stored, before=earlier)
    met = neighbours(settings.search, generation=generation, island=island)
    return Place(
        run=run.folder,
        arm=arm,
        generation=generation,
        island=island,
        settings=settings,
        lines=lines,
        proposals=proposals,
        evaluations=tuple(
            evaluation for evaluation in evaluations if evaluation.slot is not None
        ),
        references=tuple(evaluation for evaluation in evaluations if evaluation.slot is None),
        population=population,
        stored=stored,
        previous=before.get(island),
        others=tuple(before[o] for o in met) if all(o in before for o in met) else None,
        known=known,
    )


def evaluations_of(run: Path, path: Path) -> tuple[Evaluation, ...]:
    """What a file of a run holds; a damaged one is named."""
    with reading(path, run):
        return read_evaluations([path])


def _finished(folder: Path, arm: str, is_there: Callable[[Path], bool], *, islands: int) -> int:
    """An arm's last generation in which every island has a population; -1 if it has none."""
    generation = 0
    while all(
        is_there(layout.island(folder, arm, generation, island) / "population.json")
        for island in range(islands)
    ):
        generation += 1
    return generation - 1
