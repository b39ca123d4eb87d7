"""Decides which elites are measured again, and what becomes of them.

The best of many noisy measurements is the luckiest as much as the best. So an elite is
measured again on replicates that it has not had, and all its measurements count the same:
what it owed to luck wears off, and with its fitness its place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from actmine.evolution.evidence import pooled
from actmine.evolution.population import Elite, Population, rank
from actmine.evolution.scored import Scored
from actmine.functions.catalog import by_name
from actmine.lab.fitness import FamilyLoss
from actmine.lab.scorer import REFERENCE, Scorer
from actmine.records.candidate import Origin, candidate_id
from actmine.records.proposal import REMEASURE, Kind, Proposal
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.settings.measurements import search_draw
from actmine.settings.sections import FitnessSettings, Settings


def remeasurements(
    population: Population, config: Settings, *, generation: int
) -> list[Proposal]:
    """The first slots of a generation, those in which elites are measured again.

    Where the tasks have changed, all elites that were not measured on them yet, the fittest
    first, as far as there are slots. Else `search.remeasure_slots` elites: those that were
    measured least often for their rank, a tie the fittest first. So a new champion is measured
    again at once, and twice as often as who stands second.
    """
    search = config.search
    suite = search_draw(generation, search.rotate_every)
    stale = [elite for elite in population.elites if elite.suite != suite]
    chosen = stale[: search.candidates_per_island]
    if not stale:
        needs = {
            elite: elite.measurements * place
            for place, elite in enumerate(population.elites, start=1)
            if not _settled(elite, config.fitness)
        }
        chosen = sorted(needs, key=lambda elite: needs[elite])[: search.remeasure_slots]
    return [
        _proposal(
            Slot(generation=generation, island=population.island, index=index),
            elite,
            repeat=0 if stale else elite.measurements,
        )
        for index, elite in enumerate(chosen)
    ]


def refreshed(
    population: Population, scored: Sequence[Scored], *, scorer: Scorer, suite: str
) -> Population:
    """The island with all that is now known of its elites, best first.

    An elite leaves that failed on fresh replicates, or that all its measurements together
    put outside the in-distribution guard; and where the tasks have changed, one that was not
    measured on the new ones. If that left none, all stay as they were: a search needs
    parents. The order of `scored` does not matter.

    Args:
        scored: the slots of this generation; those of new candidates are passed over.
        suite: the draw of the search tasks that this generation is measured on.
    """
    again = {
        new.proposal.candidate_id: new for new in scored if new.proposal.kind is Kind.REMEASURE
    }
    after = [_after(elite, again, scorer=scorer, suite=suite) for elite in population.elites]
    elites = tuple(sorted((elite for elite in after if elite is not None), key=rank))
    return replace(population, elites=elites) if elites else population


def _settled(elite: Elite, rule: FitnessSettings) -> bool:
    """Whether an elite's fitness is known: ReLU's log loss ratio to itself is 0."""
    relative = rule.aggregation == "mean_log_ratio"
    return relative and elite.candidate_id == candidate_id(by_name(REFERENCE).source)


def _proposal(slot: Slot, elite: Elite, *, repeat: int) -> Proposal:
    return Proposal(
        slot=slot,
        status=Status.ACCEPTED,
        kind=Kind.REMEASURE,
        repeat=repeat,
        name=elite.name,
        source=elite.source,
        origin=elite.origin,
        parents=elite.parents,
        mutator=REMEASURE,
        operator=REMEASURE,
        summary=f"measurement {repeat + 1} of an elite on its tasks",
        flops=elite.flops,
        coupling=elite.coupling,
        fingerprint=elite.fingerprint,
    )


def _after(
    elite: Elite, again: Mapping[str, Scored], *, scorer: Scorer, suite: str
) -> Elite | None:
    """An elite after this generation's measurements; none if it leaves."""
    new = again.get(elite.candidate_id)
    new_tasks = elite.suite != suite
    due = 0 if new_tasks else elite.measurements
    if new is None or new.proposal.repeat != due:
        return None if new_tasks else elite
    if new.fitness is None:
        # Time is no verdict on quality: what hung is passed over.
        hung = new.evaluation.status is Status.TIMEOUT and not new_tasks
        return replace(elite, measurements=due + 1) if hung else None
    updated = (
        _anew(elite, new, suite=suite) if new_tasks else _pooled(elite, new, scorer=scorer)
    )
    within = updated.id_ratio <= scorer.settings.id_guard
    return updated if within or updated.origin is not Origin.MINED else None


def _anew(elite: Elite, new: Scored, *, suite: str) -> Elite:
    """An elite on new tasks: nothing of the old ones can be compared with others."""
    assert new.fitness is not None
    return replace(
        elite,
        suite=suite,
        measurements=1,
        newcomer_fitness=new.fitness.value,
        fitness=new.fitness.value,
        standard_error=new.fitness.standard_error,
        id_ratio=new.fitness.id_ratio,
        families=new.families,
        contributions=new.contributions,
        scores=new.scores,
        rungs=new.rungs,
    )


def _pooled(elite: Elite, new: Scored, *, scorer: Scorer) -> Elite:
    """An elite with one more measurement; every replicate counts the same."""
    assert new.fitness is not None
    scores = pooled(np.array(elite.scores), np.array(new.scores))
    rows = tuple(tuple(map(float, row)) for row in scores)
    found = scorer.summary(rows)
    share = len(elite.scores[0]) / scores.shape[1]
    return replace(
        elite,
        measurements=elite.measurements + 1,
        newcomer_fitness=elite.as_newcomer,
        fitness=found.value,
        standard_error=found.standard_error,
        id_ratio=_mean(elite.id_ratio, new.fitness.id_ratio, share),
        families=tuple(
            FamilyLoss(
                family=a.family,
                train=_mean(a.train, b.train, share),
                id=_mean(a.id, b.id, share),
                ood=_mean(a.ood, b.ood, share),
            )
            for a, b in zip(elite.families, new.families, strict=True)
        ),
        contributions=scorer.contributions(rows),
        scores=rows,
    )


def _mean(old: float, new: float, share: float) -> float:
    """The geometric mean of two ratios, the old one with its share of the replicates."""
    return float(old**share * new ** (1.0 - share))
