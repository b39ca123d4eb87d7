"""Compares runs on one page: champions with intervals, searches by effort, costs, settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from actmine import layout
from actmine.champion.curves import Curve, sample
from actmine.csv_files import read_parquet
from actmine.files import read_json
from actmine.report import figures
from actmine.report.mathml import typeset
from actmine.report.template import fill
from actmine.sandbox.host import Sandbox
from actmine.settings import frozen as runs
from actmine.settings.configuration import Values, differing_keys
from actmine.settings.frozen import Frozen
from actmine.tables.searched import searched, training_cpu_s
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
        slots: tables/candidates.parquet; `candidates` are the rows of new functions.
        cpu_s: CPU seconds of training after the seeds, elites measured again included.
        suites: hashes by suite; fitness compares only where they agree.
    """

    name: str
    frozen: Frozen
    standing: Mapping[str, Any] | None
    curve: Curve | None
    formula: Markup | None
    source: str
    slots: pd.DataFrame
    candidates: pd.DataFrame
    cpu_s: float
    suites: Mapping[str, str]


def read_compared(folder: Path, *, sandbox: Sandbox) -> Compared:
    """Reads a finished run."""
    frozen = runs.read(folder / layout.RUN_FILE)
    chosen = read_json(folder / "validation" / "champion.json")
    board = read_leaderboard(folder / "validation" / "leaderboard.csv")
    rows = {row["candidate_id"]: row for row in board.to_dict("records")}
    standing = rows.get(chosen["candidate_id"])
    measured = read_parquet(folder / "tables" / "evaluations.parquet")
    slots = read_parquet(folder / "tables" / "candidates.parquet")
    source = chosen.get("source", "")
    return Compared(
        name=str(folder),
        frozen=frozen,
        standing=None if standing is None else {str(k): v for k, v in standing.items()},
        curve=sample(chosen["name"], source, sandbox=sandbox) if source else None,
        formula=typeset(source) if source else None,
        source=source,
        slots=slots,
        candidates=searched(slots),
        cpu_s=training_cpu_s(slots, measured, frozen.settings.arms),
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
    named = [run.frozen.settings.run for run in compared]
    names = [
        name if named.count(name) == 1 else run.name
        for name, run in zip(named, compared, strict=True)
    ]
    first = compared[0].frozen.configuration
    others = (run.frozen.configuration for run in compared[1:])
    keys = sorted({key for other in others for key in differing_keys(first, other)})
    return fill(
        "compare.html.j2",
        nav=SECTIONS,
        sections=SECTIONS,
        runs=list(zip(names, compared, strict=True)),
        same_tasks=len({tuple(run.suites.items()) for run in compared}) == 1,
        champions=_champions(names, compared),
        meanings=list(dict.fromkeys(run.frozen.settings.fitness.meaning for run in compared)),
        figures=figures,
        best=[(name, _best_so_far(run)) for name, run in zip(names, compared, strict=True)],
        settings=[
            (key, [_setting(run.frozen.configuration, key) for run in compared])
            for key in keys
            if key != "run"
        ],
        records={},
    )


def _best_so_far(run: Compared) -> "pd.Series[float]":
    """The best fitness before any candidate was scored, and after each."""
    seeds = run.slots.loc[run.slots["generation"] == 0, "fitness"].dropna()
    later = run.candidates["fitness"].dropna()
    return pd.concat([seeds.nlargest(1), later], ignore_index=True).cummax()


def _champions(names: Sequence[str], compared: Sequence[Compared]) -> Markup | None:
    rows = [
        {**run.standing, "name": name, "candidate_id": name}
        for name, run in zip(names, compared, strict=True)
        if run.standing is not None
    ]
    if not rows:
        return None
    ratios = all(
        run.frozen.settings.fitness.aggregation == "mean_log_ratio" for run in compared
    )
    return figures.intervals(pd.DataFrame(rows), champion_id="", relative=ratios)


def _setting(config: Values, key: str) -> str:
    value: Any = config
    for part in key.split("."):
        value = value.get(part, "") if isinstance(value, Mapping) else ""
    return str(value)
