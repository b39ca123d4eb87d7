"""Fills slots with the embedded mutator: edits of elites, of seeds, of constants alone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

import numpy as np

from actmine.evolution.gatekeeper import PENDING, Gatekeeper
from actmine.evolution.population import Population
from actmine.evolution.sampling import draw_parents, starts_anew
from actmine.functions.catalog import VOCABULARY, by_name
from actmine.gate.refusal import Refusal
from actmine.mutation.adaptation import adapted
from actmine.mutation.embedded import (
    BASE_WEIGHTS,
    MutationError,
    child_name,
    compound,
    slot_rng,
)
from actmine.mutation.tuning import ask as ask_tuning
from actmine.records.candidate import Candidate
from actmine.records.proposal import TUNE, TUNE_CHILD, Attempt, Proposal
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.settings.sections import Settings

_PARENTS = 2  # of a child; the second serves crossover
_IMMIGRANT_EDITS = 3  # at most; children of more are seldom worth anything [ours]


@dataclass(frozen=True, kw_only=True)
class Variation:
    """A source that differs from its parent in constants alone.

    Attributes:
        parent: candidate id, and `parent_name`, of the function whose constants are tuned.
    """

    source: str
    operator: str
    parent: str
    parent_name: str


def tunings(population: Population, *, slots: int) -> list[Variation]:
    """As many as slots, that vary the constants of the elite that is being tuned."""
    target, state = population.refinement.target, population.refinement.state
    if not slots or state is None or population.pool:
        return []
    parent = next(elite for elite in population.elites if elite.candidate_id == target)
    return [
        Variation(source=source, operator=TUNE, parent=target, parent_name=parent.name)
        for source in ask_tuning(state, slots)
    ]


def child_tunings(population: Population, *, slots: int) -> list[Variation]:
    """As many as slots, that vary the constants of models' promising children.

    The first of these children has all slots until its turn is over: a few measurements of
    each would teach nothing of any.
    """
    return list(islice(_child_tunings(population, slots=slots), slots))


def _child_tunings(population: Population, *, slots: int) -> Iterator[Variation]:
    for one in population.promising if slots else ():
        for source in ask_tuning(one.state, slots):
            yield Variation(
                source=source,
                operator=TUNE_CHILD,
                parent=one.target,
                parent_name=one.state.name,
            )


def edit(
    slot: Slot,
    population: Population,
    config: Settings,
    gatekeeper: Gatekeeper,
    *,
    name: str,
    first: Variation | None,
) -> Proposal:
    """The embedded mutator tries until a child is accepted; the last try stands in any case.

    Args:
        first: what is tried before any edit, if anything.
    """
    attempts: list[Attempt] = []
    proposal = None
    for number in range(config.mutation.attempts):
        proposal = gatekeeper.examine(
            _tuned(slot, first, name=name)
            if first and number == 0
            else _edited_once(slot, number, population, config, name=name)
        )
        attempts.append(
            Attempt(
                operator=proposal.operator,
                candidate_id=proposal.candidate_id,
                status=proposal.status,
                reason=proposal.reason,
            )
        )
        if proposal.status is Status.ACCEPTED:
            break
    if proposal is None:
        raise ValueError(f"{slot}: mutation.attempts is below 1")
    return replace(proposal, attempts=tuple(attempts))


def _tuned(slot: Slot, tuned: Variation, *, name: str) -> Proposal:
    return Proposal(
        slot=slot,
        status=Status.SKIPPED,
        reason=PENDING,
        name=child_name(tuned.parent_name, tuned.source),
        source=tuned.source,
        parents=(tuned.parent,),
        mutator=name,
        operator=tuned.operator,
        summary="other constants",
    )


def _edited_once(
    slot: Slot, number: int, population: Population, config: Settings, *, name: str
) -> Proposal:
    rng = slot_rng(config.search_seed, slot.generation, slot.island, slot.index, number)
    weights, edits = BASE_WEIGHTS, 1
    if starts_anew(slot, config.search, seed=config.search_seed):
        parents = _founders(population, rng)
        edits = int(rng.integers(1, _IMMIGRANT_EDITS + 1))
    else:
        drawn = draw_parents(population, count=_PARENTS, rng=rng)
        parents = [Candidate(source=e.source, name=e.name, origin=e.origin) for e in drawn]
    if config.mutation.adapt_operators and not population.pool:
        weights = adapted(BASE_WEIGHTS, population.operators)
    if config.search.strategy == "best_of_n":  # as many as a lineage may have by now
        edits = int(rng.integers(1, slot.generation + 1))
    make = partial(compound, rng=rng, vocabulary=VOCABULARY, edits=edits, weights=weights)
    try:
        child = make(parents)
    except (MutationError, Refusal):
        # No edit of it can be found, as of long loops over whole numbers: a founder has one.
        child = make(_founders(population, rng))
    return Proposal(
        slot=slot,
        status=Status.SKIPPED,
        reason=PENDING,
        name=child.name,
        source=child.source,
        parents=child.parents,
        mutator=name,
        operator=child.operator,
        summary=child.summary,
    )


def _founders(population: Population, rng: np.random.Generator) -> list[Candidate]:
    """As many of the functions that the search began with as a child has parents."""
    known = [by_name(name).candidate for name in population.founders]
    return [known[index] for index in rng.permutation(len(known))[:_PARENTS]]
