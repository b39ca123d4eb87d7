"""Draws parents."""

from collections.abc import Sequence

import numpy as np

from actmine.evolution.population import Elite


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
