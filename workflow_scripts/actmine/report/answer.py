"""Tells what was searched and what came of it, in three sentences."""

from collections.abc import Collection

import pandas as pd

from actmine.number_text import counted, signed
from actmine.report.verdicts import Verdicts

_TOLD = 6  # seeds that are named one by one
_PAID = {"ood": "outside", "id": "on new inputs from"}


def answer(
    *,
    board: pd.DataFrame,
    champion_id: str | None,
    verdicts: Verdicts,
    candidates: int,
    scored: int,
    stopped: int,
    generations: int,
    search_tasks: int,
    seeds: tuple[str, ...],
    regions: Collection[str],
) -> tuple[str, ...]:
    """How the champion stands to known functions, its fitness, and what was searched.

    Args:
        board: a leaderboard, best first.
        champion_id: none if no function qualified.
        regions: whose loss counts, of each arm's target.
        candidates: new functions that the search tried.
        scored: candidates whose fits ran to their end; `stopped` those ended by a ladder.
    """
    trained = scored + stopped
    paid = " and ".join(_PAID[region] for region in sorted(set(regions), reverse=True))
    early = f" ({stopped:,} of them not to the end)" if stopped else ""
    searched = (
        f"From {_listed(seeds)}, {counted(generations, 'generation')} tried "
        f"{counted(candidates, 'candidate')}, "
        f"{'all' if trained == candidates else f'{trained:,}'} of which were "
        f"trained on {counted(search_tasks, 'task')}{early} and paid for one thing: their "
        f"loss {paid} the range they were trained on."
    )
    rows = {row["candidate_id"]: row for row in board.to_dict("records")}
    if champion_id is None:
        return (searched, "No mined function qualified as champion.")
    if champion_id not in rows:
        return (searched, "The champion has no losses on the held-out tasks.")
    row = rows[champion_id]
    fitness = (
        f"Its fitness there is {signed(row['held_out_fitness'])} (95% interval "
        f"{signed(row['ci_low'])} to {signed(row['ci_high'])}; ReLU\u2019s is 0)."
    )
    return (verdicts.sentence(row["name"]), fitness, searched)


def _listed(names: tuple[str, ...]) -> str:
    if len(names) > _TOLD:
        return f"{len(names)} known functions"
    return names[0] + " alone" if len(names) == 1 else ", ".join(names)
