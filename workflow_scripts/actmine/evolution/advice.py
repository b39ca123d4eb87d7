"""Asks a model now and then what an island's ideas teach, and keeps what it says.

The request goes out beside those of a generation's slots; what comes of it stands in the
prompts of later ones. No slot depends on it: where it fails, prompts go without.
"""

from collections.abc import Sequence
from dataclasses import replace

from actmine.evolution.conversation import request_seed, shown
from actmine.evolution.population import Population
from actmine.llm.brief import Brief
from actmine.llm.draft import ADVICE_CHARS, Review
from actmine.llm.outcomes import unfinished
from actmine.llm.prompt import write_advice
from actmine.llm.recall import recall
from actmine.llm.request import Reply, Request, Skipped
from actmine.records.advice import Advice
from actmine.records.proposal import Proposal
from actmine.records.slot import Slot
from actmine.replies.reply import ReplyError
from actmine.replies.thoughts import spoken
from actmine.settings.models import MutationSettings
from actmine.settings.sections import Settings
from actmine.shown_text import visible

MEMORY_TOKENS = 6000  # of earlier ideas: it is one request among many [ours]
BEST = 5  # functions shown beside the fittest [ours]


def is_due(mutation: MutationSettings, population: Population, *, generation: int) -> bool:
    """Whether a generation asks: where there is something to learn from, and somebody may.

    A strategy that ignores fitness is told of nothing, hence not advised.

    Args:
        population: of the generation before.
    """
    advice = mutation.advice
    if advice is None or population.pool or not population.tried:
        return False
    return generation % advice.every == 0


def inquiry(
    population: Population, config: Settings, *, generation: int, arm: str, brief: Brief
) -> Request | None:
    """The request of a generation: a function of population and configuration; mostly none.

    It stands behind the last slot, and so has its place in the budget after all slots.
    """
    adviser = config.mutation.adviser
    if adviser is None or not is_due(config.mutation, population, generation=generation):
        return None
    slot = Slot(
        generation=generation,
        island=population.island,
        index=config.search.candidates_per_island,
    )
    return Request(
        arm=arm,
        slot=slot,
        attempt=0,
        model=adviser.asked,
        messages=write_advice(_review(population), brief),
        parameters=adviser.parameters(seed=request_seed(config.search_seed, slot)),
        advisory=True,
    )


def _review(population: Population) -> Review:
    last = population.advice
    since = [one for one in population.tried if last and one.generation > last.generation]
    leader, *others = (*population.elites, *population.specialists)
    return Review(
        memory=recall(population.tried, tokens=MEMORY_TOKENS),
        leader=shown(leader, ()),
        best=tuple(shown(elite, ()) for elite in others[:BEST]),
        failures=population.failures,
        advice=last,
        since=len(since),
        ahead=sum(one.clearly_improved for one in since),
    )


def received(request: Request, answer: Reply | Skipped, *, adviser: str) -> Advice:
    """What became of a request: some sentences, or the reason why there are none."""
    generation = request.slot.generation
    if isinstance(answer, Skipped):
        return Advice(generation=generation, adviser=adviser, reason=answer.reason)
    text, reason = read(answer.text), answer.refused
    if not text and not reason:
        limit = request.max_tokens
        reason = unfinished(answer.finish_reason, tokens=answer.completion_tokens, limit=limit)
    return Advice(
        generation=generation,
        adviser=adviser,
        text=text,
        reason="" if text else f"model: {reason or 'it says nothing'}",
        model=answer.answered_by,
        prompt_hash=request.prompt_hash,
        key=answer.key,
        tokens=answer.prompt_tokens + answer.completion_tokens,
        usd=answer.usd,
    )


def read(reply: str) -> str:
    """The sentences of a reply, without thoughts, cut to `ADVICE_CHARS`; empty if none."""
    try:
        said = visible(spoken(reply)).strip()
    except ReplyError:  # it never ends to think
        return ""
    if len(said) <= ADVICE_CHARS:
        return said
    cut = said[:ADVICE_CHARS]
    return f"{cut[: cut.rfind(' ') + 1] or cut}…"


def noted(proposals: Sequence[Proposal], advice: Advice | None) -> list[Proposal]:
    """A generation's proposals, the first of them with what was asked beside them."""
    if advice is None:
        return list(proposals)
    return [replace(proposals[0], advice=advice), *proposals[1:]]
