"""What a language model is asked for a slot, and again after each refused reply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from actmine.evolution.formulas import formula_line
from actmine.evolution.population import Elite, Population
from actmine.evolution.questions import Question, draw_questions
from actmine.llm.brief import Brief
from actmine.llm.draft import Draft, Operator, Shown
from actmine.llm.prompt import write_prompt, write_repair
from actmine.llm.recall import Group, children, recall
from actmine.llm.request import Request
from actmine.mutation.embedded import slot_rng
from actmine.records.candidate import Origin
from actmine.records.slot import Slot
from actmine.records.tried import Tried
from actmine.settings.models import Mutator
from actmine.settings.sections import Settings

_SEEDS = 1 << 31  # a request's seed fits a signed 32-bit integer, which providers ask for


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A slot that a model fills, with the request that is to be answered next.

    Attributes:
        operator: of the first request; later ones are repairs.
        parents: those whose code the prompt shows as parents.
    """

    slot: Slot
    mutator: Mutator
    operator: Operator
    parents: tuple[Elite, ...]
    request: Request

    @property
    def asked(self) -> str:
        """The operator of the pending request."""
        return str(self.operator if self.request.attempt == 0 else Operator.REPAIR)


def begin(
    chosen: Mapping[Slot, Mutator],
    population: Population,
    config: Settings,
    *,
    arm: str,
    brief: Brief,
) -> list[Conversation]:
    """The first request of each slot: a function of the population, the seed and the slots.

    Args:
        chosen: the slots of a generation that models fill, and who fills them.
    """
    questions = draw_questions(list(chosen), population, config)
    if population.pool:  # a strategy that ignores fitness is told of none
        population = replace(population, tried=(), failures=(), advice=None)
    memory = recall(population.tried, tokens=config.mutation.memory)
    return [
        Conversation(
            slot=slot,
            mutator=mutator,
            operator=question.operator,
            parents=question.parents,
            request=Request(
                arm=arm,
                slot=slot,
                attempt=0,
                model=mutator.asked,
                messages=write_prompt(_draft(question, population, memory), brief),
                parameters=mutator.parameters(seed=request_seed(config.search_seed, slot)),
            ),
        )
        for (slot, mutator), question in zip(chosen.items(), questions, strict=True)
    ]


def _draft(question: Question, population: Population, memory: tuple[Group, ...]) -> Draft:
    parents = [shown(elite, population.tried) for elite in question.parents]
    return Draft(
        operator=question.operator,
        parent=parents[0],
        second=parents[1] if question.operator is Operator.CROSSOVER else None,
        inspirations=tuple(shown(elite, ()) for elite in question.company),
        failures=population.failures,
        memory=memory,
        leader=None if population.pool else shown(population.elites[0], ()),
        advice=population.advice,
        focus=question.focus,
        turn=question.turn,
    )


def go_on(
    conversation: Conversation, *, seed: int, reply: str, reason: str, brief: Brief
) -> Conversation:
    """The same slot with a request to mend the reply that was refused."""
    last = conversation.request
    attempt = last.attempt + 1
    request = replace(
        last,
        attempt=attempt,
        messages=write_repair(last.messages, reply=reply, reason=reason, brief=brief),
        parameters=conversation.mutator.parameters(
            seed=request_seed(seed, last.slot, attempt=attempt)
        ),
    )
    return replace(conversation, request=request)


def request_seed(seed: int, slot: Slot, *, attempt: int = 0) -> int:
    """Of the provider's sampling, where it has one; slots with one prompt differ by it."""
    rng = slot_rng(seed, slot.generation, slot.island, slot.index, attempt)
    return int(rng.integers(_SEEDS))


def shown(elite: Elite, tried: Sequence[Tried]) -> Shown:
    """An elite as a prompt shows it, with what became of it and its children as ideas."""
    own = (one for one in tried if one.candidate_id == elite.candidate_id)
    return Shown(
        name=elite.name,
        source=elite.source,
        fitness=elite.fitness,
        standard_error=elite.standard_error,
        flops=elite.flops,
        families=elite.families,
        contributions=elite.contributions,
        id_ratio=elite.id_ratio,
        formula=formula_line(elite.candidate_id, elite.source),
        known=elite.origin is not Origin.MINED,
        idea=next(own, None),
        children=children(tried, elite.candidate_id),
    )
