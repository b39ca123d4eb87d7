"""Sets the lab's order of functions beside their order on the benchmarks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atanh, sqrt, tanh

import numpy as np
import pandas as pd

from actmine.transfer.comparison import interval
from actmine.transfer.parts import OOD_TEST

_LEAST = 4  # functions; with fewer the interval's formula has nothing to stand on


@dataclass(frozen=True, kw_only=True)
class Overall:
    """A function over all benchmarks.

    Attributes:
        lab: fitness on the lab's held-out tasks; none if it was not measured there.
        transfer: mean log ratio of standardised out-of-distribution scores to ReLU's.
        low, high: its 95% interval over benchmarks; none for fewer than two.
    """

    candidate_id: str
    name: str
    lab: float | None
    transfer: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """Spearman's, with its 95% interval; none where too few functions have both figures."""

    functions: int
    rho: float | None = None
    low: float | None = None
    high: float | None = None

    def sentence(self) -> str:
        """The finding for a reader."""
        if self.rho is None or self.low is None or self.high is None:
            return (
                f"Lab rank and transfer rank: {self.functions} functions have both, "
                f"too few for a correlation (at least {_LEAST})."
            )
        shown = "agree" if self.low > 0 else "disagree" if self.high < 0 else "may be unrelated"
        return (
            f"Lab rank and transfer rank {shown}: Spearman {self.rho:+.2f} "
            f"(95% {self.low:+.2f} to {self.high:+.2f}, {self.functions} functions)."
        )


def overall(table: pd.DataFrame, lab: Mapping[str, float]) -> list[Overall]:
    """Every function's mean over benchmarks, best first; a tie goes to the lower id.

    Args:
        table: of `compare`.
        lab: candidate id to held-out fitness.
    """
    functions = []
    for identity, rows in table[table["split"] == OOD_TEST].groupby("candidate_id"):
        over = interval(rows["log_ratio"].dropna().tolist())
        functions.append(
            Overall(
                candidate_id=str(identity),
                name=str(rows["name"].iloc[0]),
                lab=lab.get(str(identity)),
                transfer=over.mean,
                low=None if np.isnan(over.low) else over.low,
                high=None if np.isnan(over.high) else over.high,
            )
        )
    return sorted(functions, key=lambda function: (-function.transfer, function.candidate_id))


def correlation(functions: Sequence[Overall]) -> Correlation:
    """Spearman's rank correlation of lab and transfer over functions.

    The interval is Fisher's with the standard error of Bonett and Wright (2000). A perfect
    order, for which it would be a point, counts as one exchange of neighbours short of it.
    [ours]
    """
    pairs = [
        (function.lab, function.transfer) for function in functions if function.lab is not None
    ]
    count = len(pairs)
    if count < _LEAST:
        return Correlation(functions=count)
    ranks = pd.DataFrame(pairs).rank()
    rho = float(ranks[0].corr(ranks[1]))
    if np.isnan(rho):  # all functions are level on one of the two
        return Correlation(functions=count)
    most = 1 - 12 / (count**3 - count)
    centre = atanh(min(max(rho, -most), most))
    reach = 1.959964 * sqrt((1 + rho**2 / 2) / (count - 3))
    return Correlation(
        functions=count, rho=rho, low=tanh(centre - reach), high=tanh(centre + reach)
    )
