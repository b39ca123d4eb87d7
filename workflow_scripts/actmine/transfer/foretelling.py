"""Says how far the lab's figures foretell those on real data, over the same functions.

A figure of the lab is a fitness: over all tasks, over one family, or in distribution. Functions
are the sample, and those that were mined in one run are alike: intervals, which take functions
as independent, are then too narrow. [ours]
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from math import log

import numpy as np
import pandas as pd

from actmine.lab.scorer import Scorer
from actmine.records.evaluation import Evaluation
from actmine.transfer.parts import ID_TEST, OOD_TEST
from actmine.validation.rank_correlation import LEAST, Correlation, rank_correlation

Figures = Mapping[str, float]  # of functions, by candidate id

WHOLE, INSIDE = "all tasks", "in distribution"
MEANS = {OOD_TEST: "mean out of distribution", ID_TEST: "mean in distribution"}
COLUMNS = ("lab", "score", "functions", "rho", "low", "high")
PARTS = 4  # a weight is a multiple of one in so many [ours]


@dataclass(frozen=True, kw_only=True)
class Weighting:
    """Weights of families, chosen on some functions, and what they are worth on others.

    Attributes:
        weights: by family, of sum 1: those whose fitness agrees best with the mean score out
            of distribution.
        chosen: the correlation on the functions that they were chosen by, which is too high.
        tested: on all others; `equal` is that of equal weights on the same.
    """

    weights: Mapping[str, float]
    chosen: Correlation
    tested: Correlation
    equal: Correlation


def lab_figures(evaluations: Mapping[str, Evaluation], scorer: Scorer) -> dict[str, Figures]:
    """Each figure of the lab over all functions that have losses: higher is better."""
    figures: dict[str, dict[str, float]] = {WHOLE: {}, INSIDE: {}}
    for identity, evaluation in evaluations.items():
        if (fitness := scorer.fitness(evaluation)) is None:
            continue
        figures[WHOLE][identity] = fitness.value
        figures[INSIDE][identity] = -log(fitness.id_ratio)
        for family in scorer.own_contributions(evaluation):
            figures.setdefault(family.family, {})[identity] = family.fitness
    return dict(figures)


def outside_figures(table: pd.DataFrame) -> dict[str, Figures]:
    """Each score of a transfer measurement, and their means by split: higher is better.

    Args:
        table: of `actmine.transfer.comparison.compare`; its figures are log ratios to ReLU's.
    """
    kept = table.dropna(subset="log_ratio")
    means = {
        title: kept[kept["split"] == split].groupby("candidate_id")["log_ratio"].mean()
        for split, title in MEANS.items()
    }
    scores = {
        str(score): rows.set_index("candidate_id")["log_ratio"]
        for score, rows in kept.groupby("score", sort=False)
    }
    return {
        title: {str(identity): float(value) for identity, value in series.items()}
        for title, series in (means | scores).items()
    }


def correlations(lab: Mapping[str, Figures], outside: Mapping[str, Figures]) -> pd.DataFrame:
    """Spearman's correlation of every figure of the lab with every score, columns COLUMNS."""
    rows = [
        {"lab": figure, "score": score, **asdict(_agreement(lab[figure], outside[score]))}
        for figure, score in product(lab, outside)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def weightings(lab: Mapping[str, Figures], transfer: Figures) -> list[Weighting]:
    """The best weights of one half of the functions, tested on the other; then the reverse.

    Halves are the even and the odd places in the order of candidate ids, which are hashes.

    Args:
        lab: figures of families alone.
        transfer: what is to be foretold.

    Returns:
        Both, or nothing where a half has too few functions for a correlation.
    """
    ids = sorted(set(transfer).intersection(*lab.values()))
    halves = [ids[0::2], ids[1::2]]
    if not lab or min(map(len, halves)) < LEAST:
        return []
    return [_chosen(lab, transfer, half, other) for half, other in (halves, halves[::-1])]


def _agreement(first: Figures, second: Figures) -> Correlation:
    ids = sorted(first.keys() & second.keys())
    return rank_correlation([first[one] for one in ids], [second[one] for one in ids])


def _chosen(
    lab: Mapping[str, Figures], transfer: Figures, half: Sequence[str], other: Sequence[str]
) -> Weighting:
    def tried(weights: Sequence[float], ids: Sequence[str]) -> Correlation:
        weighted = [
            sum(weight * lab[family][one] for weight, family in zip(weights, lab, strict=True))
            for one in ids
        ]
        return rank_correlation(weighted, [transfer[one] for one in ids])

    equal = [1 / len(lab)] * len(lab)
    found = {weights: tried(weights, half) for weights in _simplex(len(lab))}
    # Of equals those nearest to equal weights.
    best = max(found, key=lambda weights: (_rho(found[weights]), -float(np.std(weights))))
    return Weighting(
        weights=dict(zip(lab, best, strict=True)),
        chosen=found[best],
        tested=tried(best, other),
        equal=tried(equal, other),
    )


def _rho(found: Correlation) -> float:
    return -1.0 if found.rho is None else found.rho


def _simplex(families: int) -> Iterator[tuple[float, ...]]:
    for parts in product(range(PARTS + 1), repeat=families):
        if sum(parts) == PARTS:
            yield tuple(part / PARTS for part in parts)
