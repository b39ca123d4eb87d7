"""Chooses which mined functions are validated, and which of them is the champion."""

from collections.abc import Mapping, Sequence

import numpy as np

from actmine.candidate import Coupling, Origin
from actmine.evolution.population import Elite, Population, rank
from actmine.fitness import Fitness
from actmine.gate.fingerprint import LENGTH, decode, find_duplicate
from actmine.listing import Listed


def finalists(
    populations: Sequence[Population], known: Sequence[Listed], *, count: int
) -> list[Listed]:
    """The fittest mined elites over all islands, best first.

    Seeds are no finding, and neither is what behaves like a known function: a search from
    ReLU finds GELU and Hard Swish again before it finds anything new.
    """
    prints = np.array(
        [decode(one.fingerprint) for one in known if one.fingerprint], dtype=np.float32
    ).reshape(-1, LENGTH)
    elites: dict[str, Elite] = {}
    for population in populations:
        for elite in population.elites:
            seen = decode(elite.fingerprint)
            if elite.origin is Origin.MINED and find_duplicate(seen, prints) is None:
                elites.setdefault(elite.candidate_id, elite)
    return [Listed.of_elite(elite) for elite in sorted(elites.values(), key=rank)[:count]]


def champion(
    listed: Sequence[Listed],
    remeasured: Mapping[str, Fitness | None],
    *,
    allow_batch_coupled: bool = False,
) -> Listed | None:
    """The finalist that is best when measured again on the search suite.

    Fresh replicates take back the luck with which it was selected, and held-out figures
    stay honest because they decide nothing. Functions that read the whole batch rank
    apart and are no champion, unless allowed. None if no finalist qualifies.

    Args:
        listed: the finalists.
        remeasured: fitness by candidate id; none if the fit failed.
    """
    fit = [
        (fitness.value, one.candidate_id, one)
        for one in listed
        if (fitness := remeasured.get(one.candidate_id)) is not None
        and fitness.within_guard
        and (allow_batch_coupled or one.coupling is not Coupling.BATCH)
    ]
    return min(fit, key=lambda entry: (-entry[0], entry[1]))[2] if fit else None
