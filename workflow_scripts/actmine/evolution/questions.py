"""Decides what each slot of a generation asks a model: no two are asked the same."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from actmine.evolution.population import Elite, Population
from actmine.evolution.sampling import draw_inspirations, draw_parents, lexicase, needs
from actmine.llm.draft import Aspect, Operator
from actmine.llm.standing import lead
from actmine.mutation.embedded import slot_rng
from actmine.records.slot import Slot
from actmine.settings.models import MutationSettings, OperatorWeights
from actmine.settings.sections import Settings

WORTH_SAVING = 20.0  # FLOPs an element; GELU and softplus, which are not dear, have 18 [ours]
TRIES = 8  # at a question that was not asked yet, before one is asked a second time [ours]
_FOCUS = (1 << 20) + 2  # a stream of its own, beyond any attempt's number


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a slot asks.

    Attributes:
        parents: one, or two of a crossover.
        company: other functions that are shown.
        focus: a family of tasks or an aspect; empty where a function is to be simplified.
        turn: how many slots before it ask the very same.
    """

    operator: Operator
    parents: tuple[Elite, ...]
    company: tuple[Elite, ...]
    focus: str
    turn: int = 0

    @property
    def asked(self) -> tuple[object, ...]:
        """What two prompts have in common that are alike to the letter."""
        ids = [tuple(e.candidate_id for e in some) for some in (self.parents, self.company)]
        return self.operator, self.focus, *ids


def draw_questions(
    slots: Sequence[Slot], population: Population, config: Settings
) -> list[Question]:
    """One question a slot: a function of the population, the seed and the slots.

    Every slot has the next focus, and shows examples that were shown least so far in the
    generation.

    Args:
        slots: of one generation, those that models fill.
    """
    if not slots:
        return []
    foci = _foci(slots[0], population, seed=config.search_seed)
    shown: Counter[str] = Counter()
    asked: Counter[tuple[object, ...]] = Counter()
    questions = []
    for place, slot in enumerate(slots):
        rng = slot_rng(config.search_seed, slot.generation, slot.island, slot.index, 0)
        for number in range(TRIES):
            focus = foci[(place + number) % len(foci)]
            question = _draw(population, config.mutation, focus=focus, shown=shown, rng=rng)
            if not asked[question.asked]:
                break
        questions.append(replace(question, turn=asked[question.asked]))
        asked[question.asked] += 1
        shown.update(elite.candidate_id for elite in question.company)
    return questions


def _foci(slot: Slot, population: Population, *, seed: int) -> list[str]:
    """The families that count and the aspects, in an order of the generation's own."""
    families = [each.family for each in population.parents[0].contributions]
    rng = slot_rng(seed, slot.generation, slot.island, 0, _FOCUS)
    dear = any(elite.flops >= WORTH_SAVING for elite in population.parents)
    foci = [*families, *(str(one) for one in Aspect if dear or one is not Aspect.COST)]
    return [foci[index] for index in rng.permutation(len(foci))]


def _draw(
    population: Population,
    mutation: MutationSettings,
    *,
    focus: str,
    shown: Counter[str],
    rng: np.random.Generator,
) -> Question:
    dear = [elite for elite in population.parents if elite.flops >= WORTH_SAVING]
    operator = _draw_operator(
        mutation.operators, elites=len(population.parents), dear=bool(dear), rng=rng
    )
    if operator is Operator.CROSSOVER:
        parents = _couple(population, rng)
    elif operator is Operator.SIMPLIFY:
        able = replace(population, elites=tuple(dear))
        if population.pool:
            able = replace(population, pool=tuple(dear))
        parents = draw_parents(able, count=1, rng=rng)
    else:
        parents = draw_parents(population, count=1, rng=rng)
    if operator is Operator.SIMPLIFY:
        focus = ""  # what else it were to win would be in the way
    elif focus == Aspect.COST and (
        operator is Operator.CROSSOVER or parents[0].flops < WORTH_SAVING
    ):
        focus = str(Aspect.SCALE)
    company = draw_inspirations(
        population.pool or _all(population),
        parents,
        count=mutation.inspirations,
        rng=rng,
        shown=shown,
    )
    return Question(operator=operator, parents=parents, company=company, focus=focus)


def _all(population: Population) -> tuple[Elite, ...]:
    return (*population.elites, *population.specialists)


def _couple(population: Population, rng: np.random.Generator) -> tuple[Elite, ...]:
    """Two parents of which each is ahead of the other on some family, as far as there are."""
    if population.pool:
        return draw_parents(population, count=2, rng=rng)
    (first,) = draw_parents(population, count=1, rng=rng)
    others = [e for e in _all(population) if e.candidate_id != first.candidate_id]
    apart = [e for e in others if lead(e.contributions, first.contributions)]
    fit = lexicase(apart or others, rng, needs=needs([first], apart or others))
    return first, fit[int(rng.integers(len(fit)))]


def _draw_operator(
    operators: OperatorWeights, *, elites: int, dear: bool, rng: np.random.Generator
) -> Operator:
    """By weight; a crossover takes two parents, and a cheap function is as simple as can be."""
    weights = asdict(operators)
    if elites < 2:
        weights["crossover"] = 0
    if not dear:
        weights["simplify"] = 0
    if not any(weights.values()):
        return Operator.REWRITE
    names: Sequence[str] = sorted(weights)
    shares = np.array([weights[name] for name in names], dtype=np.float64)
    return Operator(names[int(rng.choice(len(names), p=shares / shares.sum()))])
