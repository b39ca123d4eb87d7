"""Renders the report of a run: one HTML page without a network, readable without a script."""

from typing import Any

import numpy as np
import pandas as pd

from actmine.records.candidate import Coupling, Origin
from actmine.records.status import Status
from actmine.report import figures
from actmine.report.champion_files import FILES
from actmine.report.content import ReportData
from actmine.report.costs import by_proposer
from actmine.report.forest import forest
from actmine.report.heat_map import heat_map
from actmine.report.inline_svg import inline
from actmine.report.lineage import tree
from actmine.report.mathml import mathml
from actmine.report.points import cost_figure, curse_figure, progress
from actmine.report.shape_map import shape_map
from actmine.report.spots import Plot, records
from actmine.report.statuses import STATUSES
from actmine.report.task_outcomes import task_outcomes
from actmine.report.template import fill

TOP = 10  # functions of the leaderboard that are shown and drawn before all others
# Part of the page: heading, and its sections with theirs, in the order of the page.
GROUPS: dict[str, tuple[str, dict[str, str]]] = {
    "found": (
        "What was found",
        {"champion": "The champion", "extrapolation": "Beyond the training range"},
    ),
    "compared": (
        "How it compares",
        {
            "leaderboard": "Leaderboard",
            "losses": "Where it wins and loses",
            "checks": "Further tests",
            "curse": "Search against held-out",
            "paper": "The paper\N{RIGHT SINGLE QUOTATION MARK}s order",
            "transfer": "Real data",
            "external": "Tasks of others",
        },
    ),
    "searched": (
        "How the search went",
        {
            "search": "The search",
            "cost-of-shape": "Fitness and compute",
            "map": "A map of shapes",
            "gallery": "Gallery of elites",
            "lineage": "Lineage",
        },
    ),
    "proposed": (
        "What was proposed",
        {
            "candidates": "What was refused, and why",
            "mutators": "Who proposed them, at what cost",
        },
    ),
    "repeated": (
        "How to repeat it",
        {"tasks": "The tasks", "isolation": "Isolation", "provenance": "Provenance"},
    ),
}
SECTIONS = {anchor: title for _, parts in GROUPS.values() for anchor, title in parts.items()}


def render(report: ReportData) -> str:
    """The page as HTML; the same data gives the same text.

    Raises:
        ValueError: a task figure is no SVG document.
    """
    islands = [progress(island, report.search_references) for island in report.islands]
    plots = _plots(report)
    spots = (spot for plot in (*islands, *plots.values()) if plot for spot in plot.spots)
    return fill(
        "page.html.j2",
        report=report,
        figures=figures,
        forest=forest,
        inline=inline,
        nav={anchor: title for anchor, (title, _) in GROUPS.items()},
        groups=GROUPS,
        sections=SECTIONS,
        champion_files=FILES,
        weighed="weighted " if report.fitness.weighted else "",
        region=report.fitness.target.region_name,
        relative=report.fitness.aggregation == "mean_log_ratio",
        statuses=[status for status in STATUSES if status in report.status_counts],
        look=STATUSES,
        totals=report.status_counts.sum(),
        tried=int(
            report.status_counts.drop(columns=Status.SKIPPED, errors="ignore").sum().sum()
        ),
        mutators=by_proposer(report.mutators, report.slots),
        tree=tree(report.lineage, report.slots),
        progress=islands,
        records=records(report.slots, (candidate for _, _, candidate in spots)),
        **_champion(report),
        **_losses(report),
        **plots,
    )


def _champion(report: ReportData) -> dict[str, Any]:
    """The champion with its formula and what that names, the leaderboards, its row of them."""
    champion, board = report.champion, report.leaderboard
    equations = report.champion_files.equations if report.champion_files else ()
    coupled = board["coupling"] == Coupling.BATCH.value
    boards = {
        "main": _ranked(report, board[~coupled]),
        "coupled": _ranked(report, board[coupled]),
    }
    rows = (row for table in boards.values() for row in table.to_dict("records"))
    return {
        "champion": champion,
        "champion_id": report.champion_id,
        "formula": mathml(equations[:1]),
        "meanings": mathml(equations[1:]),
        "boards": boards,
        "top": TOP,
        "standing": next(
            (row for row in rows if row["candidate_id"] == report.champion_id), None
        ),
    }


def _losses(report: ReportData) -> dict[str, Any]:
    """The map of losses, what stands in its columns, and where the champion wins."""
    tasks, best = report.tasks.set_index("task"), report.verdicts.best_known
    made: dict[str, Any] = {
        "rivals": {"relu": "ReLU", "gelu": "GELU", "best_known": best["name"] if best else ""},
        "outcomes": task_outcomes(report.tasks),
        "task_of": tasks[["family", "formula"]].to_dict("index"),
    }
    if report.losses is None:
        return {**made, "heat": None, "by_family": None}
    families = tasks["family"].to_dict()
    of_family = report.losses.columns.map(families)
    return {
        **made,
        "heat": heat_map(
            report.losses, families, bold=report.champion.name if report.champion else ""
        ),
        "by_family": report.losses.T.groupby(of_family, sort=False).mean().T,
    }


def _plots(report: ReportData) -> dict[str, Plot | None]:
    """The figures besides the islands' whose points answer."""
    scored, board = report.slots.scored(), report.leaderboard
    measured = board[board["search_fitness"].notna()]
    known = measured[measured["origin"] != Origin.MINED.value]
    if scored.empty:
        cost_plot, map_plot = None, None
    else:
        cost_plot = cost_figure(scored, known, champion_id=report.found_as)
        map_plot = shape_map(report.slots, scored)
    curse = None if measured.empty else curse_figure(measured, champion_id=report.champion_id)
    return {"cost_plot": cost_plot, "map_plot": map_plot, "curse": curse}


def _ranked(report: ReportData, table: pd.DataFrame) -> pd.DataFrame:
    """A leaderboard with each row's `rank` of so many, and if its figure has it `drawn`.

    Drawn are the first, the champion, the paper's, and those that verdicts are against.
    """
    rank = np.arange(len(table)) + 1
    chosen = table["candidate_id"] == report.champion_id
    chosen |= table["origin"] == Origin.PAPER.value
    known = table["origin"] != Origin.MINED.value
    chosen |= known & table["name"].isin([one.against for one in report.verdicts.each])
    return table.assign(rank=rank, of=len(table), drawn=chosen | (rank <= TOP))
