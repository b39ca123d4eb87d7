"""Says whether a search leaves slots for new candidates; imports nothing, for planning."""

from typing import Any


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
