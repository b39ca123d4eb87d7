"""Tells a transfer measurement in Markdown and for the report page."""

from collections.abc import Sequence
from math import isnan

import pandas as pd

from actmine.transfer.comparison import REFERENCES
from actmine.transfer.ranking import Correlation, Overall
from actmine.transfer.settings import TransferSettings

_NONE = "none"
_ARROWS = {True: "higher is better", False: "lower is better"}


def headline(settings: TransferSettings) -> str:
    """How the figures came about, in one sentence."""
    rates = settings.learning_rates
    fairness = (
        "one learning rate for all functions"
        if len(rates) == 1
        else f"the best of {len(rates)} learning rates on the validation split, for each "
        "function and seed"
    )
    seeds = "one seed" if settings.seeds == 1 else f"{settings.seeds} paired seeds"
    return (
        f"Tier {settings.tier.value}, {seeds}, {fairness}, "
        f"{settings.device}. Differences are over the same seeds, with Student's 95% "
        "intervals, not corrected for their number; no order is claimed where an interval "
        "holds zero."
    )


def markdown(
    table: pd.DataFrame,
    functions: Sequence[Overall],
    correlation: Correlation,
    settings: TransferSettings,
) -> str:
    """The whole finding as a page of Markdown."""
    lines = ["# Transfer", "", headline(settings), ""]
    for score, rows in table.groupby("score", sort=False):
        first = rows.iloc[0]
        lines += [
            f"## {score} ({first['metric']}, {_ARROWS[bool(first['higher_is_better'])]})",
            "",
            "| function | mean | minus ReLU (95%) | minus GELU (95%) | failed |",
            "|---|---|---|---|---|",
            *(
                _line({str(key): value for key, value in row.items()})
                for row in rows.to_dict("records")
            ),
            "",
        ]
    lines += [
        "## Over all benchmarks",
        "",
        "Mean log ratio of standardised out-of-distribution scores to ReLU's, intervals over "
        "benchmarks.",
        "",
        "| function | transfer (95%) | lab fitness |",
        "|---|---|---|",
        *(
            f"| {one.name} | {one.transfer:+.3f} {_ends(one.low, one.high)} "
            f"| {_NONE if one.lab is None else f'{one.lab:+.3f}'} |"
            for one in functions
        ),
        "",
        correlation.sentence(),
        "",
    ]
    return "\n".join(lines)


def _line(row: dict[str, object]) -> str:
    cells = [_difference(row, reference) for reference in REFERENCES]
    mean = float(str(row["mean"]))
    told = _NONE if isnan(mean) else f"{mean:.4f}"
    failed = f"{row['failed']} of {int(str(row['failed'])) + int(str(row['seeds']))}"
    return f"| {row['name']} | {told} | {cells[0]} | {cells[1]} | {failed} |"


def _difference(row: dict[str, object], reference: str) -> str:
    value = float(str(row[f"difference_{reference}"]))
    if isnan(value):
        return _NONE
    ends = _ends(
        float(str(row[f"low_{reference}"])), float(str(row[f"high_{reference}"])), digits=4
    )
    told = str(row[f"verdict_{reference}"])
    return " ".join(part for part in (f"{value:+.4f}", ends, told) if part)


def _ends(low: float | None, high: float | None, *, digits: int = 3) -> str:
    if low is None or high is None or isnan(low):
        return ""
    return f"({low:+.{digits}f} to {high:+.{digits}f})"
