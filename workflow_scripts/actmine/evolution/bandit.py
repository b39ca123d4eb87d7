"""Divides slots among mutators by what their children gained for what they cost: a bandit.

Every slot draws, for each mutator, a gain that its record allows, divides it by what a child of
that mutator costs, and takes the best: Thompson sampling with a budget (Xia, Li, Qin, Yu, Liu,
IJCAI 2015), [secondary]. Drawing suits slots that are filled all at once: a rule without
chance, such as an upper confidence bound, would give a whole generation to one mutator
(Chapelle, Li, NIPS 2011).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from actmine.mutation.adaptation import PRIOR_CHILDREN, UNTOUCHED
from actmine.settings.models import Mutator


@dataclass(frozen=True, kw_only=True)
class Returns:
    """What a mutator's children gained and cost, all added up.

    Attributes:
        gain: fitness over the parent's, as far as it is sure; 0 of a child that gained nothing.
        squares: of the gains.
        fits: whole trainings.
        usd: paid for language models.
    """

    mutator: str
    children: int = 0
    gain: float = 0.0
    squares: float = 0.0
    fits: float = 0.0
    usd: float = 0.0

    def cost(self, fit_usd: float) -> float:
        """Of all its children, US dollars; a training is worth `fit_usd`."""
        return self.fits * fit_usd + self.usd


@dataclass(frozen=True, kw_only=True)
class Belief:
    """What a mutator's next child may be worth.

    Attributes:
        gain: mean of the expected gain, and `error` its standard deviation.
        usd: what a child costs.
    """

    gain: float
    error: float
    usd: float


def decides(returns: Sequence[Returns], rng: np.random.Generator) -> bool:
    """Whether a slot goes by returns.

    A part of UNTOUCHED of the slots, and all while nothing was gained yet, go by weight, so
    that every mutator keeps a quarter of its share.
    """
    return bool(rng.random() >= UNTOUCHED) and any(one.gain for one in returns)


def draw_by_returns(
    choices: Sequence[Mutator],
    returns: Sequence[Returns],
    *,
    fit_usd: float,
    rng: np.random.Generator,
) -> Mutator:
    """The mutator of a slot; the cheapest where no draw is a gain.

    A loss divided by a cost would be the smaller, the dearer the child.

    Args:
        returns: of the island so far, with some gain.
        fit_usd: what a whole training is worth, US dollars.
    """
    beliefs = [belief(mutator.title, returns, fit_usd=fit_usd) for mutator in choices]
    drawn = [max(rng.normal(one.gain, one.error), 0.0) / one.usd for one in beliefs]
    best = max(range(len(choices)), key=lambda at: (drawn[at], -beliefs[at].usd))
    return choices[best]


def belief(name: str, returns: Sequence[Returns], *, fit_usd: float) -> Belief:
    """What the record says of a mutator's next child. [ours]

    PRIOR_CHILDREN imagined children, that gained what all mutators' children did on average,
    count with its own: without a record it is held to be as good as any, and ten lucky
    children do not rule a search. Costs vary far less than gains: the mean of its own counts,
    or of all where it has none.

    Args:
        returns: of the island, with some child.
    """
    count = sum(one.children for one in returns)
    gain, squares = (sum(getattr(one, key) for one in returns) for key in ("gain", "squares"))
    own = next((one for one in returns if one.mutator == name), Returns(mutator=name))
    weight = own.children + PRIOR_CHILDREN
    mean = (own.gain + PRIOR_CHILDREN * gain / count) / weight
    square = (own.squares + PRIOR_CHILDREN * squares / count) / weight
    cost = sum(one.cost(fit_usd) for one in returns) / count
    return Belief(
        gain=mean,
        error=sqrt(max(square - mean**2, 0.0) / weight),
        usd=own.cost(fit_usd) / own.children if own.children else cost,
    )
