"""Renders the report of a run: one HTML page without a network, readable without a script."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from actmine.records.candidate import Coupling, Origin
from actmine.records.status import Status
from actmine.report import figures
from actmine.report.champion_files import FILES
from actmine.report.content import ReportData
from actmine.report.costs import by_proposer
from actmine.report.inline_svg import inline
from actmine.report.lineage import draw_lineage
from actmine.report.mathml import meanings, typeset
from actmine.report.points import cost_figure, curse_figure, progress
from actmine.report.shape_map import shape_map
from actmine.report.spots import Plot, records
from actmine.report.statuses import STATUSES
from actmine.report.template import fill

TOP = 15  # functions of the leaderboard that its figure shows besides the catalog
# Anchor: heading, in the order of the page.
SECTIONS = {
    "champion": "The champion",
    "extrapolation": "Beyond the training range",
    "leaderboard": "Leaderboard",
    "losses": "Where it wins and loses",
    "curse": "Search against held-out",
    "search": "The search",
    "cost-of-shape": "Fitness and compute",
    "map": "A map of shapes",
    "gallery": "Gallery of elites",
    "lineage": "Lineage",
    "candidates": "What was refused, and why",
    "mutators": "Who proposed them, at what cost",
    "tasks": "The tasks",
    "transfer": "Real data",
    "paper": "The paper\N{RIGHT SINGLE QUOTATION MARK}s order",
    "isolation": "Isolation",
    "provenance": "Provenance",
}
REGIONS = {"ood": "out-of-distribution", "id": "in-distribution"}


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
    coupled = report.leaderboard["coupling"] == Coupling.BATCH.value
    boards = {
        "main": _board(report, report.leaderboard[~coupled], "main"),
        "coupled": _board(report, report.leaderboard[coupled], "coupled"),
    }
    drawn = _drawings(report)
    totals = sum(map(Counter, report.status_counts.values()), Counter[Status]())
    plots = [*drawn["progress"], drawn["cost_plot"], drawn["map_plot"], drawn["curse"]]
    return fill(
        "page.html.j2",
        report=report,
        sections=SECTIONS,
        champion=report.champion,
        champion_files=FILES,
        formula=typeset(report.champion.source) if report.champion else None,
        meanings=meanings(report.champion.source) if report.champion else None,
        boards=boards,
        champion_id=report.champion_id,
        standing=_standing(boards, report.champion_id),
        region=REGIONS[report.fitness.target.region],
        statuses=[status for status in STATUSES if totals[status]],
        look=STATUSES,
        totals=totals,
        mutators=by_proposer(report.mutators, report.slots),
        records=records(report.slots, (one for p in plots if p for _, _, one in p.spots)),
        **drawn,
    )


def _drawings(report: ReportData) -> dict[str, Any]:
    """The figures besides the leaderboards', each with its own prefix of ids."""
    counts, losses = report.status_counts, report.losses
    return {
        "curves": _curves(report),
        "progress": [
            progress(island, report.search_references, prefix=f"progress{n}")
            for n, island in enumerate(report.islands)
        ],
        "gallery": [
            (one, figures.thumbnail(one, prefix=f"shape{n}"))
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
        "fits": [
            (task, figures.extrapolation(report.fits, task, prefix=f"fit{n}"))
            for n, task in enumerate(report.fits.get("tasks", ()))
        ],
        "heat": figures.heat_map(
            losses, bold=report.champion.name if report.champion else "", prefix="heat"
        )
        if losses
        else None,
        "strategies": None
        if report.strategies is None
        else figures.strategies(report.strategies, prefix="strategies"),
        "lineage": draw_lineage(report.lineage, report.slots, champion_id=report.found_as),
        **_plots(report),
    }


def _plots(report: ReportData) -> dict[str, Plot | None]:
    """The figures whose points answer."""
    candidates, board = report.slots.candidates(), report.leaderboard
    known = board[(board["origin"] != Origin.MINED.value) & board["search_fitness"].notna()]
    some = len(candidates) > 0
    return {
        "cost_plot": cost_figure(candidates, known, champion_id=report.found_as, prefix="cost")
        if some
        else None,
        "map_plot": shape_map(report.slots, candidates, prefix="map") if some else None,
        "curse": curse_figure(board, champion_id=report.champion_id, prefix="curse")
        if board["search_fitness"].notna().any()
        else None,
    }


def _board(report: ReportData, table: pd.DataFrame, prefix: str) -> Board:
    chosen = (table["origin"] != Origin.MINED.value) | (
        table["candidate_id"] == report.champion_id
    )
    drawn = table[chosen | (np.arange(len(table)) < TOP)]
    rows = table.assign(rank=np.arange(len(table)) + 1).to_dict("records")
    relative = report.fitness.aggregation == "mean_log_ratio"
    return Board(
        rows=tuple({str(name): value for name, value in row.items()} for row in rows),
        figure=figures.intervals(
            drawn, champion_id=report.champion_id, relative=relative, prefix=prefix
        )
        if len(drawn)
        else None,
        drawn=len(drawn),
    )


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
