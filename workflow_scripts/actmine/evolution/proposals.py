"""Fills an island's next slots with children that passed the gate and are new."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from actmine.evolution.conversation import Conversation, begin, go_on
from actmine.evolution.gatekeeper import PENDING, Gatekeeper, with_verdict
from actmine.evolution.mutators import draw_mutator, mutators
from actmine.evolution.population import Population
from actmine.evolution.remeasurement import remeasurements
from actmine.evolution.sampling import draw_parents, rank_exponent, starts_anew
from actmine.evolution.thresholds import with_thresholds
from actmine.functions.catalog import CATALOG, by_name
from actmine.gate.examine import examine
from actmine.llm.access import Ask
from actmine.llm.brief import Brief, brief
from actmine.llm.request import Reply, Skipped
from actmine.mutation.adaptation import adapted
from actmine.mutation.embedded import BASE_WEIGHTS, Parent, child_name, compound, slot_rng
from actmine.mutation.tuning import ask as ask_tuning
from actmine.records.candidate import candidate_id
from actmine.records.proposal import TUNE, Attempt, Proposal
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.replies.reply import ReplyError, read_reply
from actmine.sandbox.host import Sandbox
from actmine.settings.configuration import ConfigError
from actmine.settings.sections import SearchSettings, Settings

_PARENTS = 2  # of the embedded mutator; the second serves crossover
_IMMIGRANT_EDITS = 3  # at most; children of more are seldom worth anything [ours]


def seeds(config: Settings, *, island: int, sandbox: Sandbox) -> list[Proposal]:
    """Generation 0: the catalog functions that the configuration names.

    Raises:
        ConfigError: the gate refuses one of them.
    """
    proposals = []
    for index, name in enumerate(config.search.seeds):
        known = by_name(name)
        verdict = examine(known.source, sandbox=sandbox, settings=config.gate)
        if verdict.status is not Status.ACCEPTED:
            raise ConfigError(
                f"search.seeds: the gate refuses {name!r} ({verdict.reason}); "
                "choose another seed, or change the section `gate`"
            )
        seed = Proposal(
            slot=Slot(generation=0, island=island, index=index),
            status=Status.SKIPPED,
            reason=PENDING,
            name=known.name,
            source=known.source,
            origin=known.origin,
            mutator="seed",
            operator="seed",
            summary=known.formula,
        )
        proposals.append(with_verdict(seed, verdict))
    return proposals


def propose(
    population: Population,
    config: Settings,
    *,
    generation: int,
    sandbox: Sandbox,
    arm: str = "main",
    ask: Ask | None = None,
) -> list[Proposal]:
    """One proposal a slot, with its final status before training.

    The first slots may go to elites that are measured again; the rest is new.

    Deterministic: it depends on the population, the configuration, the generation, and what
    `ask` answers. All requests of a round are asked at once; their replies are judged in the
    order of the slots, so that no result depends on which came first.

    Args:
        arm: part of a request's identity.
        ask: reaches language models; may be left out where the configuration has none.
    """
    again = remeasurements(population, config, generation=generation)
    slots = [
        Slot(generation=generation, island=population.island, index=index)
        for index in range(len(again), config.search.candidates_per_island)
    ]
    choices = mutators(config.mutation)
    chosen = {
        slot: draw_mutator(
            slot,
            choices,
            population.credit,
            adapt=config.mutation.adapt,
            seed=config.search_seed,
        )
        for slot in slots
    }
    gatekeeper = Gatekeeper(sandbox, config.gate, population)
    about = brief(config)
    first_round = [
        begin(slot, mutator, population, config, arm=arm, brief=about)
        for slot, mutator in chosen.items()
        if mutator.model
    ]
    answers = _answers(first_round, ask)
    edited = [slot for slot in slots if slot not in answers]
    tuned = dict(
        zip(edited, tunings(population, slots=config.mutation.tuning_slots), strict=False)
    )

    def fill(slot: Slot) -> Proposal:
        if slot in answers:
            return _from_reply(answers[slot], gatekeeper)
        name, first = chosen[slot].name, tuned.get(slot, "")
        return _edit(slot, population, config, gatekeeper, name=name, first=first)

    proposals = {slot: fill(slot) for slot in slots}
    for _ in range(config.mutation.repairs):
        answers = _answers(_repairs(answers, proposals, about, seed=config.search_seed), ask)
        for slot, answer in answers.items():
            proposals[slot] = _repaired(proposals[slot], _from_reply(answer, gatekeeper))
    made = [*again, *(proposals[slot] for slot in slots)]
    return with_thresholds(made, population, config.search)


Answer = tuple[Conversation, Reply | Skipped]


def _answers(conversations: Sequence[Conversation], ask: Ask | None) -> Mapping[Slot, Answer]:
    if not conversations:
        return {}
    if ask is None:
        raise ValueError("the configuration has language models, and nothing to ask them with")
    replies = ask([one.request for one in conversations])
    return {one.slot: (one, reply) for one, reply in zip(conversations, replies, strict=True)}


def _repairs(
    answers: Mapping[Slot, Answer],
    proposals: Mapping[Slot, Proposal],
    about: Brief,
    *,
    seed: int,
) -> list[Conversation]:
    """The next round: each refused reply goes back with the reason."""
    return [
        go_on(
            conversation,
            seed=seed,
            reply=reply.text,
            reason=proposals[slot].reason,
            brief=about,
        )
        for slot, (conversation, reply) in answers.items()
        if isinstance(reply, Reply)
        and not reply.refused
        and proposals[slot].status is not Status.ACCEPTED
    ]


def _from_reply(answer: Answer, gatekeeper: Gatekeeper) -> Proposal:
    """What a reply proposes, judged; its one attempt is recorded."""
    conversation, reply = answer
    proposal = Proposal(
        slot=conversation.slot,
        status=Status.SKIPPED,
        reason=PENDING,
        parents=tuple(elite.candidate_id for elite in conversation.parents),
        mutator=conversation.mutator.name,
        operator=str(conversation.operator),
    )
    if isinstance(reply, Skipped):
        return replace(proposal, reason=reply.reason)
    return _attempted(_judged(proposal, reply, gatekeeper), conversation, reply)


def _judged(proposal: Proposal, reply: Reply, gatekeeper: Gatekeeper) -> Proposal:
    if reply.refused:
        return replace(proposal, status=Status.REJECTED, reason=f"model: {reply.refused}")
    try:
        parsed = read_reply(reply.text)
    except ReplyError as error:
        return replace(proposal, status=Status.REJECTED, reason=f"reply: {error}")
    told = f"{parsed.formula}. {parsed.rationale}" if parsed.formula else parsed.rationale
    return gatekeeper.judge(
        replace(proposal, name=parsed.name, source=parsed.source, summary=told.strip(". "))
    )


def _attempted(proposal: Proposal, conversation: Conversation, reply: Reply) -> Proposal:
    attempt = Attempt(
        operator=conversation.asked,
        candidate_id=proposal.candidate_id,
        status=proposal.status,
        reason=proposal.reason,
        model=reply.answered_by,
        prompt_hash=conversation.request.prompt_hash,
        key=reply.key,
        tokens=reply.prompt_tokens + reply.completion_tokens,
        usd=reply.usd,
    )
    return replace(proposal, attempts=(attempt,))


def _repaired(first: Proposal, second: Proposal) -> Proposal:
    """A slot after one more attempt; where none could be paid for, it stays as it was."""
    if second.status is Status.SKIPPED:
        return first
    return replace(second, attempts=(*first.attempts, *second.attempts))


def tunings(population: Population, *, slots: int) -> list[str]:
    """Sources, as many as slots, that vary the constants of the elite that is being tuned."""
    state = population.refinement.state
    if not slots or state is None or population.pool:
        return []
    return ask_tuning(state, slots)


def _edit(
    slot: Slot,
    population: Population,
    config: Settings,
    gatekeeper: Gatekeeper,
    *,
    name: str,
    first: str,
) -> Proposal:
    """The embedded mutator tries until a child is accepted; the last try stands in any case.

    Args:
        first: a source to try before any edit; may be empty.
    """
    attempts: list[Attempt] = []
    proposal = None
    for number in range(config.mutation.attempts):
        proposal = gatekeeper.judge(
            _tuned(slot, first, population, name=name)
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


def _tuned(slot: Slot, source: str, population: Population, *, name: str) -> Proposal:
    target = population.refinement.target
    parent = next(elite for elite in population.elites if elite.candidate_id == target)
    return Proposal(
        slot=slot,
        status=Status.SKIPPED,
        reason=PENDING,
        name=child_name(parent.name, source),
        source=source,
        parents=(target,),
        mutator=name,
        operator=TUNE,
        summary="other constants",
    )


def _edited_once(
    slot: Slot, number: int, population: Population, config: Settings, *, name: str
) -> Proposal:
    rng = slot_rng(config.search_seed, slot.generation, slot.island, slot.index, number)
    weights, edits = BASE_WEIGHTS, 1
    if starts_anew(slot, config.search, seed=config.search_seed):
        parents = _seeds(config.search.seeds, rng)
        edits = int(rng.integers(1, _IMMIGRANT_EDITS + 1))
    else:
        parents = _elites(population, config.search, rng)
    if config.mutation.adapt_operators and not population.pool:
        weights = adapted(BASE_WEIGHTS, population.operators)
    if config.search.strategy == "best_of_n":  # as many as a lineage may have by now
        edits = int(rng.integers(1, slot.generation + 1))
    child = compound(parents, rng=rng, vocabulary=CATALOG, edits=edits, weights=weights)
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


def _elites(
    population: Population, search: SearchSettings, rng: np.random.Generator
) -> list[Parent]:
    drawn = draw_parents(
        population.parents,
        count=_PARENTS,
        rank_exponent=rank_exponent(population, search),
        rng=rng,
    )
    return [Parent(source=e.source, candidate_id=e.candidate_id, name=e.name) for e in drawn]


def _seeds(names: Sequence[str], rng: np.random.Generator) -> list[Parent]:
    known = [by_name(name) for name in rng.permutation(names)[:_PARENTS]]
    return [
        Parent(source=one.source, candidate_id=candidate_id(one.source), name=one.name)
        for one in known
    ]
