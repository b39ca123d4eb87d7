"""Says how far two orders of the same functions agree, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atanh, sqrt, tanh

import numpy as np
import pandas as pd

LEAST = 4  # functions; with fewer the interval's formula has nothing to stand on
_REACH = 1.959964  # standard errors of a normal 95% interval


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """Spearman's, with its 95% interval; none of them where the functions have no order.

    Attributes:
        functions: how many have both figures.
    """

    functions: int
    rho: float | None = None
    low: float | None = None
    high: float | None = None


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> Correlation:
    """Spearman's rank correlation of two figures of the same functions.

    The interval is Fisher's with the standard error of Bonett and Wright (2000). A perfect
    order, for which it would be a point, counts as one exchange of neighbours short of it.
    [ours]

    Args:
        first, second: one number a function; minus infinity is below all others.
    """
    count = len(first)
    if count < LEAST:
        return Correlation(functions=count)
    ranks = pd.DataFrame({"first": first, "second": second}).rank()
    rho = float(ranks["first"].corr(ranks["second"]))
    if np.isnan(rho):  # all functions are level on one of the two
        return Correlation(functions=count)
    most = 1 - 12 / (count**3 - count)
    centre = atanh(min(max(rho, -most), most))
    reach = _REACH * sqrt((1 + rho**2 / 2) / (count - 3))
    return Correlation(
        functions=count, rho=rho, low=tanh(centre - reach), high=tanh(centre + reach)
    )
