"""Renders the report of a run: one HTML page without a network, readable without a script."""

import numpy as np
import pandas as pd

from actmine.records.candidate import Coupling, Origin
from actmine.report import figures
from actmine.report.champion_files import FILES
from actmine.report.content import ReportData
from actmine.report.costs import by_proposer
from actmine.report.inline_svg import inline
from actmine.report.lineage import tree
from actmine.report.mathml import meanings, typeset
from actmine.report.points import cost_figure, curse_figure, progress
from actmine.report.shape_map import shape_map
from actmine.report.spots import Plot, records
from actmine.report.statuses import STATUSES
from actmine.report.template import fill

TOP = 40  # functions of the leaderboard that its figure shows besides the paper's
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
    "external": "Tasks of others",
    "paper": "The paper\N{RIGHT SINGLE QUOTATION MARK}s order",
    "isolation": "Isolation",
    "provenance": "Provenance",
}


def render(report: ReportData) -> str:
    """The page as HTML; the same data gives the same text.

    Raises:
        ValueError: a task figure is no SVG document.
    """
    coupled = report.leaderboard["coupling"] == Coupling.BATCH.value
    boards = {
        "main": _ranked(report, report.leaderboard[~coupled]),
        "coupled": _ranked(report, report.leaderboard[coupled]),
    }
    rows = (row for table in boards.values() for row in table.to_dict("records"))
    islands = [progress(island, report.search_references) for island in report.islands]
    plots = _plots(report)
    champion, losses = report.champion, report.losses
    spots = (spot for plot in (*islands, *plots.values()) if plot for spot in plot.spots)
    return fill(
        "page.html.j2",
        report=report,
        figures=figures,
        inline=inline,
        sections=SECTIONS,
        champion=champion,
        champion_files=FILES,
        formula=typeset(champion.source) if champion else None,
        meanings=meanings(champion.source) if champion else None,
        boards=boards,
        champion_id=report.champion_id,
        standing=next((row for row in rows if row["candidate_id"] == report.champion_id), None),
        weighed="weighted " if report.fitness.meaning.startswith("weighted") else "",
        region=report.fitness.target.region_name,
        by_family=None if losses is None else losses.T.groupby(level=0, sort=False).mean().T,
        relative=report.fitness.aggregation == "mean_log_ratio",
        statuses=[status for status in STATUSES if status in report.status_counts],
        look=STATUSES,
        totals=report.status_counts.sum(),
        mutators=by_proposer(report.mutators, report.slots),
        tree=tree(report.lineage, report.slots),
        progress=islands,
        **plots,
        records=records(report.slots, (candidate for _, _, candidate in spots)),
    )


def _plots(report: ReportData) -> dict[str, Plot | None]:
    """The figures besides the islands' whose points answer."""
    candidates, board = report.slots.candidates(), report.leaderboard
    measured = board[board["search_fitness"].notna()]
    known = measured[measured["origin"] != Origin.MINED.value]
    if candidates.empty:
        cost_plot, map_plot = None, None
    else:
        cost_plot = cost_figure(candidates, known, champion_id=report.found_as)
        map_plot = shape_map(report.slots, candidates)
    curse = None if measured.empty else curse_figure(measured, champion_id=report.champion_id)
    return {"cost_plot": cost_plot, "map_plot": map_plot, "curse": curse}


def _ranked(report: ReportData, table: pd.DataFrame) -> pd.DataFrame:
    """A leaderboard with each row's `rank` of so many, and if its figure has it `drawn`."""
    rank = np.arange(len(table)) + 1
    chosen = table["candidate_id"] == report.champion_id
    chosen |= table["origin"] == Origin.PAPER.value
    return table.assign(rank=rank, of=len(table), drawn=chosen | (rank <= TOP))
