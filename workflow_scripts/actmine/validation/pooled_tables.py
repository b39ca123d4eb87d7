"""What several runs together say of their arms, as tables; docs/validation.md explains them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from actmine.validation.pooled_runs import (
    KNOWN,
    PooledRun,
    comparisons,
    gap,
    pooled_gap,
    survival,
)
from actmine.validation.statistics import Interval

_OUTCOME = (
    "champion",
    "known",
    "generations",
    "candidates",
    "candidates_cpu_s",
    "cpu_s",
    "searched",
    "remeasured",
    "held_out",
    "known_searched",
    "known_held_out",
)
# Significant digits: as far as a reader looks. CPU seconds differ from time to time anyway.
_DIGITS = 5


def run_table(pooled: Sequence[PooledRun]) -> pd.DataFrame:
    """One row a run and arm; empty where nothing was measured.

    Columns are those of `strategy_outcomes.Outcome`; `gain` is the champion's held-out fitness
    over the best known function's with its 95% interval `low` to `high` and `p`, by task.
    """
    rows = []
    for run in pooled:
        for arm, ended in run.arms.items():
            values = asdict(ended.outcome)
            found = gap(run, arm, KNOWN)
            rows.append(
                {"run": run.name, "seed": run.seed, "arm": arm}
                | {key: values[key] for key in _OUTCOME}
                | _ends("gain", found.interval if found else None)
                | {"p": found.p if found else None, "survival": ended.outcome.survival}
            )
    return _shortened(rows)


def difference_table(pooled: Sequence[PooledRun], *, of: str) -> pd.DataFrame:
    """One row a pair: what `better` has over `worse`, over runs.

    `difference` of held-out fitness with its 95% interval `low` to `high` over runs; in how
    many of `runs` it is `above` 0, and in how many a test over tasks says so by itself
    (`shown`), or the reverse (`reversed`). Against the best known function also the median
    share of the search's gain that survives, over the `gained` runs in which there was one.
    """
    rows = []
    for better, worse in comparisons(list(pooled[0].arms), of=of):
        one = pooled_gap(pooled, better, worse)
        kept = survival(pooled, better) if worse == KNOWN else None
        rows.append(
            {"better": better, "worse": worse}
            | _ends("difference", one.interval)
            | {"runs": len(one.gaps), "above": one.ahead}
            | {"shown": one.shown, "reversed": one.reversed}
            | {
                "survival": kept.median if kept else None,
                "survival_low": kept.interval.low if kept and kept.interval else None,
                "survival_high": kept.interval.high if kept and kept.interval else None,
                "gained": len(kept.shares) if kept else None,
            }
        )
    return _shortened(rows)


def _ends(name: str, found: Interval | None) -> dict[str, Any]:
    if found is None:
        return {name: None, "low": None, "high": None}
    return {name: found.mean, "low": found.low, "high": found.high}


def _shortened(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows).map(
        lambda value: float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
    )
