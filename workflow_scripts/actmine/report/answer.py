"""Tells what was searched and what came of it, in three sentences."""

from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any

import pandas as pd

from actmine.number_text import signed

_TOLD = 6  # seeds that are named one by one
_PAID = {"ood": "outside", "id": "on new inputs from"}


def answer(
    *,
    board: pd.DataFrame,
    champion_id: str | None,
    candidates: int,
    scored: int,
    stopped: int,
    generations: int,
    search_tasks: int,
    seeds: tuple[str, ...],
    regions: Collection[str],
) -> tuple[str, ...]:
    """What was found, how it stands to the best known function, and what was searched.

    Args:
        board: a leaderboard, best first; columns of further intervals are used where
            they are there.
        champion_id: none if no function qualified.
        regions: whose loss counts, of each arm's target.
        scored: candidates whose fits ran to their end; `stopped` those ended by a ladder.
    """
    trained = scored + stopped
    paid = " and ".join(_PAID[region] for region in sorted(set(regions), reverse=True))
    early = f" ({stopped:,} of them not to the end)" if stopped else ""
    searched = (
        f"From {_listed(seeds)}, {generations} generations tried {candidates:,} functions, "
        f"seeds included, {'all' if trained == candidates else f'{trained:,}'} of which were "
        f"trained on {search_tasks} tasks{early} and paid for one thing: their loss {paid} the "
        "range they were trained on."
    )
    rows = {row["candidate_id"]: row for row in board.to_dict("records")}
    if champion_id is None:
        return (searched, "No mined function qualified as champion.")
    if champion_id not in rows:
        return (searched, "The champion has no losses on the held-out tasks.")
    row = rows[champion_id]
    answered = (
        f"On held-out tasks the champion {row['name']} has {_ratio(row, 'relu')} ReLU\u2019s "
        f"and {_ratio(row, 'gelu')} GELU\u2019s out-of-distribution loss, a fitness of "
        f"{signed(row['held_out_fitness'])} (95% interval {signed(row['ci_low'])} to "
        f"{signed(row['ci_high'])})."
    )
    return (answered, *_against_known(row, board), searched)


def _ratio(row: Mapping[Any, Any], reference: str) -> str:
    text = f"{row[f'ratio_{reference}']:.2f}\N{MULTIPLICATION SIGN}"
    low, high = (row.get(f"ratio_{reference}_{end}") for end in ("low", "high"))
    if _number(low) and _number(high):
        text += f" ({low:.2f} to {high:.2f})"
    return text


def _number(value: Any) -> bool:
    return isinstance(value, float | int) and isfinite(value)


def _against_known(row: Mapping[Any, Any], board: pd.DataFrame) -> tuple[str, ...]:
    known = board[board["origin"] != "mined"]
    if known.empty:
        return ()
    p: Any = row.get("p_best")
    if _number(p):
        rival = known[known["ratio_best"] == 1.0].iloc[0]  # which the test was made against
        side = "above" if row["held_out_fitness"] > rival["held_out_fitness"] else "below"
        verdict = (
            f"a paired test sets the champion {side} it"
            if p < 0.05
            else "a paired test does not set the two apart"
        )
        return (
            f"{rival['name']}, the known function that is best on the search tasks, has "
            f"{signed(rival['held_out_fitness'])}; {verdict} (p = {p:.2g}; tested "
            "before the other finalists, it needs no correction).",
        )
    best = known.iloc[0]
    start = f"{best['name']}, the best known function, has {signed(best['held_out_fitness'])}"
    level = float(best["held_out_fitness"])
    if row["ci_low"] > level:
        verdict = "the champion\u2019s whole interval lies above it"
    elif row["ci_high"] < level:
        verdict = "the champion\u2019s whole interval lies below it"
    else:
        verdict = "which the champion\u2019s interval holds, so the two are not told apart"
    return (f"{start}, {verdict}." if verdict.startswith("which") else f"{start}; {verdict}.",)


def _listed(names: tuple[str, ...]) -> str:
    if len(names) > _TOLD:
        return f"{len(names)} known functions"
    return names[0] + " alone" if len(names) == 1 else ", ".join(names)
