"""Decides which islands meet in a generation, and what they take from each other."""

from collections.abc import Sequence
from dataclasses import replace

from actmine.evolution.population import Elite, Population, rank, remembered
from actmine.functions.catalog import seed_functions
from actmine.settings.measurements import search_draw
from actmine.settings.sections import SearchSettings


def slots(search: SearchSettings, *, generation: int) -> int:
    """How many slots an island has in a generation; in the first, one for each seed."""
    return search.candidates_per_island if generation else len(seed_functions(search.seeds))


def neighbours(search: SearchSettings, *, generation: int, island: int) -> tuple[int, ...]:
    """The islands whose archives of the generation before an island reads, besides its own.

    None but at a migration, where it is the one before it in the ring, and at a reset, where
    it is all: between these the islands are independent, and none waits for another.
    """
    count = search.islands
    if count == 1 or generation == 0:
        return ()
    if _is_due(search.reset_every, generation):
        return tuple(other for other in range(count) if other != island)
    if _is_due(search.migration_every, generation):
        return ((island - 1) % count,)
    return ()


def migrants(
    search: SearchSettings, others: Sequence[Population], *, generation: int, island: int
) -> tuple[Elite, ...]:
    """The best elite of the island before in the ring, where a migration is due.

    None comes in a generation that changes the tasks: it was measured on others.
    """
    if not _is_due(search.migration_every, generation):
        return ()
    source = (island - 1) % search.islands
    suite = search_draw(generation, search.rotate_every)
    best = (other.elites[0] for other in others if other.island == source)
    return tuple(elite for elite in best if elite.suite == suite)


def after_reset(
    search: SearchSettings, own: Population, others: Sequence[Population], *, generation: int
) -> Population:
    """The island, or the best island's best elite alone if this one is the weakest of all.

    What the island has seen is not forgotten: it need not try it again. In a generation that
    changes the tasks no island starts again, since its new elite was measured on others.
    """
    if not others or not _is_due(search.reset_every, generation):
        return own
    ranked = sorted(
        (own, *others), key=lambda population: (rank(population.elites[0]), population.island)
    )
    suite = search_draw(generation, search.rotate_every)
    if ranked[-1] is not own or ranked[0].elites[0].suite != suite:
        return own
    (best, *_) = ranked[0].elites
    history = remembered(own.history, [best.fingerprint])
    return replace(own, elites=(best,), history=history)


def _is_due(every: int | None, generation: int) -> bool:
    return every is not None and generation % every == 0
