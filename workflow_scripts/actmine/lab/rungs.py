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
