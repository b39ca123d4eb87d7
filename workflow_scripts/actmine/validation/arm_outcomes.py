"""Reads what each arm of a run ended with: its champion and the best known function."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from actmine import layout
from actmine.evolution.reading import read_evaluations, read_listed, read_scorer
from actmine.files import read_jsonl
from actmine.lab.estimate import Array
from actmine.lab.fitness import by_task
from actmine.lab.scorer import Scorer, losses_of
from actmine.records.evaluation import Evaluation
from actmine.records.searched import is_candidate
from actmine.settings.arms import groups
from actmine.settings.configuration import ConfigError, arm_settings
from actmine.settings.measurements import HELD_OUT, REMEASURED
from actmine.settings.sections import Settings
from actmine.validation.finalists import champion
from actmine.validation.leaders import best_known
from actmine.validation.material import by_id
from actmine.validation.strategy_outcomes import Outcome


@dataclass(frozen=True, kw_only=True, eq=False)
class ArmOutcome:
    """What an arm ended with, and what its fitness on held-out tasks is the mean of.

    Attributes:
        champion: (task,) contributions to its held-out fitness; none if no function
            qualified, or it failed there.
        known: (task,) those of the known function that is best on the search suite; none if
            it was not measured on held-out tasks, or failed there.
    """

    outcome: Outcome
    champion: Array | None
    known: Array | None


def require_validated(folder: Path) -> None:
    """Refuses a run that has no findings yet.

    Raises:
        ConfigError: it was not validated.
    """
    if not (folder / "validation" / "leaderboard.csv").exists():
        raise ConfigError(f"{folder}: not validated yet; run `snakemake` for it first")


def read_arm(folder: Path, settings: Settings, arm: str) -> ArmOutcome:
    """Reads an arm of a validated run; all by the arm's own target.

    Args:
        settings: the run's.
    """
    own = arm_settings(settings, arm)
    scorer = read_scorer(folder, own, HELD_OUT)
    remeasured = read_scorer(folder, own, REMEASURED).all_fitness(
        by_id(_measured(layout.finalists_measured(folder, arm, REMEASURED)))
    )
    held_out = _by_task(layout.finalists_measured(folder, arm, HELD_OUT), scorer)
    known_held_out = _by_task(layout.catalog_measured(folder, HELD_OUT), scorer)
    # Both are chosen without a look at held-out tasks, by the rules of a run's conclusions.
    allow = own.gate.batch_coupled == "allow"
    known = best_known(folder, own)
    finalists = read_listed(layout.finalists(folder, arm))
    best = champion(finalists, remeasured, allow_batch_coupled=allow)
    known_by_task = known_held_out.get(known.candidate_id) if known else None
    by_slot = [
        (evaluation.slot, evaluation.timings.get("cpu_s", 0.0))
        for evaluation in read_evaluations(layout.search_shards(folder, arm))
    ]
    common = Outcome(
        arm=arm,
        strategy=groups({name: arm_settings(settings, name) for name in settings.arms})[arm],
        seed=own.search_seed,
        generations=max(slot.generation for slot, _ in by_slot if slot is not None),
        candidates=_count_candidates(folder / arm),
        candidates_cpu_s=sum(cpu_s for slot, cpu_s in by_slot if slot and slot.generation > 0),
        cpu_s=sum(cpu_s for _, cpu_s in by_slot),
        known=known.name if known else "",
        known_searched=(known.search_fitness if known else None) or 0.0,
        known_held_out=None if known_by_task is None else _mean(known_by_task, scorer),
    )
    if best is None:
        return ArmOutcome(outcome=common, champion=None, known=known_by_task)
    fresh = remeasured[best.candidate_id]
    again = fresh.value if fresh else None
    found = held_out.get(best.candidate_id)
    outcome = replace(
        common,
        champion=best.name,
        searched=best.search_fitness if own.search.rotate_every is None else again,
        remeasured=again,
        held_out=None if found is None else _mean(found, scorer),
    )
    return ArmOutcome(outcome=outcome, champion=found, known=known_by_task)


def _count_candidates(search: Path) -> int:
    """The new functions that an arm's search tried, whatever became of them."""
    rows = (
        row
        for path in search.glob("gen_*/island_*/proposals.jsonl")
        for row in read_jsonl(path)
    )
    return sum(
        is_candidate(
            generation=row["slot"]["generation"], kind=row["kind"], status=row["status"]
        )
        for row in rows
    )


def _measured(folder: Path) -> tuple[Evaluation, ...]:
    return read_evaluations(layout.shards(folder))


def _by_task(folder: Path, scorer: Scorer) -> Mapping[str, Array]:
    """(task,) by candidate, of what was measured into a folder and did not fail."""
    return {
        evaluation.candidate_id: by_task(
            losses_of(evaluation), scorer.relu_for(evaluation), settings=scorer.settings
        )
        for evaluation in _measured(folder)
        if evaluation.is_scored
    }


def _mean(contributions: Array, scorer: Scorer) -> float:
    return float(scorer.design.shares @ contributions)
