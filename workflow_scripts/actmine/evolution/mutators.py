"""Draws the mutator that fills a slot, by its weight and by its success so far."""

from collections.abc import Sequence

import numpy as np

from actmine.evolution.bandit import decides, draw_by_returns
from actmine.evolution.population import Credit, Population
from actmine.mutation.embedded import slot_rng
from actmine.records.slot import Slot
from actmine.settings.models import MutationSettings, Mutator

EMBEDDED = "embedded"
_CHOICE = 1 << 20  # a stream of its own, beyond any attempt's number


def draw_mutator(
    slot: Slot, mutation: MutationSettings, population: Population, *, seed: int
) -> Mutator:
    """The mutator of a slot, by weight; where `mutation.adapt` says so by its record too."""
    choices = mutation.makers
    rng = slot_rng(seed, slot.generation, slot.island, slot.index, _CHOICE)
    if mutation.adapt == "bandit" and decides(population.returns, rng):
        return draw_by_returns(choices, population.returns, fit_usd=mutation.fit_usd, rng=rng)
    shares = np.array([mutator.weight for mutator in choices], dtype=np.float64)
    if mutation.adapt == "success":
        shares *= [success_rate(mutator.title, population.credit) for mutator in choices]
    return choices[int(rng.choice(len(choices), p=shares / shares.sum()))]


def success_rate(name: str, credit: Sequence[Credit]) -> float:
    """The share of a mutator's children that beat their parent, (improved + 1)/(n + 2).

    The mean of a uniform prior's posterior: a mutator without a record has 1/2, and none
    is ever given up. [ours]
    """
    own = (one for one in credit if one.mutator == name)
    return next(((one.improved + 1) / (one.children + 2) for one in own), 0.5)


def embedded_title(mutation: MutationSettings) -> str:
    """What records call the embedded mutator, where it may be none of the mutators."""
    own = (mutator.title for mutator in mutation.mutators if mutator.kind == EMBEDDED)
    return next(own, EMBEDDED)
