"""Draws parents, and inspirations that differ from them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from actmine.evolution.population import Elite, Population
from actmine.gate.fingerprint import OUTPUTS, decode
from actmine.mutation.embedded import slot_rng
from actmine.records.slot import Slot
from actmine.settings.sections import SearchSettings

LEAST_LACK = 0.05  # of fitness on a family: what two unlike functions may gain anyway [ours]
_IMMIGRATION = (1 << 20) + 1  # a stream of its own, beyond any attempt's number


def starts_anew(slot: Slot, search: SearchSettings, *, seed: int) -> bool:
    """Whether a slot's child is made from the founders again, and not from the elites. [ours]

    Such immigrants keep an island, whose elites soon descend from one function, from being
    held to its first find.
    """
    if search.strategy != "evolution":
        return False
    rng = slot_rng(seed, slot.generation, slot.island, slot.index, _IMMIGRATION)
    return bool(rng.random() < search.immigrants)


def draw_parents(
    population: Population, *, count: int, rng: np.random.Generator
) -> tuple[Elite, ...]:
    """Different parents: an elite by rank, then mates of it, which are good where it is not.

    The k-th best elite is drawn with weight 1/k, a mate by lexicase from the other elites and
    the specialists; families come early as often as the mate could add to those drawn already.
    Where a strategy ignores fitness, any is drawn. [ours]

    Args:
        count: how many; fewer where there are fewer.
    """
    able = list(population.parents)
    weights = np.ones(len(able)) if population.pool else 1 / np.arange(1, len(able) + 1)
    chosen = [able.pop(int(rng.choice(len(able), p=weights / weights.sum())))]
    mates = able if population.pool else [*able, *population.specialists]
    while mates and len(chosen) < count:
        able = mates if population.pool else lexicase(mates, rng, needs=needs(chosen, mates))
        chosen.append(able[int(rng.integers(len(able)))])
        mates.remove(chosen[-1])
    return tuple(chosen)


def needs(chosen: Sequence[Elite], mates: Sequence[Elite]) -> NDArray[np.float64]:
    """How often each family comes first: by what the chosen lack there of the best mate."""
    shares = np.array([each.share for each in mates[0].contributions])
    lacking = np.max(_by_family(mates), axis=0) - np.max(_by_family(chosen), axis=0)
    wanted = shares * np.maximum(lacking, LEAST_LACK)
    normalised: NDArray[np.float64] = wanted / wanted.sum()
    return normalised


def _by_family(elites: Sequence[Elite]) -> NDArray[np.float64]:
    return np.array([[each.fitness for each in elite.contributions] for elite in elites])


def lexicase(
    elites: Sequence[Elite], rng: np.random.Generator, *, needs: NDArray[np.float64]
) -> list[Elite]:
    """Those that are good at one family of tasks after the other, in an order that is drawn.

    ε-lexicase selection (La Cava, Spector, Danai 2016), with families as cases. Families are a
    conflict: what is best on one is seldom good on all, and what joins two such is what a mean
    over families cannot ask for. Each family in turn leaves those within the median absolute
    deviation of the best. [ours]

    Args:
        needs: the chance of each family to come first; all above 0.
    """
    able = list(elites)
    for case in rng.choice(len(needs), size=len(needs), replace=False, p=needs).tolist():
        values = np.array([elite.contributions[case].fitness for elite in able])
        least = values.max() - _median(np.abs(values - _median(values)))
        able = [elite for elite, value in zip(able, values, strict=True) if value >= least]
    return able


def _median(values: NDArray[np.float64]) -> float:
    """As `np.median`, which would have numpy import its masked arrays."""
    ordered, half = np.sort(values), len(values) // 2
    return float((ordered[-half - 1] + ordered[half]) / 2)


def draw_inspirations(
    elites: Sequence[Elite],
    taken: Sequence[Elite],
    *,
    count: int,
    rng: np.random.Generator,
    shown: Mapping[str, int],
) -> tuple[Elite, ...]:
    """Elites that behave differently from the parents and from each other, each in its turn.

    Only those that were shown least can be chosen. The first is drawn uniformly, so that
    children of one parent see different company; each further one is the farthest from all
    that are shown already. [ours]

    Args:
        elites: best first.
        taken: the parents.
        shown: how often each was shown in this generation, by candidate id; 0 if not named.
    """
    ids = {elite.candidate_id for elite in taken}
    rest = [elite for elite in elites if elite.candidate_id not in ids]
    chosen: list[Elite] = []
    while rest and len(chosen) < count:
        least = min(shown.get(elite.candidate_id, 0) for elite in rest)
        due = [elite for elite in rest if shown.get(elite.candidate_id, 0) == least]
        beside = [_shape(elite) for elite in (*taken, *chosen)]
        gaps = [min(np.abs(_shape(elite) - s).mean() for s in beside) for elite in due]
        index = int(np.argmax(gaps)) if chosen else int(rng.integers(len(due)))
        chosen.append(due[index])
        rest.remove(due[index])
    return tuple(chosen)


def _shape(elite: Elite) -> NDArray[np.float64]:
    """What a function does on the probe, its large values pressed together."""
    return np.arcsinh(decode(elite.fingerprint)[:OUTPUTS].astype(np.float64))
