"""Fills an island's next slots with children that passed the gate and are new."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from actmine.evolution.advice import inquiry, noted, received
from actmine.evolution.conversation import Conversation, begin, go_on
from actmine.evolution.edits import Variation, child_tunings, edit, tunings
from actmine.evolution.gatekeeper import PENDING, Gatekeeper, with_verdict
from actmine.evolution.mutators import draw_mutator, embedded_title
from actmine.evolution.population import Population
from actmine.evolution.remeasurement import remeasurements
from actmine.evolution.thresholds import with_thresholds
from actmine.functions.catalog import fold, seed_functions
from actmine.gate.examine import examination, examine
from actmine.llm.access import Ask
from actmine.llm.brief import Brief, brief
from actmine.llm.known import KnownScore
from actmine.llm.outcomes import unfinished
from actmine.llm.request import Reply, Request, Skipped
from actmine.records.advice import Advice
from actmine.records.proposal import Attempt, Proposal
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.replies.reply import ReplyError, read_reply
from actmine.replies.syntax import FORM
from actmine.sandbox.host import Sandbox
from actmine.settings.configuration import ConfigError
from actmine.settings.models import MutationSettings
from actmine.settings.sections import Settings


def seeds(config: Settings, *, island: int, sandbox: Sandbox) -> list[Proposal]:
    """Generation 0: the catalog functions that the configuration names.

    Raises:
        ConfigError: the gate refuses one that it names by itself.
    """
    proposals = []
    for index, known in enumerate(seed_functions(config.search.seeds)):
        verdict = examine(known.source, sandbox=sandbox, settings=examination(config))
        refused = verdict.status is not Status.ACCEPTED
        if refused and known.spellings.intersection(map(fold, config.search.seeds)):
            raise ConfigError(
                f"search.seeds: the gate refuses {known.key!r} ({verdict.reason}); "
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
    known: Sequence[KnownScore] = (),
) -> list[Proposal]:
    """One proposal a slot, with its final status before training.

    The first slots may go to elites that are measured again; the rest is new.

    Deterministic: it depends on the population, the configuration, the generation, and what
    `ask` answers. All requests of a round are asked at once; their replies are examined in
    the order of the slots, so that no result depends on which came first.

    Args:
        arm: part of a request's identity.
        ask: reaches language models; may be left out where the configuration has none.
        known: what the known functions score, for language models.
    """
    again = remeasurements(population, config, generation=generation)
    slots = [
        Slot(generation=generation, island=population.island, index=index)
        for index in range(len(again), config.search.candidates_per_island)
    ]
    first = _tuned_children(slots, population, config.mutation)
    chosen = {
        slot: draw_mutator(slot, config.mutation, population, seed=config.search_seed)
        for slot in slots
        if slot not in first
    }
    gatekeeper = Gatekeeper(sandbox, examination(config), population)
    run_brief = brief(config, known)
    asking = {slot: mutator for slot, mutator in chosen.items() if mutator.asked}
    first_round = begin(asking, population, config, arm=arm, brief=run_brief)
    question = inquiry(population, config, generation=generation, arm=arm, brief=run_brief)
    answers, advice = _first_answers(first_round, question, config.mutation, ask)
    edited = [slot for slot in chosen if slot not in answers]
    varied = int(config.mutation.tuning * len(edited))
    first |= zip(edited, tunings(population, slots=varied), strict=False)

    def fill(slot: Slot) -> Proposal:
        if slot in answers:
            return _from_reply(answers[slot], gatekeeper)
        maker = chosen.get(slot)
        name = maker.title if maker else embedded_title(config.mutation)
        return edit(slot, population, config, gatekeeper, name=name, first=first.get(slot))

    proposals = {slot: fill(slot) for slot in slots}
    for _ in range(config.mutation.repairs):
        repairs = _repairs(answers, proposals, run_brief, seed=config.search_seed)
        answers = _answers(repairs, _asked([each.request for each in repairs], ask))
        for slot, answer in answers.items():
            proposals[slot] = _repaired(proposals[slot], _from_reply(answer, gatekeeper))
    made = [*again, *(proposals[slot] for slot in slots)]
    return noted(with_thresholds(made, population, config.search), advice)


def _tuned_children(
    slots: Sequence[Slot], population: Population, mutation: MutationSettings
) -> dict[Slot, Variation]:
    """The last slots of a generation, half of them at most, for constants of children."""
    count = min(mutation.tune_children, len(slots) // 2)
    varied = child_tunings(population, slots=count)
    return dict(zip(reversed(slots), varied, strict=False))


Answer = tuple[Conversation, Reply | Skipped]


def _first_answers(
    conversations: Sequence[Conversation],
    question: Request | None,
    mutation: MutationSettings,
    ask: Ask | None,
) -> tuple[Mapping[Slot, Answer], Advice | None]:
    """What comes of the first round; the request for advice, if there is one, goes with it."""
    requests = [conversation.request for conversation in conversations]
    replies = _asked([*requests, *([question] if question else [])], ask)
    advice = None
    if question is not None and mutation.adviser is not None:
        advice = received(question, replies[-1], adviser=mutation.adviser.title)
    return _answers(conversations, replies[: len(requests)]), advice


def _asked(requests: Sequence[Request], ask: Ask | None) -> Sequence[Reply | Skipped]:
    if not requests:
        return []
    if ask is None:
        raise ValueError("the configuration has language models, and nothing to ask them with")
    return ask(requests)


def _answers(
    conversations: Sequence[Conversation], replies: Sequence[Reply | Skipped]
) -> Mapping[Slot, Answer]:
    return {
        conversation.slot: (conversation, reply)
        for conversation, reply in zip(conversations, replies, strict=True)
    }


def _repairs(
    answers: Mapping[Slot, Answer],
    proposals: Mapping[Slot, Proposal],
    run_brief: Brief,
    *,
    seed: int,
) -> list[Conversation]:
    """The next round: each refused reply goes back with the reason.

    Not one that was cut or withheld: asked again, it would end so again, and be paid again.
    """
    return [
        go_on(
            conversation,
            seed=seed,
            reply=reply.text,
            reason=proposals[slot].reason,
            brief=run_brief,
        )
        for slot, (conversation, reply) in answers.items()
        if isinstance(reply, Reply)
        and proposals[slot].status is not Status.ACCEPTED
        and not proposals[slot].reason.startswith("model: ")
    ]


def _from_reply(answer: Answer, gatekeeper: Gatekeeper) -> Proposal:
    """What a reply proposes, with the gate's verdict; its one attempt is recorded."""
    conversation, reply = answer
    proposal = Proposal(
        slot=conversation.slot,
        status=Status.SKIPPED,
        reason=PENDING,
        parents=tuple(elite.candidate_id for elite in conversation.parents),
        mutator=conversation.mutator.title,
        operator=str(conversation.operator),
    )
    if isinstance(reply, Skipped):
        return replace(proposal, reason=reply.reason)
    limit = conversation.request.max_tokens
    examined = _examined(proposal, reply, gatekeeper, limit=limit)
    return _attempted(examined, conversation, reply)


def _examined(
    proposal: Proposal, reply: Reply, gatekeeper: Gatekeeper, *, limit: int
) -> Proposal:
    if reply.refused:
        return replace(proposal, status=Status.REJECTED, reason=f"model: {reply.refused}")
    if not reply.text.strip():
        ended = reply.finish_reason or "none"
        return replace(
            proposal,
            status=Status.REJECTED,
            reason=f"reply: it is empty (finish_reason {ended}); {FORM}",
        )
    try:
        parsed = read_reply(reply.text)
    except ReplyError as error:
        ended = unfinished(reply.finish_reason, tokens=reply.completion_tokens, limit=limit)
        reason = f"model: {ended}" if ended else f"reply: {error}"
        return replace(proposal, status=Status.REJECTED, reason=reason)
    summary = f"{parsed.formula}. {parsed.rationale}" if parsed.formula else parsed.rationale
    return gatekeeper.examine(
        replace(
            proposal,
            name=parsed.name,
            source=parsed.source,
            summary=summary.strip(". "),
            formula=parsed.formula,
        )
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
