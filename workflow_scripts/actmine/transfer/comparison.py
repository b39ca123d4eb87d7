"""Says how functions differ on benchmarks, paired by seed, and how far that can be trusted."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan, log, nan

import numpy as np
import pandas as pd

from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE
from actmine.records.listed import Listed
from actmine.records.status import Status
from actmine.transfer.outcome import Outcome
from actmine.transfer.scoring import standardised
from actmine.validation.statistics import Interval, mean_interval

BETTER, WORSE, UNDECIDED = "better", "worse", "no difference shown"
FIELDS = ("difference", "low", "high", "verdict")
REFERENCES = (REFERENCE, SECOND_REFERENCE)
COLUMNS = (
    "score", "benchmark", "split", "metric", "higher_is_better", "candidate_id", "name",
    "origin", "coupling", "seeds", "failed", "mean", "deviation",
    *(f"{field}_{reference}" for reference in REFERENCES for field in FIELDS),
    "log_ratio", "log_ratio_low", "log_ratio_high",
)  # fmt: skip

Runs = Mapping[int, float | None]  # seed to score; none where a training failed


@dataclass(frozen=True, kw_only=True)
class Scale:
    """One score of a benchmark, and what its values mean.

    Attributes:
        score: its name, for people.
        trivial: the score of the best answer that ignores its input; `perfect`, of no error.
    """

    score: str
    benchmark: str
    split: str
    metric: str
    higher_is_better: bool
    trivial: float
    perfect: float

    def log_ratio(self, value: float | None, reference: float) -> float:
        """Log of the ratio of standardised scores, higher is better."""
        return log(self._standardised(value) / self._standardised(reference))

    def _standardised(self, value: float | None) -> float:
        value = self.trivial if value is None else value
        return standardised(value, trivial=self.trivial, perfect=self.perfect)


def compare(
    functions: Sequence[Listed],
    references: Mapping[str, str],
    outcomes: Sequence[Outcome],
    scales: Sequence[Scale],
) -> pd.DataFrame:
    """One row a score and function, in the order given.

    A difference is the function's score minus the reference's, over the seeds that both
    finished, with Student's 95% interval; `verdict` takes the direction of the score into
    account and says `better` or `worse` only where the interval leaves out zero. Intervals
    are not corrected for how many there are.

    Args:
        functions: what was measured.
        references: `relu` and `gelu` to their candidate ids.
        outcomes: of all benchmarks and seeds.
        scales: the scores to compare.
    """
    rows = []
    for scale in scales:
        runs = {
            function.candidate_id: _runs(function, outcomes, scale) for function in functions
        }
        known = {name: runs.get(identity, {}) for name, identity in references.items()}
        rows += [
            _row(function, runs[function.candidate_id], known, scale) for function in functions
        ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def paired(a: Runs, b: Runs) -> list[float]:
    """a minus b on every seed that both have scored, in order of the seeds."""
    pairs = [(a[seed], b[seed]) for seed in sorted(a.keys() & b.keys())]
    return [x - y for x, y in pairs if x is not None and y is not None]


def interval(values: Sequence[float]) -> Interval:
    """Student's interval of the mean; of fewer than two values it has no ends."""
    if len(values) < 2:
        mean = values[0] if values else nan
        return Interval(mean=mean, low=nan, high=nan)
    return mean_interval(np.array(values, dtype=np.float64))


def verdict(difference: Interval, *, higher_is_better: bool) -> str:
    """What a paired difference shows; nothing if there is no interval."""
    if isnan(difference.low):
        return ""
    if difference.low <= 0 <= difference.high:
        return UNDECIDED
    return BETTER if (difference.low > 0) is higher_is_better else WORSE


def _runs(function: Listed, outcomes: Sequence[Outcome], scale: Scale) -> Runs:
    return {
        outcome.seed: outcome.scores[scale.split] if outcome.status is Status.SCORED else None
        for outcome in outcomes
        if (outcome.candidate_id, outcome.benchmark) == (function.candidate_id, scale.benchmark)
    }


def _row(
    function: Listed, runs: Runs, references: Mapping[str, Runs], scale: Scale
) -> dict[str, object]:
    values = [value for value in runs.values() if value is not None]
    relu = references[REFERENCE]
    ratios = [
        scale.log_ratio(runs[seed], against)
        for seed in sorted(runs)
        if (against := relu.get(seed)) is not None
    ]
    ratio = interval(ratios)
    row: dict[str, object] = {
        **asdict(scale),  # the scores at its ends are no columns
        "candidate_id": function.candidate_id,
        "name": function.name,
        "origin": function.origin.value,
        "coupling": function.coupling.value if function.coupling else "",
        "seeds": len(values),
        "failed": len(runs) - len(values),
        "mean": float(np.mean(values)) if values else nan,
        "deviation": float(np.std(values, ddof=1)) if len(values) > 1 else nan,
        "log_ratio": ratio.mean,
        "log_ratio_low": ratio.low,
        "log_ratio_high": ratio.high,
    }
    for name, reference in references.items():
        pairs = paired(runs, reference)
        # Of a function with itself there is nothing to find out: no interval, no verdict.
        difference = interval(pairs[:1] if runs is reference else pairs)
        shown = verdict(difference, higher_is_better=scale.higher_is_better)
        fields = (difference.mean, difference.low, difference.high, shown)
        row |= {f"{field}_{name}": value for field, value in zip(FIELDS, fields, strict=True)}
    return row
