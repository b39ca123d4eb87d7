"""Decides who fills a slot: the configured mutators, their weights and their record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from actmine.evolution.population import Credit
from actmine.records.slot import Slot
from actmine.settings.models import MutationSettings

_CHOICE = 1 << 20  # a stream of its own, beyond any attempt's number


@dataclass(frozen=True, kw_only=True)
class Mutator:
    """A maker of children.

    Attributes:
        name: in records and tables.
        weight: relative frequency.
        model: as litellm writes it; empty for the embedded mutator.
        parameters: of a request; they shape the reply.
    """

    name: str
    weight: float
    model: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


def mutators(mutation: MutationSettings) -> tuple[Mutator, ...]:
    """The mutators of a configuration, in its order."""
    found = []
    for entry in mutation.mutators:
        parameters: dict[str, Any] = {"max_tokens": entry.max_tokens, **entry.extra}
        if entry.temperature is not None:
            parameters["temperature"] = entry.temperature
        found.append(
            Mutator(
                name=entry.title,
                weight=entry.weight,
                model=entry.model or "",
                parameters=parameters if entry.model else {},
            )
        )
    return tuple(found)


def draw_mutator(
    slot: Slot,
    choices: Sequence[Mutator],
    credit: Sequence[Credit],
    *,
    adapt: Literal["none", "success"],
    seed: int,
) -> Mutator:
    """The mutator of a slot, by weight; with `mutation.adapt: success` by record too."""
    shares = np.array([one.weight for one in choices], dtype=np.float64)
    if adapt == "success":
        shares *= [success_rate(one.name, credit) for one in choices]
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
