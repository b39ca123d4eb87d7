"""Shifts the frequencies of the mutation operators towards those whose children improved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PRIOR_CHILDREN = 12  # imagined children of overall success that each record begins with [ours]
UNTOUCHED = 0.25  # of the choices are made without looking at the record [ours]


@dataclass(frozen=True, kw_only=True)
class OperatorCredit:
    """What became of an operator's children.

    Attributes:
        children: those that were measured, or that the gate turned away.
        improved: those fitter than their first parent.
    """

    operator: str
    children: int
    improved: int

    def __post_init__(self) -> None:
        if not 0 <= self.improved <= self.children:
            raise ValueError(
                f"operator {self.operator!r}: {self.improved} of {self.children} children "
                "improved; count each child once, and as improved at most once"
            )


def adapted(weights: Mapping[str, float], record: Sequence[OperatorCredit]) -> dict[str, float]:
    """The weights, each times its operator's success over the success of all. [ours]

    An operator's success is its share of improved children, with PRIOR_CHILDREN imagined
    ones of the overall share: without a record it counts as the average, and ten lucky
    children do not rule a search. A part of UNTOUCHED follows the given weights alone, so
    no operator falls below a quarter of its share; the sum of the weights stays.

    Args:
        weights: relative frequency of each operator.
        record: in any order, several for one operator add up; an operator without a weight
            is passed over.
    """
    children, improved = dict.fromkeys(weights, 0), dict.fromkeys(weights, 0)
    for credit in record:
        if credit.operator in weights:
            children[credit.operator] += credit.children
            improved[credit.operator] += credit.improved
    overall = (sum(improved.values()) + 1) / (sum(children.values()) + 2)
    raised = {
        name: weight
        * (improved[name] / overall + PRIOR_CHILDREN)
        / (children[name] + PRIOR_CHILDREN)
        for name, weight in weights.items()
    }
    total, reached = sum(weights.values()), sum(raised.values())
    if reached == 0:
        return dict(weights)
    return {
        name: UNTOUCHED * weight + (1 - UNTOUCHED) * raised[name] * total / reached
        for name, weight in weights.items()
    }
