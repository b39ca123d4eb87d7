"""Compares runs on one page: champions with intervals, searches by effort, costs, settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from actmine import layout
from actmine.champion.curves import Curve, sample
from actmine.files import read_json
from actmine.report import figures
from actmine.report.canvas import Array
from actmine.report.mathml import typeset
from actmine.report.template import fill
from actmine.sandbox.host import Sandbox
from actmine.settings import frozen as runs
from actmine.settings.configuration import Values, differing_keys
from actmine.settings.frozen import Frozen
from actmine.validation.leaderboard import read_leaderboard

SECTIONS = {
    "champions": "Champions",
    "searches": "The searches",
    "shapes": "What they found",
    "settings": "What differs",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Compared:
    """One run of the comparison.

    Attributes:
        name: unique on the page: the run's, or its folder where two share it.
        standing: the champion's row of the leaderboard; none if none qualified.
        best: (evaluation,) best search fitness after so many trained candidates.
        cpu_s, usd, tokens: what the search used.
        suites: hashes by suite; fitness compares only where they agree.
    """

    name: str
    frozen: Frozen
    standing: Mapping[str, Any] | None
    curve: Curve | None
    formula: Markup | None
    source: str
    candidates: int
    best: Array
    cpu_s: float
    usd: float
    tokens: int
    suites: Mapping[str, str]


def read_compared(folder: Path, *, sandbox: Sandbox) -> Compared:
    """Reads a finished run."""
    frozen = runs.read(folder / layout.RUN_FILE)
    chosen = read_json(folder / "validation" / "champion.json")
    board = read_leaderboard(folder / "validation" / "leaderboard.csv")
    rows = {row["candidate_id"]: row for row in board.to_dict("records")}
    standing = rows.get(chosen["candidate_id"])
    table = pd.read_parquet(folder / "tables" / "candidates.parquet")
    measured = pd.read_parquet(folder / "tables" / "evaluations.parquet")
    searched = measured[measured["measurement"] == "search"]
    fitness = table["fitness"].dropna().to_numpy(float)
    source = chosen.get("source", "")
    return Compared(
        name=str(folder),
        frozen=frozen,
        standing=None if standing is None else {str(k): v for k, v in standing.items()},
        curve=sample(chosen["name"], source, sandbox=sandbox) if source else None,
        formula=typeset(source) if source else None,
        source=source,
        candidates=len(table),
        best=np.maximum.accumulate(fitness) if len(fitness) else fitness,
        cpu_s=float(searched[searched["set"].isin(frozen.settings.arms)]["cpu_s"].sum()),
        usd=float(table["usd"].sum()),
        tokens=int(table["tokens"].sum()),
        suites={
            suite: read_json(layout.manifest(folder, suite))["hash"]
            for suite in ("search", "held_out")
        },
    )


def draw(compared: Sequence[Compared]) -> str:
    """The page as HTML.

    Args:
        compared: two or more runs, in the order in which they are shown.
    """
    named = [one.frozen.settings.run for one in compared]
    names = [
        run if named.count(run) == 1 else one.name
        for run, one in zip(named, compared, strict=True)
    ]
    first = compared[0].frozen.configuration
    others = (one.frozen.configuration for one in compared[1:])
    keys = sorted({key for other in others for key in differing_keys(first, other)})
    return fill(
        "compare.html.j2",
        sections=SECTIONS,
        runs=list(zip(names, compared, strict=True)),
        same_tasks=len({tuple(one.suites.items()) for one in compared}) == 1,
        champions=_champions(names, compared),
        searches=figures.searches(
            [(name, one.best) for name, one in zip(names, compared, strict=True)],
        ),
        shapes=[
            one.curve and figures.curves(one.curve, [], derivative=False)
            for n, one in enumerate(compared)
        ],
        settings=[
            (key, [_setting(one.frozen.configuration, key) for one in compared])
            for key in keys
            if key != "run"
        ],
        records={},
    )


def _champions(names: Sequence[str], compared: Sequence[Compared]) -> Markup | None:
    rows = [
        {**one.standing, "name": name, "candidate_id": name}
        for name, one in zip(names, compared, strict=True)
        if one.standing is not None
    ]
    if not rows:
        return None
    ratios = all(
        one.frozen.settings.fitness.aggregation == "mean_log_ratio" for one in compared
    )
    return figures.intervals(pd.DataFrame(rows), champion_id="", relative=ratios)


def _setting(config: Values, key: str) -> str:
    value: Any = config
    for part in key.split("."):
        value = value.get(part, "") if isinstance(value, Mapping) else ""
    return str(value)
