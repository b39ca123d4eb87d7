"""Decides which candidates of a generation become an island's elites."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from actmine.evolution.archive import Beats, add
from actmine.evolution.credit import credit, failures, operator_credit
from actmine.evolution.evidence import probability_better
from actmine.evolution.experience import experience
from actmine.evolution.islands import after_reset
from actmine.evolution.islands import migrants as arrivals
from actmine.evolution.population import (
    Elite,
    Population,
    Promise,
    Refinement,
    rank,
    remembered,
)
from actmine.evolution.promising import promising
from actmine.evolution.refinement import follow
from actmine.evolution.remeasurement import refreshed
from actmine.evolution.returns import added, children
from actmine.evolution.scored import Scored, pair
from actmine.lab.scorer import Scorer
from actmine.records.advice import Advice
from actmine.records.candidate import Coupling, Origin
from actmine.records.evaluation import Evaluation
from actmine.records.proposal import TUNE, Kind, Proposal
from actmine.records.status import Status
from actmine.settings.measurements import search_draw
from actmine.settings.sections import SearchSettings, Settings


def by_evidence(search: SearchSettings, scorer: Scorer) -> Beats:
    """Whether a newcomer is fitter than an incumbent, by the evidence that is asked for."""

    def beats(newcomer: Elite, incumbent: Elite) -> bool:
        probability = probability_better(
            np.array(newcomer.scores),
            np.array(incumbent.scores),
            clip=scorer.settings.limit,
            design=scorer.design,
        )
        return probability > search.evidence

    return beats


def succeed(
    previous: Population | None,
    proposals: Sequence[Proposal],
    evaluations: Sequence[Evaluation],
    *,
    generation: int,
    island: int,
    scorer: Scorer,
    config: Settings,
    others: Sequence[Population] = (),
) -> Population:
    """The island after a generation, from all that was proposed and measured in it.

    Args:
        others: the islands that `islands.neighbours` names, one generation earlier.
    """
    scored = pair(proposals, evaluations, scorer)
    before = previous
    if previous is not None:
        previous = incumbents(
            previous, scored, others, generation=generation, scorer=scorer, search=config.search
        )
    refused = [each for each in proposals if each.status is not Status.ACCEPTED]
    selected = select(
        previous,
        [new for new in scored if new.proposal.kind is Kind.NEW],
        migrants=arrivals(config.search, others, generation=generation, island=island),
        refused=refused,
        generation=generation,
        island=island,
        search=config.search,
        beats=by_evidence(config.search, scorer),
        seed=config.search_seed,
    )
    if config.mutation.asks_models:
        tuned: tuple[Promise, ...] = ()
        if config.mutation.tune_children:
            tuned = promising(
                previous, selected, scored, scorer=scorer, seed=config.search_seed
            )
        selected = replace(
            selected,
            tried=experience(before, previous, scored, refused, scorer=scorer),
            promising=tuned,
            advice=_advice(before, proposals),
        )
    if config.mutation.adapt == "bandit":
        steps = config.lab.steps
        made = children(before, previous, scored, refused, scorer=scorer, steps=steps)
        returns = added(before.returns if before else (), made)
        selected = replace(selected, returns=tuple(returns))
    return selected


def incumbents(
    before: Population,
    scored: Sequence[Scored],
    others: Sequence[Population],
    *,
    generation: int,
    scorer: Scorer,
    search: SearchSettings,
) -> Population:
    """An island as a generation's newcomers meet it, from what it was one earlier.

    Args:
        scored: the slots of the generation.
        others: as of `succeed`.
    """
    own = after_reset(search, before, others, generation=generation)
    suite = search_draw(generation, search.rotate_every)
    return refreshed(own, scored, scorer=scorer, suite=suite)


def _advice(before: Population | None, proposals: Sequence[Proposal]) -> Advice | None:
    """What prompts after a generation show: its own advice, else the one before.

    One that failed leaves nothing: what came before it was said of an older search.
    """
    asked = next((one.advice for one in proposals if one.advice), None)
    last = asked or (before.advice if before else None)
    return last if last and last.text else None


def select(
    previous: Population | None,
    scored: Sequence[Scored],
    *,
    refused: Sequence[Proposal] = (),
    migrants: Sequence[Elite] = (),
    generation: int,
    island: int,
    search: SearchSettings,
    beats: Beats,
    seed: int,
) -> Population:
    """The archive after the newcomers had their turns, best first.

    The order of `scored` does not matter. Candidates outside the in-distribution guard do
    not become elites, except seeds: a search must start.

    Args:
        previous: the island one generation earlier, with what this one measured of its
            elites; none for generation 0.
        scored: every new candidate of this generation that was measured.
        refused: the slots of this generation that never came to be measured.
        migrants: elites of another island, newcomers here.
        beats: whether a newcomer is fitter than an incumbent, by evidence.
        seed: of a new tuning of constants.

    Raises:
        ValueError: nothing is left to be a parent.
    """
    newcomers = [elite for new in scored if (elite := _elite(new, generation)) is not None]
    suite = search_draw(generation, search.rotate_every)
    incumbent = previous.elites if previous else ()
    if newcomers:  # elites of other tasks are kept where nothing else is left
        incumbent = tuple(elite for elite in incumbent if elite.suite == suite)
    own = {elite.candidate_id for elite in newcomers}
    kept, additions = add(
        incumbent,
        [*newcomers, *(elite for elite in migrants if elite.candidate_id not in own)],
        size=search.elites,
        per_niche=search.per_niche,
        beats=beats,
    )
    if not kept:
        reasons = "; ".join(f"{s.proposal.name}: {s.evaluation.reason}" for s in scored)
        raise ValueError(f"island {island} has no parent left after generation 0 ({reasons})")
    able = [*kept, *newcomers]
    if previous is not None:
        here = kept[0].suite  # on another draw of the tasks nothing can be compared
        able += [e for e in (*previous.elites, *previous.specialists) if e.suite == here]
    seen = [s.proposal.fingerprint for s in sorted(scored, key=lambda s: s.proposal.slot)]
    seen += [elite.fingerprint for elite in migrants]
    return Population(
        generation=generation,
        island=island,
        elites=kept,
        specialists=specialists(able, elites=kept, count=search.specialists),
        founders=previous.founders if previous else tuple(elite.name for elite in kept),
        history=remembered(previous.history if previous else (), seen),
        failures=failures(previous, scored, refused),
        credit=credit(previous, scored, refused),
        operators=operator_credit(previous, scored, refused),
        additions=additions,
        refinement=_refined(
            previous,
            scored,
            kept,
            new_tasks=suite != search_draw(generation - 1, search.rotate_every),
            seed=seed,
        ),
        pool=_pool(previous, newcomers, search.strategy),
    )


def specialists(
    able: Sequence[Elite], *, elites: Sequence[Elite], count: int
) -> tuple[Elite, ...]:
    """The best on each family of tasks, as many as `count` a family, without the elites.

    Args:
        able: all that may be chosen; one that stands twice counts once, as it stands first.
        elites: of the archive.
    """
    once = list({elite.candidate_id: elite for elite in reversed(able)}.values())
    best: dict[str, Elite] = {}
    for place in range(len(once[0].contributions)):
        once.sort(key=lambda elite: (-elite.contributions[place].fitness, rank(elite)))
        best |= {elite.candidate_id: elite for elite in once[:count]}
    kept = {elite.candidate_id for elite in elites}
    return tuple(sorted((e for e in best.values() if e.candidate_id not in kept), key=rank))


def _pool(
    previous: Population | None, newcomers: Sequence[Elite], strategy: str
) -> tuple[Elite, ...]:
    """Parents of a strategy that ignores fitness: the seeds, or whatever was measured last."""
    if strategy == "evolution":
        return ()
    if previous is not None and (strategy == "best_of_n" or not newcomers):
        return previous.pool
    return tuple(sorted(newcomers, key=lambda elite: elite.candidate_id))


def _refined(
    previous: Population | None,
    scored: Sequence[Scored],
    kept: Sequence[Elite],
    *,
    new_tasks: bool,
    seed: int,
) -> Refinement:
    """The tuning of constants, told what this generation measured of it."""
    measured = {
        new.proposal.source: new.fitness.value if new.fitness else None
        for new in sorted(scored, key=lambda s: s.proposal.slot)
        if new.proposal.operator == TUNE
    }
    before = previous.refinement if previous else Refinement()
    return follow(before, kept, measured, new_tasks=new_tasks, seed=seed)


def _elite(new: Scored, generation: int) -> Elite | None:
    proposal, fitness = new.proposal, new.fitness
    if fitness is None:
        return None
    if not fitness.within_guard and proposal.origin is Origin.MINED:
        return None
    return Elite(
        candidate_id=proposal.candidate_id,
        name=proposal.name,
        source=proposal.source,
        origin=proposal.origin,
        fitness=fitness.value,
        standard_error=fitness.standard_error,
        id_ratio=fitness.id_ratio,
        flops=float(proposal.flops or 0.0),
        coupling=proposal.coupling or Coupling.POINTWISE,
        fingerprint=proposal.fingerprint,
        generation=generation,
        parents=proposal.parents,
        families=new.families,
        contributions=new.contributions,
        scores=new.scores,
        rungs=new.rungs,
        suite=new.evaluation.suite,
    )
