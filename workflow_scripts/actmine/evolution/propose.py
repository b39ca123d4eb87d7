"""Fills an island's next slots with children that passed the gate and are new."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from actmine.candidate import Slot, Status
from actmine.catalog import CATALOG, by_name
from actmine.config import Config, ConfigError, search_seed
from actmine.evolution.population import Population
from actmine.evolution.proposal import Attempt, Proposal
from actmine.evolution.sampling import draw_parents
from actmine.gate.examine import Verdict, examine, gate_settings
from actmine.gate.fingerprint import LENGTH, decode, encode, find_duplicate
from actmine.mutation.embedded import Parent, mutate, slot_rng
from actmine.sandbox.host import Sandbox

Prints = NDArray[np.float32]  # (count, LENGTH)

_PARENTS = 2  # the second serves crossover


def seeds(config: Config, *, island: int, sandbox: Sandbox) -> list[Proposal]:
    """Generation 0: the catalog functions that the configuration names.

    Raises:
        ConfigError: the gate refuses one of them.
    """
    proposals = []
    for index, name in enumerate(config["search"]["seeds"]):
        known = by_name(name)
        verdict = examine(known.source, sandbox=sandbox, settings=gate_settings(config))
        if verdict.status is not Status.ACCEPTED:
            raise ConfigError(
                f"search.seeds: the gate refuses {name!r} ({verdict.reason}); "
                "choose another seed, or change the section `gate`"
            )
        seed = Proposal(
            slot=Slot(generation=0, island=island, index=index),
            status=Status.SKIPPED,
            reason="not yet examined",
            name=known.name,
            source=known.source,
            origin=known.origin,
            mutator="seed",
            operator="seed",
            summary=known.formula,
        )
        proposals.append(_with_verdict(seed, verdict))
    return proposals


def propose(
    population: Population, config: Config, *, generation: int, sandbox: Sandbox
) -> list[Proposal]:
    """One proposal a slot, with its final status before training.

    Deterministic: a slot's children depend on (seed, generation, island, slot, attempt),
    the population, and what earlier slots of the same generation proposed.
    """
    seen = np.array([decode(text) for text in population.history], dtype=np.float32)
    seen = seen.reshape(-1, LENGTH)
    proposals = []
    for index in range(config["search"]["candidates_per_island"]):
        slot = Slot(generation=generation, island=population.island, index=index)
        proposal = _fill(slot, population, config, seen, sandbox)
        if proposal.status is Status.ACCEPTED:
            seen = np.vstack([seen, decode(proposal.fingerprint)])
        proposals.append(proposal)
    return proposals


def _fill(
    slot: Slot,
    population: Population,
    config: Config,
    seen: Prints,
    sandbox: Sandbox,
) -> Proposal:
    """Tries until a child is accepted; the last try stands in any case."""
    attempts: list[Attempt] = []
    proposal = None
    for number in range(config["mutation"]["attempts"]):
        proposal = _try_once(slot, number, population, config, seen, sandbox)
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


def _try_once(
    slot: Slot,
    number: int,
    population: Population,
    config: Config,
    seen: Prints,
    sandbox: Sandbox,
) -> Proposal:
    rng = slot_rng(search_seed(config), slot.generation, slot.island, slot.index, number)
    elites = draw_parents(
        population.elites,
        count=_PARENTS,
        rank_exponent=config["search"]["rank_exponent"],
        rng=rng,
    )
    parents = [
        Parent(source=e.source, candidate_id=e.candidate_id, name=e.name) for e in elites
    ]
    child = mutate(parents, rng=rng, vocabulary=CATALOG)
    verdict = examine(child.source, sandbox=sandbox, settings=gate_settings(config))
    proposal = _with_verdict(
        Proposal(
            slot=slot,
            status=Status.SKIPPED,
            reason="not yet examined",
            name=child.name,
            source=child.source,
            parents=child.parents,
            mutator="embedded",
            operator=child.operator,
            summary=child.summary,
        ),
        verdict,
    )
    accepted = proposal.status is Status.ACCEPTED
    if accepted and find_duplicate(decode(proposal.fingerprint), seen) is not None:
        reason = "behaves like a function that this island has already tried"
        return replace(proposal, status=Status.DUPLICATE, reason=reason)
    return proposal


def _with_verdict(proposal: Proposal, verdict: Verdict) -> Proposal:
    reason = f"{verdict.layer}: {verdict.reason}" if verdict.layer else ""
    return replace(
        proposal,
        status=verdict.status,
        reason=reason,
        flops=verdict.flops,
        coupling=verdict.coupling,
        fingerprint="" if verdict.fingerprint is None else encode(verdict.fingerprint),
    )
