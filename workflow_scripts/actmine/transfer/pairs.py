"""Compares mined functions with known ones on every benchmark, corrected for the many tests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from actmine.evolution.reading import read_listed
from actmine.lab.estimate import alike, estimate
from actmine.records.listed import Listed
from actmine.records.rows import read_record, read_records, to_row
from actmine.transfer.comparison import Scale, paired, runs_of
from actmine.transfer.outcome import Outcome
from actmine.transfer.settings import TransferSettings
from actmine.transfer.tables import scales_of
from actmine.validation.statistics import holm, mean_interval, p_value


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a transfer measurement consists of.

    Attributes:
        functions: what was measured, in order.
        outcomes: every training.
        scales: the scores, and what their values mean.
    """

    functions: Sequence[Listed]
    outcomes: Sequence[Outcome]
    scales: Sequence[Scale]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A function against another on one score.

    Attributes:
        seeds: that both finished; a test needs two.
        gain: mean difference of scores over the seeds, above 0 where the function is better
            (so of an error it is the other's minus its own), with its 95% interval.
        p: of the two-sided paired t test; `corrected` by Holm over all tests of a table.
    """

    score: str
    metric: str
    name: str
    other: str
    seeds: int
    gain: float
    low: float
    high: float
    p: float
    corrected: float


def read_measured(folder: Path) -> Measured:
    """What stands in the folder of a tier."""
    asked = read_record(folder / "settings.json", TransferSettings)
    shards = [
        path
        for name in asked.benchmarks
        for path in sorted(folder.glob(f"{name}/shard_*/outcomes.jsonl"))
    ]
    return Measured(
        functions=read_listed(folder / "candidates.jsonl"),
        outcomes=[one for path in shards for one in read_records(path, Outcome)],
        scales=list(scales_of(asked, folder / "data")),
    )


def pairs(
    measured: Measured,
    mine: Sequence[Listed],
    others: Sequence[Listed],
    *,
    splits: Sequence[str],
) -> list[Pair]:
    """Every function against every other on every score of some splits.

    What fewer than two seeds of both have is left out.
    """
    scales = [scale for scale in measured.scales if scale.split in splits]
    found = [
        pair
        for one, other, scale in product(mine, others, scales)
        if one.candidate_id != other.candidate_id
        for pair in _pair(one, other, scale, measured.outcomes)
    ]
    corrected = holm(np.array([pair.p for pair in found]))
    return [replace(pair, corrected=float(p)) for pair, p in zip(found, corrected, strict=True)]


def pair_table(found: Sequence[Pair]) -> pd.DataFrame:
    """The same as a table, one row a pair."""
    return pd.DataFrame(map(to_row, found))


def _pair(
    one: Listed, other: Listed, scale: Scale, outcomes: Sequence[Outcome]
) -> Iterator[Pair]:
    mine, theirs = (runs_of(function, outcomes, scale) for function in (one, other))
    sign = 1 if scale.higher_is_better else -1
    gains = sign * np.array(paired(mine, theirs))
    if len(gains) < 2:
        return
    interval, p = mean_interval(gains), p_value(estimate(gains, alike(len(gains))))
    yield Pair(
        score=scale.score,
        metric=scale.metric,
        name=one.name,
        other=other.name,
        seeds=len(gains),
        gain=interval.mean,
        low=interval.low,
        high=interval.high,
        p=p,
        corrected=p,
    )
