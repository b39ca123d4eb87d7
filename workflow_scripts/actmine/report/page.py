"""Renders the report of a run: one HTML page that needs no network and no script."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from actmine.candidate import Coupling, Origin, Status
from actmine.report import figures
from actmine.report.content import ReportData
from actmine.report.drawing import inline, visible
from actmine.validation.leaderboard import COLUMNS

TOP = 15  # functions of the leaderboard that its figure shows besides the catalog
# Anchor: heading, in the order of the page.
SECTIONS = {
    "champion": "The champion",
    "leaderboard": "Leaderboard",
    "search": "The search",
    "gallery": "Gallery of elites",
    "candidates": "What became of the candidates",
    "mutators": "Who proposed them",
    "tasks": "The tasks",
    "transfer": "Real data",
    "paper": "The paper\N{RIGHT SINGLE QUOTATION MARK}s order",
    "isolation": "Isolation",
    "provenance": "Provenance",
}
REGIONS = {"ood": "out-of-distribution", "id": "in-distribution"}
DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, kw_only=True)
class Board:
    """One leaderboard as the template shows it.

    Attributes:
        rows: records of the leaderboard, best first, with their `rank`.
        figure: dots and whiskers; none if there is nothing to draw.
    """

    rows: tuple[Mapping[str, Any], ...]
    figure: Markup | None
    drawn: int


def render(report: ReportData) -> str:
    """The page as HTML; the same data gives the same text.

    Raises:
        ValueError: a task figure is no SVG document.
    """
    champion_id = report.champion.candidate_id if report.champion else ""
    coupled = report.leaderboard["coupling"] == Coupling.BATCH.value
    boards = {
        "main": _board(report, report.leaderboard[~coupled], "main"),
        "coupled": _board(report, report.leaderboard[coupled], "coupled"),
    }
    template = _environment().get_template("page.html.j2")
    return template.render(
        report=report,
        sections=SECTIONS,
        champion=report.champion,
        boards=boards,
        champion_id=champion_id,
        standing=_standing(boards, champion_id),
        region=REGIONS[report.fitness.region],
        statuses=_statuses(report),
        totals=_totals(report),
        mutators=report.mutators.to_dict(orient="records"),
        **_drawings(report),
    )


def _drawings(report: ReportData) -> dict[str, Any]:
    """The figures besides the leaderboards', each with its own prefix of ids."""
    counts = report.status_counts
    return {
        "curves": _curves(report),
        "progress": [
            figures.progress(island, report.search_references, prefix=f"progress{n}")
            for n, island in enumerate(report.islands)
        ],
        "gallery": [
            (one, figures.shape(one, prefix=f"shape{n}"))
            for n, one in enumerate(report.gallery)
        ],
        "status_figure": figures.statuses(counts, prefix="status") if counts else None,
        "tasks": [
            (one, inline(one.svg, alt=one.caption, prefix=f"tasks{n}"))
            for n, one in enumerate(report.task_figures)
        ],
        "transfers": [
            (one, inline(one.svg, alt="Log ratios to ReLU", prefix=f"transfer{n}"))
            for n, one in enumerate(report.transfer)
        ],
    }


def _board(report: ReportData, table: pd.DataFrame, prefix: str) -> Board:
    champion_id = report.champion.candidate_id if report.champion else ""
    known = table["origin"] != Origin.MINED.value
    drawn = table[known | (table["candidate_id"] == champion_id) | _first(table, TOP)]
    rows = tuple(
        {**dict(zip(COLUMNS, row, strict=True)), "rank": rank}
        for rank, row in enumerate(table.itertuples(index=False), start=1)
    )
    figure = None
    if len(drawn):
        figure = figures.intervals(
            drawn,
            champion_id=champion_id,
            relative=report.fitness.aggregation == "mean_log_ratio",
            prefix=prefix,
        )
    return Board(rows=rows, figure=figure, drawn=len(drawn))


def _first(table: pd.DataFrame, count: int) -> "pd.Series[bool]":
    return pd.Series([place < count for place in range(len(table))], index=table.index)


def _standing(boards: Mapping[str, Board], champion_id: str) -> Mapping[str, Any] | None:
    """The champion's row of the leaderboard, with its rank and its table's length."""
    for board in boards.values():
        for row in board.rows:
            if row["candidate_id"] == champion_id:
                return {**row, "of": len(board.rows)}
    return None


def _curves(report: ReportData) -> list[Markup]:
    champion = report.champion
    if champion is None or champion.curve is None:
        return []
    return [
        figures.curves(champion.curve, report.references, derivative=derivative, prefix=prefix)
        for derivative, prefix in ((False, "value"), (True, "slope"))
    ]


def _statuses(report: ReportData) -> list[Status]:
    """The statuses that occur, in the figure's order."""
    return [status for status in figures.STATUSES if _totals(report).get(status)]


def _totals(report: ReportData) -> dict[Status, int]:
    totals: dict[Status, int] = {}
    for counts in report.status_counts.values():
        for status, count in counts.items():
            totals[status] = totals.get(status, 0) + count
    return totals


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters |= {"fixed": fixed, "loss": loss}
    return environment


def _shown(value: Any) -> Any:
    """Plain text with its invisible characters spelled out; markup is ours and stays."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def fixed(value: float | None, digits: int = 2) -> str:
    """A number with fixed decimals and a true minus sign; a dash if there is none."""
    if value is None or not isfinite(value):
        return DASH
    text = f"{value:.{digits}f}"
    return text.replace("-", "" if float(text) == 0 else MINUS)


def loss(value: float | None) -> str:
    """A loss with three significant digits, whatever its size; a dash if there is none."""
    if value is None or not isfinite(value):
        return DASH
    if value == 0 or 0.001 <= value < 10_000:
        return f"{value:.3g}" if value < 1000 else f"{value:.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}·10{str(int(exponent)).translate(SUPERSCRIPTS)}"
