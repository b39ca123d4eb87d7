"""Reads what the stages of a run wrote."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from actmine import layout
from actmine.evolution.population import Population
from actmine.lab.scorer import Scorer, task_families
from actmine.llm.known import KnownScore, known_scores
from actmine.records.evaluation import Evaluation, Rung
from actmine.records.listed import Listed
from actmine.records.proposal import Proposal
from actmine.records.rows import read_record, read_records
from actmine.settings.configuration import ConfigError, arm_settings
from actmine.settings.measurements import MEASUREMENTS, SEARCH, suite_name
from actmine.settings.mistakes import nearest
from actmine.settings.sections import Settings


def find_run(name: str, *, results: Path) -> Path:
    """The folder of a run that is given by its name, or by its folder, whole or damaged.

    Raises:
        ConfigError: there is none; the message names those that there are.
    """
    places = (results / name, Path(name))
    for folder in (*(p for p in places if (p / layout.RUN_FILE).exists()), *places):
        if name and folder.is_dir():
            return folder
    there = sorted(path.parent.name for path in results.glob(f"*/{layout.RUN_FILE}"))
    known = (
        f"there is {', '.join(there)}"
        if there
        else "there is none; name another with --results"
    )
    raise ConfigError(f"{name}: no such run in {results}{nearest(name, there)}: {known}")


@dataclass(frozen=True, kw_only=True)
class Generation:
    """One island's generation, as its files tell it.

    Attributes:
        evaluations: of its slots.
        references: of ReLU, on replicates of elites that were measured again.
    """

    arm: str
    proposals: tuple[Proposal, ...]
    evaluations: tuple[Evaluation, ...]
    population: Population
    references: tuple[Evaluation, ...] = ()

    def outcomes(self) -> Iterator[tuple[Proposal, Evaluation | None]]:
        """Each slot with its evaluation; none if the gate refused."""
        measured = {evaluation.slot: evaluation for evaluation in self.evaluations}
        for proposal in self.proposals:
            yield proposal, measured.get(proposal.slot)

    def without_losses(self) -> "Generation":
        """Without losses, and with no more of the population than its best elite."""
        population = replace(
            self.population,
            history=(),
            pool=(),
            additions=(),
            elites=self.population.elites[:1],
            specialists=(),
            tried=(),
            returns=(),
        )
        # Not `replace`: what an audit knows beside would be kept, every loss among it.
        return Generation(
            arm=self.arm,
            proposals=self.proposals,
            evaluations=tuple(map(_without_losses, self.evaluations)),
            population=population,
            references=tuple(map(_without_losses, self.references)),
        )


@dataclass(frozen=True, kw_only=True)
class MeasuredSet:
    """Candidates that were measured together.

    Attributes:
        measurement: `search`, `remeasured` or `held_out`.
        name: an arm, the finalists of an arm, `catalog` or `reference`.
    """

    measurement: str
    name: str
    evaluations: tuple[Evaluation, ...]


def read_generations(run: Path, config: Settings, *, generations: int) -> Iterator[Generation]:
    """Every island's generations of all arms, the oldest first.

    One at a time: together, those of a long search would fill the memory.
    """
    for arm in config.arms:
        islands = arm_settings(config, arm).search.islands
        yield from read_arm_generations(run, arm, generations=generations, islands=islands)


def read_arm_generations(
    run: Path, arm: str, *, generations: int, islands: int
) -> Iterator[Generation]:
    """Every island's generations of one arm, the oldest first."""
    for generation in range(generations + 1):
        for island in range(islands):
            folder = layout.island(run, arm, generation, island)
            measured = read_evaluations(layout.shards(folder))
            yield Generation(
                arm=arm,
                proposals=tuple(read_records(folder / "proposals.jsonl", Proposal)),
                evaluations=tuple(one for one in measured if one.slot is not None),
                references=tuple(one for one in measured if one.slot is None),
                population=read_record(folder / "population.json", Population),
            )


def _without_losses(evaluation: Evaluation) -> Evaluation:
    few = ((0.0,),) if evaluation.ood else ()
    rungs = tuple(Rung(steps=rung.steps) for rung in evaluation.rungs)
    return replace(evaluation, train=few, id=few, ood=few, curve=(), layers={}, rungs=rungs)


def read_evaluations(paths: Iterable[Path]) -> tuple[Evaluation, ...]:
    """All evaluations in some files."""
    return tuple(evaluation for path in paths for evaluation in read_records(path, Evaluation))


def read_listed(path: Path) -> list[Listed]:
    """The candidates of a candidates.jsonl."""
    return read_records(path, Listed)


def read_scorer(run: Path, config: Settings, measurement: str) -> Scorer:
    """The scorer of one measurement of a run; of the search, on all its draws."""
    paths = [layout.reference(run, measurement)]
    return Scorer(
        read_evaluations(layout.search_references(run) if measurement == SEARCH else paths),
        families=task_families(layout.manifest(run, suite_name(measurement))),
        rule=config.fitness,
    )


def read_known(
    evaluations: Sequence[Path],
    reference: Path | None,
    manifest: Path | None,
    config: Settings,
) -> tuple[KnownScore, ...]:
    """What the known functions score on the search tasks; nothing where no file is given.

    Args:
        reference, manifest: of the search tasks.
        config: as an arm sees it: its fitness counts.
    """
    if not evaluations or reference is None or manifest is None:
        return ()
    scorer = Scorer(
        read_records(reference, Evaluation),
        families=task_families(manifest),
        rule=config.fitness,
    )
    return known_scores(read_evaluations(evaluations), scorer, config.search)


def measured_files(run: Path, arms: Iterable[str]) -> Iterator[tuple[str, str, list[Path]]]:
    """Everything that was measured outside the search itself: measurement, set, its files."""
    for measurement in MEASUREMENTS:
        yield measurement, "reference", [layout.reference(run, measurement)]
        yield measurement, "catalog", layout.shards(layout.catalog_measured(run, measurement))
        for arm in arms:
            folder = layout.finalists_measured(run, arm, measurement)
            yield measurement, f"{arm} finalists", layout.shards(folder)


def read_measured_sets(run: Path, arms: Iterable[str]) -> Iterator[MeasuredSet]:
    """The evaluations in these files."""
    for measurement, name, files in measured_files(run, arms):
        evaluations = read_evaluations(files)
        yield MeasuredSet(measurement=measurement, name=name, evaluations=evaluations)


def search_sets(generation: Generation) -> Iterator[MeasuredSet]:
    """The search's own evaluations, in the same form."""
    yield MeasuredSet(
        measurement=SEARCH, name=generation.arm, evaluations=generation.evaluations
    )
    if generation.references:
        yield MeasuredSet(
            measurement=SEARCH, name="reference", evaluations=generation.references
        )
