"""Tells what was measured on external suites in Markdown: one table of all, and one of each."""

from collections.abc import Iterator, Mapping
from math import isnan
from typing import Any

import pandas as pd

from actmine.external.plan import missing
from actmine.external.suites import SOURCES
from actmine.external.table import best_first
from actmine.number_text import loss, signed
from actmine.shown_text import table_cell

HOW = (
    "Fitness is the mean log ratio of ReLU's loss outside the training region to the "
    "function's, with Student's 95% interval over draws (of Feynman over equations), formulas "
    "as strata. Intervals are not corrected for their number."
)


def markdown(table: pd.DataFrame, metrics: pd.DataFrame) -> str:
    """The whole finding as a page of Markdown, with what could not be measured."""
    absent = [told for name, told in missing().items() if name not in set(table["suite"])]
    lines = ["# Judged by tasks of others", "", HOW, "", *body(table, metrics)]
    for told in absent:
        lines += ["", f"Left out: {told}."]
    return "\n".join(lines) + "\n"


def body(table: pd.DataFrame, metrics: pd.DataFrame) -> list[str]:
    """Its tables, line by line."""
    lines = [*overview(table), ""]
    for suite in dict.fromkeys(table["suite"]):
        source = SOURCES[suite]
        lines += [
            f"### {source.title} (`{suite}`): {source.metric.value}",
            "",
            *by_formula(suite, metrics),
            "",
            f"Source: {source.cite}. {source.differs}.",
            "",
        ]
    return lines[:-1]


def overview(table: pd.DataFrame) -> Iterator[str]:
    """The fitness of every function on every suite, the best of each suite in bold."""
    suites = list(dict.fromkeys(table["suite"]))
    yield f"| fitness (95%) | {' | '.join(suites)} |"
    yield "|---" * (1 + len(suites)) + "|"
    best = table.groupby("suite")["fitness"].max().to_dict()
    rows = table.to_dict("records")
    cells = {(row["candidate_id"], row["suite"]): row for row in rows}
    for candidate_id in best_first(table):
        own = [cells[candidate_id, suite] for suite in suites]
        told = [_cell(row, best=best[row["suite"]]) for row in own]
        yield f"| {table_cell(own[0]['name'])} | {' | '.join(told)} |"


def _cell(row: Mapping[Any, Any], *, best: float) -> str:
    if isnan(row["fitness"]):
        return str(row["status"])
    value = signed(row["fitness"])
    told = f"**{value}**" if row["fitness"] == best else value
    return f"{told} ({signed(row['low'])} to {signed(row['high'])})"


def by_formula(suite: str, metrics: pd.DataFrame) -> Iterator[str]:
    """Medians of the source's metric by formula, with what the source reports below.

    A suite whose formulas are many is told by the median over them.
    """
    source = SOURCES[suite]
    own = metrics[metrics["suite"] == suite]
    families = list(dict.fromkeys(own["family"]))
    yield f"| median | {' | '.join(families)} |"
    yield "|---" * (1 + len(families)) + "|"
    rows = own.to_dict("records")
    cells = {(row["candidate_id"], row["family"]): row["median"] for row in rows}
    names = {row["candidate_id"]: row["name"] for row in rows}
    for candidate_id, name in names.items():
        told = [loss(cells[candidate_id, family]) for family in families]
        yield f"| {table_cell(name)} | {' | '.join(told)} |"
    reported = dict.fromkeys(who for all_of in source.published.values() for who, _ in all_of)
    for who in reported:
        figures = [dict(source.published.get(family, ())).get(who) for family in families]
        told = ["" if figure is None else loss(figure) for figure in figures]
        yield f"| *published: {who}* | {' | '.join(told)} |"
