"""Sets the lab's order of functions beside their order on the benchmarks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from actmine.number_text import counted
from actmine.transfer.comparison import interval
from actmine.transfer.parts import OOD_TEST
from actmine.validation.rank_correlation import LEAST, Correlation, rank_correlation


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


def overall(table: pd.DataFrame, lab: Mapping[str, float]) -> list[Overall]:
    """Each trained function's mean over benchmarks, best first; a tie goes to the lower id.

    Args:
        table: of `compare`.
        lab: candidate id to held-out fitness.
    """
    functions = []
    for identity, rows in table[table["split"] == OOD_TEST].groupby("candidate_id"):
        if not (ratios := rows["log_ratio"].dropna().tolist()):
            continue  # the gate refused it
        over = interval(ratios)
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
    """Of lab and transfer, over the functions that were measured in both."""
    pairs = [
        (function.lab, function.transfer) for function in functions if function.lab is not None
    ]
    return rank_correlation([lab for lab, _ in pairs], [transfer for _, transfer in pairs])


def sentence(found: Correlation) -> str:
    """The finding for a reader."""
    if found.rho is None or found.low is None or found.high is None:
        return (
            "Lab rank and transfer rank: "
            f"{counted(found.functions, 'function has', 'functions have')} both, "
            f"too few for a correlation (at least {LEAST}). `actmine foretell RUN` measures "
            "every function here in the lab."
        )
    shown = "agree" if found.low > 0 else "disagree" if found.high < 0 else "may be unrelated"
    return (
        f"Lab rank and transfer rank {shown}: Spearman {found.rho:+.2f} "
        f"(95% {found.low:+.2f} to {found.high:+.2f}, {found.functions} functions)."
    )
