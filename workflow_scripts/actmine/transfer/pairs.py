"""Compares functions on every benchmark, paired by seed, corrected for the many tests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from actmine.lab.estimate import alike, estimate
from actmine.records.rows import to_row
from actmine.records.status import Status
from actmine.transfer.comparison import Runs, paired
from actmine.validation.statistics import Interval, holm, mean_interval, p_value

LEAST = 2  # seeds; one tells nothing of how much a score varies


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A function against another on one score.

    Attributes:
        name, other: of the two, and `candidate_id`, `other_id` their ids.
        seeds: that both finished; `failed`, those that either did not.
        gain: mean difference of scores over the seeds, above 0 where the function is better
            (so of an error it is the other's minus its own), with its 95% interval.
        p: of the two-sided paired t test, 1 where all differences are the same number;
            `corrected` by Holm over all tests of a table.
    """

    score: str
    metric: str
    candidate_id: str
    name: str
    other_id: str
    other: str
    seeds: int
    failed: int
    gain: float
    low: float
    high: float
    p: float
    corrected: float


def pairs(
    table: pd.DataFrame,
    outcomes: pd.DataFrame,
    wanted: Iterable[tuple[str, str]],
    *,
    split: str,
) -> list[Pair]:
    """One function against another on every score of a split; each two once.

    One of which fewer than LEAST seeds finished has no figures, and p 1.

    Args:
        table: a measurement's `table.csv`, and `outcomes` its `outcomes.csv`.
        wanted: candidate ids of a function and of the one that it is compared with.
    """
    names = dict(zip(table["candidate_id"], table["name"], strict=True))
    scores = table[table["split"] == split].drop_duplicates("score").to_dict("records")
    both: dict[frozenset[str], tuple[str, str]] = {}
    for one, other in wanted:
        both.setdefault(frozenset((one, other)), (one, other))
    found = [
        _pair((one, names[one]), (other, names[other]), score, outcomes)
        for one, other in both.values()
        if one != other
        for score in scores
    ]
    corrected = holm(np.array([pair.p for pair in found]))
    return [replace(pair, corrected=float(p)) for pair, p in zip(found, corrected, strict=True)]


def pair_table(found: Sequence[Pair]) -> pd.DataFrame:
    """The same as a table, one row a pair."""
    return pd.DataFrame(map(to_row, found), columns=[field.name for field in fields(Pair)])


def _pair(
    one: tuple[str, str],
    other: tuple[str, str],
    score: Mapping[Any, Any],
    outcomes: pd.DataFrame,
) -> Pair:
    """Of two functions, each by id and name, before any correction."""
    here = outcomes[outcomes["benchmark"] == score["benchmark"]]
    mine, theirs = (_runs(here, function, str(score["split"])) for function, _ in (one, other))
    gains = (1 if score["higher_is_better"] else -1) * np.array(paired(mine, theirs))
    interval, p = Interval(mean=nan, low=nan, high=nan), 1.0
    if len(gains) >= LEAST:
        interval, found = mean_interval(gains), estimate(gains, alike(len(gains)))
        p = p_value(found) if found.standard_error > 0 else 1.0
    return Pair(
        score=str(score["score"]),
        metric=str(score["metric"]),
        candidate_id=one[0],
        name=one[1],
        other_id=other[0],
        other=other[1],
        seeds=len(gains),
        failed=len(mine.keys() | theirs.keys()) - len(gains),
        gain=interval.mean,
        low=interval.low,
        high=interval.high,
        p=p,
        corrected=p,
    )


def _runs(here: pd.DataFrame, function: str, split: str) -> Runs:
    own = here[here["candidate_id"] == function]
    scored = own["status"] == Status.SCORED.value
    values = own[f"scores.{split}"].where(scored)
    return {
        int(seed): None if pd.isna(value) else float(value)
        for seed, value in zip(own["seed"], values, strict=True)
    }
