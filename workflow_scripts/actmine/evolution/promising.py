"""Decides which of a model's children get other constants before their structure is given up.

A model guesses constants and cannot try them. A child that is nearly as good as its parent, or
as the last elite, may be better than both with constants that were tuned; told of nothing but
its score, nobody would come back to it.
"""

from collections.abc import Sequence
from dataclasses import replace

from actmine.evolution.population import Elite, Population, Promise
from actmine.evolution.returns import gain_over
from actmine.evolution.scored import Scored
from actmine.lab.scorer import Scorer
from actmine.mutation.parameters import structure_of
from actmine.mutation.tuning import BATCH, begin, tell
from actmine.records.proposal import TUNE_CHILD

WITHIN = 2.0  # standard errors, paired by task, by which a child may be behind [ours]
MOST = 4  # children that wait or are tuned on an island [ours]
# Measurements of one child's constants: CMA-ES learns from the first half. [ours]
ENOUGH = 2 * BATCH
PATIENCE = 10  # generations that a child may wait and be tuned [ours]


def promising(
    before: Population | None,
    after: Population,
    scored: Sequence[Scored],
    *,
    scorer: Scorer,
    seed: int,
) -> tuple[Promise, ...]:
    """The children whose constants are tuned from now on, in the order of their turns.

    Those that were begun come first, then the fittest.

    Args:
        before: the island that this generation's children were made from; none for seeds.
        after: what was selected.
        scored: what was measured in this generation.
        seed: of a new tuning.
    """
    if before is None or after.pool:
        return ()
    suite = after.elites[0].suite
    known = {structure_of(elite.source) for elite in after.elites}
    kept = []
    for one in before.promising:
        told = _told(one, scored)
        done = len(told.state.measured) >= ENOUGH
        late = after.generation - one.since >= PATIENCE
        if not (done or late or one.suite != suite or structure_of(one.state.source) in known):
            kept.append(told)
    known |= {structure_of(one.state.source) for one in kept}
    for new in sorted(scored, key=lambda each: each.proposal.slot):
        found = _promise(new, before, after.elites[-1], scorer=scorer, seed=seed)
        if found is not None and (structure := structure_of(found.state.source)) not in known:
            known.add(structure)
            kept.append(found)
    kept.sort(key=lambda one: (not one.state.measured, -one.fitness, one.target))
    return tuple(kept[:MOST])


def _told(one: Promise, scored: Sequence[Scored]) -> Promise:
    """A tuning that knows what this generation measured of it."""
    own = [
        new
        for new in sorted(scored, key=lambda each: each.proposal.slot)
        if new.proposal.operator == TUNE_CHILD and new.proposal.parents == (one.target,)
    ]
    values = [new.fitness.value if new.fitness else None for new in own]
    return replace(one, state=tell(one.state, [new.proposal.source for new in own], values))


def _promise(
    new: Scored, before: Population, last: Elite, *, scorer: Scorer, seed: int
) -> Promise | None:
    """What a model's child promises; none if it is too far behind, or has no constants."""
    proposal, fitness = new.proposal, new.fitness
    written = bool(proposal.attempts and proposal.attempts[-1].key)
    if not written or fitness is None or not fitness.within_guard:
        return None
    parents = [
        elite
        for elite in (*before.elites, *before.specialists)
        if elite.candidate_id in proposal.parents[:1]
    ]
    behind = (gain_over(new, rival, scorer) for rival in (*parents, last))
    if not any(one and one.value + WITHIN * one.standard_error >= 0 for one in behind):
        return None
    state = begin(proposal.source, seed, name=proposal.name)
    if state is None:
        return None
    return Promise(
        target=proposal.candidate_id,
        fitness=fitness.value,
        suite=new.evaluation.suite,
        since=proposal.slot.generation,
        state=state,
    )
