"""What a language model is asked for a slot, and again after each refused reply."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from actmine.evolution.population import Elite, Population
from actmine.evolution.sampling import draw_inspirations, draw_parents
from actmine.llm.brief import Brief
from actmine.llm.prompt import Draft, Operator, Shown, write_prompt, write_repair
from actmine.llm.request import Request
from actmine.mutation.embedded import slot_rng
from actmine.records.slot import Slot
from actmine.settings.models import Mutator, OperatorWeights
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
    slot: Slot,
    mutator: Mutator,
    population: Population,
    config: Settings,
    *,
    arm: str,
    brief: Brief,
) -> Conversation:
    """The first request of a slot: a function of the population, the seed and the slot."""
    rng = slot_rng(config.search_seed, slot.generation, slot.island, slot.index, 0)
    operator = _draw_operator(
        config.mutation.operators, elites=len(population.parents), rng=rng
    )
    parents = draw_parents(
        population, count=2 if operator is Operator.CROSSOVER else 1, rng=rng
    )
    company = draw_inspirations(
        population.parents, parents, count=config.mutation.inspirations, rng=rng
    )
    draft = Draft(
        operator=operator,
        parent=_shown(parents[0]),
        second=_shown(parents[1]) if operator is Operator.CROSSOVER else None,
        inspirations=tuple(map(_shown, company)),
        failures=() if population.pool else population.failures,
    )
    request = Request(
        arm=arm,
        slot=slot,
        attempt=0,
        model=mutator.model or "",
        messages=write_prompt(draft, brief),
        parameters=mutator.parameters(seed=_seed(config.search_seed, slot, attempt=0)),
    )
    return Conversation(
        slot=slot, mutator=mutator, operator=operator, parents=parents, request=request
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
            seed=_seed(seed, last.slot, attempt=attempt)
        ),
    )
    return replace(conversation, request=request)


def _draw_operator(
    operators: OperatorWeights, *, elites: int, rng: np.random.Generator
) -> Operator:
    weights = asdict(operators)
    if elites < 2:
        weights["crossover"] = 0
    names: Sequence[str] = sorted(weights)
    shares = np.array([weights[name] for name in names], dtype=np.float64)
    return Operator(names[int(rng.choice(len(names), p=shares / shares.sum()))])


def _seed(seed: int, slot: Slot, *, attempt: int) -> int:
    """Of the provider's sampling, where it has one; slots with one prompt differ by it."""
    rng = slot_rng(seed, slot.generation, slot.island, slot.index, attempt)
    return int(rng.integers(_SEEDS))


def _shown(elite: Elite) -> Shown:
    return Shown(
        name=elite.name,
        source=elite.source,
        fitness=elite.fitness,
        standard_error=elite.standard_error,
        flops=elite.flops,
        families=elite.families,
    )
