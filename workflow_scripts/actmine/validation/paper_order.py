"""Asks whether the paper's order of four functions holds in our lab, and says what came out.

The paper ranks by out-of-distribution loss: GELUSine < GELU-Sinc-Perturbation < GELU < ReLU
[secondary]. Its settings are unknown, so ranks are compared and not losses. The answer may
hang on how losses of several tasks are averaged; both ways are reported. [ours]
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Literal

from actmine.functions.catalog import by_name
from actmine.lab.fitness import Losses, by_task
from actmine.number_text import MINUS
from actmine.settings.sections import FitnessSettings
from actmine.validation.statistics import Interval, paired_interval

PAPER_ORDER = ("gelusine", "gelu_sinc", "gelu", "relu")  # catalog keys, least loss first
AGGREGATIONS: tuple[Literal["mean_log_ratio", "mean_loss"], ...] = (
    "mean_log_ratio",
    "mean_loss",
)
IN_WORDS = {
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
    """

    better: str
    worse: str
    advantage: Interval

    @property
    def outcome(self) -> Outcome:
        """Undecided if the interval includes 0."""
        if self.advantage.low > 0:
            return Outcome.HOLDS
        return Outcome.DOES_NOT_HOLD if self.advantage.high < 0 else Outcome.UNDECIDED


@dataclass(frozen=True, kw_only=True)
class Order:
    """The order under one way of averaging over tasks.

    Attributes:
        ours: catalog keys, least loss first, by point estimate.
        pairs: neighbours in the paper's order.
    """

    aggregation: Literal["mean_log_ratio", "mean_loss"]
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
        confidence: of every pair's interval; pairs are not corrected for their number.
    """

    missing: tuple[str, ...]
    orders: tuple[Order, ...]
    confidence: float


def paper_order(
    losses: Mapping[str, Losses], *, settings: FitnessSettings, confidence: float = 0.95
) -> PaperOrder:
    """Compares the paper's order with ours.

    Args:
        losses: held-out losses by catalog key; others than the four are ignored.
        settings: epsilon and clip; the region is always out of distribution.

    Raises:
        ValueError: the suites differ, or hold fewer than two tasks.
    """
    target = replace(settings.target, region="ood")
    missing = tuple(key for key in PAPER_ORDER if key not in losses)
    orders = (
        ()
        if missing
        else tuple(
            _order(
                losses,
                settings=replace(settings, aggregation=aggregation, target=target),
                confidence=confidence,
            )
            for aggregation in AGGREGATIONS
        )
    )
    return PaperOrder(missing=missing, orders=orders, confidence=confidence)


def sentences(found: PaperOrder) -> list[str]:
    """The outcome in words, whatever it is."""
    if found.missing:
        names = ", ".join(map(_name, found.missing))
        return [f"The paper's order cannot be checked: there are no losses of {names}."]
    lines = []
    for order in found.orders:
        lines.append(_verdict(order))
        lines += [_pair_in_words(pair, order, found.confidence) for pair in order.pairs]
    return lines


def order_document(found: PaperOrder) -> dict[str, object]:
    """The JSON form."""
    return {
        "paper": list(PAPER_ORDER),
        "missing": list(found.missing),
        "confidence": found.confidence,
        "orders": [
            {
                "aggregation": order.aggregation,
                "outcome": order.outcome.value,
                "ours": list(order.ours),
                "pairs": [
                    {
                        "better": pair.better,
                        "worse": pair.worse,
                        "outcome": pair.outcome.value,
                        "advantage": pair.advantage.mean,
                        "ci_low": pair.advantage.low,
                        "ci_high": pair.advantage.high,
                    }
                    for pair in order.pairs
                ],
            }
            for order in found.orders
        ],
        "sentences": sentences(found),
    }


def _order(
    losses: Mapping[str, Losses], *, settings: FitnessSettings, confidence: float
) -> Order:
    relu = losses["relu"]
    worth = {key: by_task(losses[key], relu, settings=settings) for key in PAPER_ORDER}
    return Order(
        aggregation=settings.aggregation,
        # A tie keeps the paper's order: sorting is stable.
        ours=tuple(sorted(PAPER_ORDER, key=lambda key: -float(worth[key].mean()))),
        pairs=tuple(
            Pair(
                better=better,
                worse=worse,
                advantage=paired_interval(worth[better], worth[worse], confidence=confidence),
            )
            for better, worse in pairwise(PAPER_ORDER)
        ),
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


def _pair_in_words(pair: Pair, order: Order, confidence: float) -> str:
    interval = pair.advantage
    verdict = pair.outcome.value
    if pair.outcome is Outcome.UNDECIDED:
        verdict += ", the interval includes 0"
    # Log ratios have one scale; a loss may be of any size.
    unit, digits = (
        ("log units", ".3f") if order.aggregation == "mean_log_ratio" else ("of loss", ".3g")
    )
    mean, low, high = (
        _number(value, digits) for value in (interval.mean, interval.low, interval.high)
    )
    return (
        f"{_name(pair.better)} < {_name(pair.worse)}: {verdict}; advantage "
        f"{mean} {unit}, paired {confidence:.0%} interval {low} to {high}."
    )


def _name(key: str) -> str:
    return by_name(key).name


def _number(value: float, digits: str) -> str:
    return f"{value:+{digits}}".replace("-", MINUS)
