"""Finds on which families and tasks the champion wins and loses."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from actmine.tables.held_out_tasks import RIVALS

ROWS = 1000  # tasks on the page; tasks.csv has all
EXTREMES = 5  # tasks where it wins most, and as many where it loses most [ours]


@dataclass(frozen=True, kw_only=True, eq=False)
class TaskOutcomes:
    """The held-out tasks by what the champion is worth on them.

    Attributes:
        rivals: those of RIVALS that have losses here, a function once under its first name.
        first: the rival by which tasks are ordered: the best known function, if it has any.
        families: a row a family, then one of all tasks: how many `tasks`, and by rival the
            share `won` and the mean `log` of its loss over the champion's.
        best, worst: rows of `tables.held_out_tasks`, the farthest first.
        tasks: all rows, by family and then as the champion does against `first`.
        more: rows that are left out.
    """

    rivals: tuple[str, ...]
    first: str
    families: tuple[dict[str, Any], ...]
    best: tuple[dict[Any, Any], ...]
    worst: tuple[dict[Any, Any], ...]
    tasks: tuple[dict[Any, Any], ...]
    more: int


def task_outcomes(table: pd.DataFrame) -> TaskOutcomes | None:
    """What the table of tasks says of the champion; none if there is none, or it failed."""
    gains = {name: table[f"log_ratio_{name}"] for name in RIVALS}
    there = [name for name, of in gains.items() if of.notna().any()]
    if not there:
        return None
    # The best known function may be ReLU or GELU: then two columns are one.
    named = {name: next(n for n in there if gains[n].equals(gains[name])) for name in there}
    rivals = tuple(dict.fromkeys(named.values()))
    first = named[there[-1]]
    by = f"log_ratio_{first}"
    ordered = table.sort_values(by, ascending=False, kind="stable")
    places = {family: n for n, family in enumerate(dict.fromkeys(table["family"]))}
    grouped = ordered.sort_values("family", key=lambda names: names.map(places), kind="stable")
    ends = ordered[ordered[by] > 0], ordered[ordered[by] < 0].iloc[::-1]
    best, worst = (tuple(rows.head(EXTREMES).to_dict("records")) for rows in ends)
    parts = [(str(name), rows) for name, rows in grouped.groupby("family", sort=False)]
    return TaskOutcomes(
        rivals=rivals,
        first=first,
        families=tuple(
            _family(name, rows, rivals) for name, rows in [*parts, ("all, alike", grouped)]
        ),
        best=best,
        worst=worst,
        tasks=tuple(grouped.head(ROWS).to_dict("records")),
        more=max(0, len(grouped) - ROWS),
    )


def _family(name: str, rows: pd.DataFrame, rivals: tuple[str, ...]) -> dict[str, Any]:
    gains = {rival: rows[f"log_ratio_{rival}"].to_numpy(float) for rival in rivals}
    return {
        "family": name,
        "tasks": len(rows),
        "won": {rival: float(np.mean((1 + np.sign(of)) / 2)) for rival, of in gains.items()},
        "log": {rival: float(of.mean()) for rival, of in gains.items()},
    }
