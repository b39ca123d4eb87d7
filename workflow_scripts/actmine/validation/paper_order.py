"""Asks whether the paper's order of four functions holds in our lab, and says what came out.

The paper ranks by out-of-distribution loss: GELUSine < GELU-Sinc-Perturbation < GELU < ReLU
[secondary]. Its settings are unknown, so ranks are compared and not losses. The answer may
hang on how losses of several tasks are averaged; both ways are reported. [ours]
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import ClassVar, Literal

import numpy as np

from actmine.functions.catalog import PAPER_ORDER, by_name
from actmine.lab.estimate import Design, estimate
from actmine.lab.fitness import Losses, by_task
from actmine.number_text import MINUS
from actmine.records.form import Form
from actmine.settings.sections import FitnessSettings
from actmine.validation.statistics import CONFIDENCE, t_interval

Aggregation = Literal["mean_log_ratio", "mean_loss"]
IN_WORDS: dict[Aggregation, str] = {
    "mean_log_ratio": "mean log ratio of out-of-distribution losses",
    "mean_loss": "mean out-of-distribution loss",
}


class Outcome(StrEnum):
    """What became of a claim about an order."""

    HOLDS = "holds"
    UNDECIDED = "undecided"
    DOES_NOT_HOLD = "does not hold"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two neighbours of the paper's order.

    Attributes:
        better, worse: catalog keys, as the paper has them.
        advantage: difference of their fitness against ReLU, paired by task; above 0 where
            the paper is right. In log units, each function's clipped, or in units of loss.
        ci_low, ci_high: of its interval; not corrected for the number of pairs.
    """

    FORM: ClassVar = Form(derived=("outcome",))

    better: str
    worse: str
    advantage: float
    ci_low: float
    ci_high: float

    @property
    def outcome(self) -> Outcome:
        """Undecided if the interval includes 0."""
        if self.ci_low > 0:
            return Outcome.HOLDS
        return Outcome.DOES_NOT_HOLD if self.ci_high < 0 else Outcome.UNDECIDED


@dataclass(frozen=True, kw_only=True)
class Order:
    """The order under one way of averaging over tasks.

    Attributes:
        ours: catalog keys, least loss first, by point estimate.
        pairs: neighbours in the paper's order.
    """

    FORM: ClassVar = Form(derived=("outcome",))

    aggregation: Aggregation
    ours: tuple[str, ...]
    pairs: tuple[Pair, ...]

    @property
    def outcome(self) -> Outcome:
        """Holds if every pair does, does not hold if one pair is reversed."""
        outcomes = {pair.outcome for pair in self.pairs}
        if Outcome.DOES_NOT_HOLD in outcomes:
            return Outcome.DOES_NOT_HOLD
        return Outcome.UNDECIDED if Outcome.UNDECIDED in outcomes else Outcome.HOLDS


@dataclass(frozen=True, kw_only=True)
class PaperOrder:
    """The comparison with the paper.

    Attributes:
        missing: catalog keys that have no losses; then there are no orders.
        orders: one for each way of averaging.
        paper: catalog keys in the paper's order.
        confidence: of every pair's interval.
    """

    FORM: ClassVar = Form(derived=("sentences",))

    missing: tuple[str, ...]
    orders: tuple[Order, ...]
    paper: tuple[str, ...] = PAPER_ORDER
    confidence: float = CONFIDENCE

    @property
    def sentences(self) -> list[str]:
        """The outcome in words, whatever it is."""
        if self.missing:
            names = ", ".join(map(_name, self.missing))
            return [f"The paper's order cannot be checked: there are no losses of {names}."]
        lines = []
        for order in self.orders:
            lines.append(_verdict(order))
            lines += [_pair_in_words(pair, order) for pair in order.pairs]
        return lines


def paper_order(
    losses: Mapping[str, Losses], *, families: Sequence[str], settings: FitnessSettings
) -> PaperOrder:
    """Compares the paper's order with ours.

    Args:
        losses: held-out losses by catalog key; others than the four are ignored.
        families: of each task; all tasks count the same.
        settings: epsilon and clip; the region is always out of distribution.

    Raises:
        ValueError: the suites differ, or hold fewer than two tasks.
    """
    target = replace(settings.target, region="ood")
    design = Design(weights=np.ones(len(families)), families=families)
    missing = tuple(key for key in PAPER_ORDER if key not in losses)
    orders = [
        _order(losses, design, replace(settings, aggregation=aggregation, target=target))
        for aggregation in IN_WORDS
        if not missing
    ]
    return PaperOrder(missing=missing, orders=tuple(orders))


def _order(losses: Mapping[str, Losses], design: Design, settings: FitnessSettings) -> Order:
    relu = losses["relu"]
    fitness = {key: by_task(losses[key], relu, settings=settings) for key in PAPER_ORDER}
    pairs = []
    for better, worse in pairwise(PAPER_ORDER):
        interval = t_interval(estimate(fitness[better] - fitness[worse], design))
        pairs.append(
            Pair(
                better=better,
                worse=worse,
                advantage=interval.mean,
                ci_low=interval.low,
                ci_high=interval.high,
            )
        )
    return Order(
        aggregation=settings.aggregation,
        # A tie keeps the paper's order: sorting is stable.
        ours=tuple(sorted(PAPER_ORDER, key=lambda key: -float(fitness[key].mean()))),
        pairs=tuple(pairs),
    )


def _verdict(order: Order) -> str:
    claim = " < ".join(map(_name, PAPER_ORDER))
    text = f"By {IN_WORDS[order.aggregation]}, the paper's order {claim} "
    ours = " < ".join(map(_name, order.ours))
    if order.outcome is Outcome.HOLDS:
        return text + "holds."
    if order.outcome is Outcome.DOES_NOT_HOLD:
        return text + f"does not hold: ours is {ours}."
    open_pairs = sum(pair.outcome is Outcome.UNDECIDED for pair in order.pairs)
    return text + (
        f"is undecided: {open_pairs} of {len(order.pairs)} neighbours cannot be told apart. "
        f"By point estimate ours is {ours}."
    )


def _pair_in_words(pair: Pair, order: Order) -> str:
    verdict = pair.outcome.value
    if pair.outcome is Outcome.UNDECIDED:
        verdict += ", the interval includes 0"
    # Log ratios have one scale; a loss may be of any size.
    unit, digits = (
        ("log units", ".3f") if order.aggregation == "mean_log_ratio" else ("of loss", ".3g")
    )
    advantage, low, high = (
        f"{value:+{digits}}".replace("-", MINUS)
        for value in (pair.advantage, pair.ci_low, pair.ci_high)
    )
    return (
        f"{_name(pair.better)} < {_name(pair.worse)}: {verdict}; advantage "
        f"{advantage} {unit}, paired {CONFIDENCE:.0%} interval {low} to {high}."
    )


def _name(key: str) -> str:
    return by_name(key).name
