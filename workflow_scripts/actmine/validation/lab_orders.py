"""Sets the order of the known functions in several labs beside that in the configuration's own.

A lab is a choice of networks and of their training. What depends on it is a property of that
choice rather than of a function. [ours]
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, nan
from typing import Any

import pandas as pd

from actmine.functions.catalog import Known
from actmine.lab.fitness import Fitness
from actmine.lab.scorer import Scorer, losses_of
from actmine.records.evaluation import Evaluation
from actmine.settings.sections import LabSettings
from actmine.validation.paper_order import PaperOrder, paper_order
from actmine.validation.rank_correlation import Correlation, rank_correlation
from actmine.validation.statistics import t_interval

_PAIR = ("better", "worse", "advantage", "ci_low", "ci_high")


@dataclass(frozen=True, kw_only=True)
class LabOrder:
    """The known functions in one lab.

    Attributes:
        name: of the lab.
        lab: its networks and their training.
        fitness: by catalog key; none for a function that failed there.
        failures: why, of those that failed, by catalog key.
        paper: what became of the paper's order there.
    """

    name: str
    lab: LabSettings
    fitness: Mapping[str, Fitness | None]
    failures: Mapping[str, str]
    paper: PaperOrder

    @cached_property
    def values(self) -> dict[str, float]:
        """The fitness by catalog key, minus infinity for what failed."""
        return {key: found.value if found else -inf for key, found in self.fitness.items()}

    @cached_property
    def ranks(self) -> dict[str, int]:
        """By catalog key: 1 is the fittest, and all that failed have the last."""
        ranks = pd.Series(self.values).rank(ascending=False, method="max")
        return {str(key): int(rank) for key, rank in ranks.items()}


def lab_order(
    name: str, lab: LabSettings, scorer: Scorer, evaluations: Mapping[str, Evaluation]
) -> LabOrder:
    """What was measured in one lab.

    Args:
        scorer: of ReLU and GELU there.
        evaluations: by catalog key, on the scorer's tasks.
    """
    scored = {key: found for key, found in evaluations.items() if found.is_scored}
    return LabOrder(
        name=name,
        lab=lab,
        fitness={key: scorer.fitness(found) for key, found in evaluations.items()},
        failures={key: found.reason for key, found in evaluations.items() if key not in scored},
        paper=paper_order(
            {key: losses_of(found) for key, found in scored.items()},
            families=scorer.design.families,
            settings=scorer.settings,
        ),
    )


def agreement(order: LabOrder, other: LabOrder) -> Correlation:
    """Of the functions' order in two labs; what failed in one is level there, and last."""
    keys = list(order.values)
    return rank_correlation(
        [order.values[key] for key in keys], [other.values[key] for key in keys]
    )


def function_table(orders: Sequence[LabOrder], known: Sequence[Known]) -> pd.DataFrame:
    """One row a function, the lowest mean rank first; a tie keeps the catalog's order.

    Columns are key, name, origin and `mean_rank`, then for each lab its name before
    `_fitness`, `_low`, `_high` (of the 95% interval) and `_rank`, and at last `failed`: in
    which labs, and why.
    """
    rows = [_function(orders, function) for function in known]
    return pd.DataFrame(rows).sort_values("mean_rank", kind="stable", ignore_index=True)


def lab_table(orders: Sequence[LabOrder]) -> pd.DataFrame:
    """One row a lab: its keys, how many functions it scored, and its agreement with the first.

    `spearman`, with the ends of its 95% interval; the first lab has none.
    """
    rows = []
    for order in orders:
        found = agreement(order, orders[0]) if order is not orders[0] else None
        rows.append(
            {
                "lab": order.name,
                **order.lab.networks,
                "replicates": order.lab.replicates,
                "functions": len(order.fitness),
                "failed": len(order.failures),
                "spearman": found.rho if found else None,
                "low": found.low if found else None,
                "high": found.high if found else None,
            }
        )
    return pd.DataFrame(rows)


def paper_table(orders: Sequence[LabOrder]) -> pd.DataFrame:
    """One row for each inequality of the paper's order, way of averaging and lab."""
    return pd.DataFrame(
        [
            {
                "lab": order.name,
                "aggregation": ordered.aggregation,
                **{field: getattr(pair, field) for field in _PAIR},
                "outcome": pair.outcome.value,
            }
            for order in orders
            for ordered in order.paper.orders
            for pair in ordered.pairs
        ],
        columns=["lab", "aggregation", *_PAIR, "outcome"],
    )


def _function(orders: Sequence[LabOrder], function: Known) -> dict[str, Any]:
    key = function.key
    ranks = [order.ranks[key] for order in orders]
    row: dict[str, Any] = {
        "key": key,
        "name": function.name,
        "origin": function.origin.value,
        "mean_rank": sum(ranks) / len(ranks),
    }
    for order, rank in zip(orders, ranks, strict=True):
        found = order.fitness[key]
        ends = t_interval(found) if found else None
        row |= {
            f"{order.name}_fitness": found.value if found else nan,
            f"{order.name}_low": ends.low if ends else nan,
            f"{order.name}_high": ends.high if ends else nan,
            f"{order.name}_rank": rank,
        }
    failures = [f"{o.name}: {o.failures[key]}" for o in orders if key in o.failures]
    return {**row, "failed": "; ".join(failures)}
