"""Tells a transfer measurement in Markdown and for the report page."""

from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from typing import Any

import pandas as pd

from actmine.shown_text import table_cell
from actmine.transfer.benchmark import Published
from actmine.transfer.comparison import FIELDS, REFERENCES
from actmine.transfer.ranking import Overall, sentence
from actmine.transfer.settings import TransferSettings
from actmine.validation.rank_correlation import Correlation

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
    published: Mapping[str, Published],
) -> str:
    """The whole finding as a page of Markdown.

    Args:
        published: by score, what others report of the same training.
    """
    lines = ["# Transfer", "", headline(settings), ""]
    for score, rows in table.groupby("score", sort=False):
        lines += _section(str(score), rows, published.get(str(score)))
    lines += [
        "## Over all benchmarks",
        "",
        "Mean log ratio of standardised out-of-distribution scores to ReLU's, intervals over "
        "benchmarks.",
        "",
        "| function | transfer (95%) | lab fitness |",
        "|---|---|---|",
    ]
    for function in functions:
        ends = _ends(function.low, function.high)
        lab = _NONE if function.lab is None else f"{function.lab:+.3f}"
        lines.append(
            f"| {table_cell(function.name)} | {function.transfer:+.3f} {ends} | {lab} |"
        )
    return "\n".join([*lines, "", sentence(correlation), ""])


def _section(score: str, rows: pd.DataFrame, published: Published | None) -> Iterator[str]:
    """One score: the functions measured here, and below them what others report."""
    arrow = _ARROWS[bool(rows["higher_is_better"].iloc[0])]
    yield from (f"## {score} ({rows['metric'].iloc[0]}, {arrow})", "")
    yield "| function | mean | minus ReLU (95%) | minus GELU (95%) | failed |"
    yield "|---|---|---|---|---|"
    yield from map(_line, rows.to_dict("records"))
    if published:
        for who, figure in published.figures.items():
            yield f"| *published: {who}* | {figure:.4f} | | | |"
        yield from ("", f"Source: {published.cite}. {published.differs}.")
    yield ""


def _line(row: Mapping[Any, Any]) -> str:
    mean = _NONE if isnan(row["mean"]) else f"{row['mean']:.4f}"
    relu, gelu = (_difference(row, reference) for reference in REFERENCES)
    failed = f"{row['failed']} of {row['failed'] + row['seeds']}"
    return f"| {table_cell(row['name'])} | {mean} | {relu} | {gelu} | {failed} |"


def _difference(row: Mapping[Any, Any], reference: str) -> str:
    value, low, high, verdict = (row[f"{field}_{reference}"] for field in FIELDS)
    if isnan(value):
        return _NONE
    return " ".join(filter(None, (f"{value:+.4f}", _ends(low, high, digits=4), verdict)))


def _ends(low: float | None, high: float | None, *, digits: int = 3) -> str:
    if low is None or high is None or isnan(low):
        return ""
    return f"({low:+.{digits}f} to {high:+.{digits}f})"
