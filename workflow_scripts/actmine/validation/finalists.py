"""Chooses which mined functions are validated, and which of them is the champion.

Some are drawn at random, to show what the selection of finalists is worth.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from actmine.evolution.archive import niche_of
from actmine.evolution.population import Elite, Population, rank
from actmine.evolution.reading import Generation
from actmine.gate.fingerprint import LENGTH, decode, find_duplicate
from actmine.lab.fitness import Fitness
from actmine.lab.scorer import Scorer
from actmine.records.candidate import Coupling, Origin
from actmine.records.listed import Listed, Role
from actmine.records.proposal import Proposal

# Of mined functions by id: the slot that made each first, and its fitness.
Mined = dict[str, tuple[Proposal, float]]

_CONTRAST = 5  # keeps this draw apart from the search's, which start from the same seed


def finalists(
    populations: Sequence[Population], known: Sequence[Listed], *, count: int
) -> list[Listed]:
    """The mined elites that are validated, best first.

    Half of the places, rounded up, go to the fittest over all islands. The others go first
    to the best of each island and of each niche, fittest first, and what is left to the
    next fittest: what a search found apart from its best is looked at too.

    Seeds are no finding, and neither is what behaves like a known function: a search from
    ReLU finds GELU and Hard Swish again before it finds anything new.
    """
    prints = np.array(
        [decode(function.fingerprint) for function in known if function.fingerprint],
        dtype=np.float32,
    ).reshape(-1, LENGTH)
    elites: dict[str, Elite] = {}
    for population in populations:
        for elite in population.elites:
            seen = decode(elite.fingerprint)
            if elite.origin is Origin.MINED and find_duplicate(seen, prints) is None:
                other = elites.setdefault(elite.candidate_id, elite)
                if elite.measurements > other.measurements:  # islands measure for themselves
                    elites[elite.candidate_id] = elite
    ranked = sorted(elites.values(), key=rank)
    leaders = _leaders(populations, ranked)
    places = [*ranked[: (count + 1) // 2], *leaders, *ranked]
    chosen = list(dict.fromkeys(elite.candidate_id for elite in places))[:count]
    return [elite.listed for elite in ranked if elite.candidate_id in chosen]


def _leaders(populations: Sequence[Population], ranked: Sequence[Elite]) -> list[Elite]:
    """The best of each island and of each niche, best first; one may be both."""
    leaders = list({niche_of(elite): elite for elite in reversed(ranked)}.values())
    for population in populations:
        here = {elite.candidate_id for elite in population.elites}
        leaders += [elite for elite in ranked if elite.candidate_id in here][:1]
    return sorted(leaders, key=rank)


def champion(
    listed: Sequence[Listed],
    remeasured: Mapping[str, Fitness | None],
    *,
    allow_batch_coupled: bool = False,
) -> Listed | None:
    """The finalist that is best on fresh tasks of the search's kinds.

    They take back the luck with which it was selected, and held-out figures
    stay honest because they decide nothing. None if no finalist qualifies.
    """
    best = _qualified(listed, remeasured, allow_batch_coupled=allow_batch_coupled)
    return next(iter(best), None)


def order_of_tests(
    listed: Sequence[Listed],
    remeasured: Mapping[str, Fitness | None],
    *,
    of_arms: Collection[str],
    allow_batch_coupled: bool = False,
) -> list[str]:
    """Ids of the finalists in the order in which they are tested on held-out tasks.

    The champion comes first, then the champions of arms, then the others, best first on
    fresh tasks. What cannot be champion comes last, by id.

    Args:
        listed: the finalists of all arms, with those drawn for contrast.
        remeasured: fitness by candidate id; none if the fit failed.
        of_arms: ids of the arms' champions.
    """
    best = _qualified(listed, remeasured, allow_batch_coupled=allow_batch_coupled)
    ids = [one.candidate_id for one in best]
    leading = [one for one in ids if one in of_arms]
    every = sorted(one.candidate_id for one in listed if one.role is not Role.CONTRAST)
    return list(dict.fromkeys([*ids[:1], *leading, *ids, *every]))


def _qualified(
    listed: Sequence[Listed],
    remeasured: Mapping[str, Fitness | None],
    *,
    allow_batch_coupled: bool,
) -> list[Listed]:
    """The finalists that may be champion, best first on fresh tasks.

    Functions that read the whole batch rank apart and are no champion, unless allowed; what
    was drawn for contrast never is one.

    Args:
        listed: the finalists of some arms, with those drawn for contrast.
        remeasured: fitness by candidate id; none if the fit failed.
    """
    fit = {
        finalist: fitness.value
        for finalist in listed
        if (fitness := remeasured.get(finalist.candidate_id)) is not None
        and fitness.within_guard
        and finalist.role is not Role.CONTRAST
        and (allow_batch_coupled or finalist.coupling is not Coupling.BATCH)
    }
    return sorted(fit, key=lambda one: (-fit[one], one.candidate_id))


def contrast(
    generations: Iterable[Generation],
    scorer: Scorer,
    *,
    taken: Collection[str],
    count: int,
    seed: int,
) -> list[Listed]:
    """Some of the mined functions that a search scored, in the form in which it made them.

    The same generations and seed give the same functions. They are fewer where the search
    scored no more.

    Args:
        scorer: of the search's measurement.
        taken: ids that are validated already, of the catalog and of finalists.
        count: how many to draw.
    """
    mined: Mined = {}
    for generation in generations:
        add_mined(mined, generation, scorer)
    return draw_contrast(mined, taken=taken, count=count, seed=seed)


def add_mined(mined: Mined, generation: Generation, scorer: Scorer) -> None:
    """Adds the mined functions that a generation scored first; arguments as of `contrast`."""
    known = scorer.with_reference(generation.references)
    for proposal, evaluation in generation.outcomes():
        fitness = known.fitness(evaluation) if evaluation else None
        if fitness is not None and proposal.origin is Origin.MINED:
            mined.setdefault(proposal.candidate_id, (proposal, fitness.value))


def draw_contrast(
    mined: Mined, *, taken: Collection[str], count: int, seed: int
) -> list[Listed]:
    """Some of the mined functions that a search scored; arguments as of `contrast`."""
    ids = sorted(mined.keys() - set(taken))
    rng = np.random.default_rng([seed, _CONTRAST])
    drawn = rng.permutation(len(ids))[:count]
    return [_of_contrast(*mined[ids[index]]) for index in sorted(drawn)]


def _of_contrast(proposal: Proposal, fitness: float) -> Listed:
    return Listed(
        candidate_id=proposal.candidate_id,
        name=proposal.name,
        source=proposal.source,
        origin=proposal.origin,
        status=proposal.status,
        flops=proposal.flops,
        coupling=proposal.coupling,
        fingerprint=proposal.fingerprint,
        search_fitness=fitness,
        role=Role.CONTRAST,
    )
