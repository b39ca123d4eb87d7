"""Draws parents, and inspirations that differ from them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from actmine.evolution.population import Elite, Population
from actmine.gate.fingerprint import OUTPUTS, decode
from actmine.mutation.embedded import slot_rng
from actmine.records.slot import Slot
from actmine.settings.sections import SearchSettings

_IMMIGRATION = (1 << 20) + 1  # a stream of its own, beyond any attempt's number


def starts_anew(slot: Slot, search: SearchSettings, *, seed: int) -> bool:
    """Whether a slot's child is made from the seeds again, and not from the elites. [ours]

    Such immigrants keep an island, whose elites soon descend from one function, from being
    held to its first find.
    """
    if search.strategy != "evolution":
        return False
    rng = slot_rng(seed, slot.generation, slot.island, slot.index, _IMMIGRATION)
    return bool(rng.random() < search.immigrants)


def draw_parents(
    elites: Sequence[Elite], *, count: int, rank_exponent: float, rng: np.random.Generator
) -> tuple[Elite, ...]:
    """Different elites, drawn by rank: the k-th best with weight k^−rank_exponent.

    Args:
        elites: best first.
        count: how many; fewer where there are fewer.
        rank_exponent: 0 draws uniformly; the larger, the greedier.
    """
    weights = np.arange(1, len(elites) + 1, dtype=np.float64) ** -rank_exponent
    chosen = rng.choice(
        len(elites), size=min(count, len(elites)), replace=False, p=weights / weights.sum()
    )
    return tuple(elites[index] for index in chosen)


def rank_exponent(population: Population, search: SearchSettings) -> float:
    """How greedily parents are drawn: not at all where a strategy ignores fitness."""
    return 0.0 if population.pool else float(search.rank_exponent)


def draw_inspirations(
    elites: Sequence[Elite], taken: Sequence[Elite], *, count: int, rng: np.random.Generator
) -> tuple[Elite, ...]:
    """Elites that behave differently from the parents and from each other.

    The first is drawn uniformly, so that children of one parent see different company; each
    further one is the farthest from all that are shown already. [ours]

    Args:
        elites: best first.
        taken: the parents.
    """
    ids = {elite.candidate_id for elite in taken}
    rest = [elite for elite in elites if elite.candidate_id not in ids]
    chosen: list[Elite] = []
    while rest and len(chosen) < count:
        shown = [_shape(elite) for elite in (*taken, *chosen)]
        gaps = [min(np.abs(_shape(elite) - s).mean() for s in shown) for elite in rest]
        index = int(np.argmax(gaps)) if chosen else int(rng.integers(len(rest)))
        chosen.append(rest.pop(index))
    return tuple(chosen)


def _shape(elite: Elite) -> NDArray[np.float64]:
    """What a function does on the probe, its large values pressed together."""
    return np.arcsinh(decode(elite.fingerprint)[:OUTPUTS].astype(np.float64))
