"""Draws mined functions at random, to show what the selection of finalists is worth."""

from collections.abc import Collection, Iterable

import numpy as np

from actmine.evolution.reading import Generation
from actmine.lab.scorer import Scorer
from actmine.records.candidate import Origin
from actmine.records.listed import Listed, Role

_CONTRAST = 5  # keeps this draw apart from the search's, which start from the same seed


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
    pool: dict[str, Listed] = {}
    for generation in generations:
        known = scorer.with_reference(generation.references)
        for proposal, evaluation in generation.outcomes():
            fitness = known.fitness(evaluation) if evaluation else None
            mined = proposal.origin is Origin.MINED and proposal.candidate_id not in taken
            if fitness is not None and mined and proposal.candidate_id not in pool:
                pool[proposal.candidate_id] = Listed(
                    candidate_id=proposal.candidate_id,
                    name=proposal.name,
                    source=proposal.source,
                    origin=proposal.origin,
                    status=proposal.status,
                    flops=proposal.flops,
                    coupling=proposal.coupling,
                    fingerprint=proposal.fingerprint,
                    search_fitness=fitness.value,
                    role=Role.CONTRAST,
                )
    ids = sorted(pool)
    rng = np.random.default_rng([seed, _CONTRAST])
    drawn = rng.permutation(len(ids))[:count]
    return [pool[ids[index]] for index in sorted(drawn)]
