"""Draws the mutator that fills a slot, by its weight and by its success so far."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from actmine.evolution.population import Credit
from actmine.records.slot import Slot
from actmine.settings.models import Mutator

_CHOICE = 1 << 20  # a stream of its own, beyond any attempt's number


def draw_mutator(
    slot: Slot,
    choices: Sequence[Mutator],
    credit: Sequence[Credit],
    *,
    adapt: Literal["none", "success"],
    seed: int,
) -> Mutator:
    """The mutator of a slot, by weight; with `mutation.adapt: success` by record too."""
    shares = np.array([mutator.weight for mutator in choices], dtype=np.float64)
    if adapt == "success":
        shares *= [success_rate(mutator.title, credit) for mutator in choices]
    rng = np.random.default_rng(
        np.random.SeedSequence((seed, slot.generation, slot.island, slot.index, _CHOICE))
    )
    return choices[int(rng.choice(len(choices), p=shares / shares.sum()))]


def success_rate(name: str, credit: Sequence[Credit]) -> float:
    """The share of a mutator's children that beat their parent, (improved + 1)/(n + 2).

    The mean of a uniform prior's posterior: a mutator without a record has 1/2, and none
    is ever given up. [ours]
    """
    for record in credit:
        if record.mutator == name:
            return (record.improved + 1) / (record.children + 2)
    return 0.5
