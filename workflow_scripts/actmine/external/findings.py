"""Reads what was measured on tasks of others for a run's report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from actmine import layout
from actmine.external.plan import TABLE, TIERS
from actmine.external.suites import SOURCES
from actmine.external.table import best_first, read_tables
from actmine.records.candidate import Origin

SHOWN = 15  # known functions, the best over all suites; mined ones are shown all


def read_findings(run: Path) -> tuple[Mapping[str, Any], ...]:
    """The findings of every tier that was measured.

    Each has its tier; the suites, each a title with its source; and the functions, the best
    over all suites first and what failed on one last, each with its name, whether it was mined,
    and its figures by suite.

    Raises:
        ValueError: a table has other columns than this version writes.
    """
    folders = [layout.external(run, tier) for tier in TIERS]
    return tuple(_read(folder) for folder in folders if (folder / TABLE).exists())


def _read(folder: Path) -> dict[str, Any]:
    table, _ = read_tables(folder)
    suites = list(dict.fromkeys(table["suite"]))
    rows = {(row["candidate_id"], row["suite"]): row for row in table.to_dict("records")}
    order = best_first(table)
    functions = []
    for rank, candidate_id in enumerate(order):
        figures = [rows[candidate_id, suite] for suite in suites]
        mined = figures[0]["origin"] == Origin.MINED.value
        if mined or rank < SHOWN:
            functions.append(
                {"name": figures[0]["name"], "mined": mined, "rank": rank + 1, "cells": figures}
            )
    return {
        "tier": folder.name,
        "suites": [
            {"title": SOURCES[name].title, "cite": SOURCES[name].cite} for name in suites
        ],
        "functions": functions,
        "among": len(order),
    }
