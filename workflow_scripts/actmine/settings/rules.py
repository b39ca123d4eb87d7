"""Says what is wrong with a ladder; imports nothing, for the configuration reads it."""

from collections.abc import Mapping, Sequence
from typing import Any


def flaw(ladder: Sequence[Mapping[str, Any]], *, steps: int, elites: int) -> str:
    """Why a ladder cannot work; empty if it can.

    Args:
        steps: of a whole fit.
        elites: that an archive holds.
    """
    below = 0
    for number, rung in enumerate(ladder):
        path = f"search.ladder.{number}"
        if not below < rung["steps"] < steps:
            return (
                f"{path}.steps: is {rung['steps']}, must be above {below} and below lab.steps "
                f"({steps}); rungs ascend, and the end of a fit is none"
            )
        if rung["keep"] > elites:
            return (
                f"{path}.keep: is {rung['keep']}, above search.elites ({elites}), so that it "
                "would never stop a fit; lower it"
            )
        below = rung["steps"]
    return ""


def no_room(search: dict[str, Any]) -> str:
    """Why a configuration's measuring again leaves no room for what is new; else empty."""
    slots, again = search["candidates_per_island"], search["remeasure_slots"]
    if again >= slots:
        return (
            f"search.remeasure_slots: is {again}, not below search.candidates_per_island "
            f"({slots}); lower it, or nothing new is ever tried"
        )
    if search["rotate_every"] != 1:
        return ""
    if search["elites"] >= slots:
        return (
            f"search.rotate_every: is 1, and search.elites ({search['elites']}) fill all "
            f"search.candidates_per_island ({slots}) slots of every new draw; keep fewer elites"
        )
    if search["islands"] > 1 and (search["migration_every"] or search["reset_every"]):
        return (
            "search.rotate_every: is 1, and islands cannot meet in a generation that changes "
            "its tasks; set it to 2 or more, or migration_every and reset_every to null"
        )
    return ""
