"""How a candidate's status is shown: its word, its colour, what it means."""

from typing import NamedTuple

from actmine.records.status import Status
from actmine.report.canvas import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PROPERTIES,
    PURPLE,
    SKY,
    VERMILION,
    YELLOW,
)


class Legend(NamedTuple):
    """How readers see one status; the colour is that of its bars, as the canvas has it."""

    word: str
    colour: str
    meaning: str

    @property
    def property(self) -> str:
        """The colour as the page's style sheet has it, light or dark."""
        return PROPERTIES[self.colour]


# In the order in which bars are stacked.
STATUSES: dict[Status, Legend] = {
    Status.SCORED: Legend("scored", BLUE, "trained to the end; only these have a fitness"),
    Status.PRUNED: Legend(
        "pruned", GREEN, "promised too little after a part of the steps, and was stopped there"
    ),
    Status.DUPLICATE: Legend(
        "duplicate", SKY, "behaves like a function seen before, and was not trained"
    ),
    Status.REJECTED: Legend(
        "rejected", ORANGE, "broke a rule of the gate, or needs more compute than is allowed"
    ),
    Status.FAILED: Legend("failed", VERMILION, "ended in an error or in numbers not finite"),
    Status.TIMEOUT: Legend("timed out", PURPLE, "came to the limit of CPU time in training"),
    Status.SKIPPED: Legend(
        "skipped", MUTED, "nothing was proposed: the budget was spent, or no model answered"
    ),
    Status.ACCEPTED: Legend("untrained", YELLOW, "passed the gate and has no measurement"),
    Status.PROPOSED: Legend("unexamined", INK, "was written and has not met the gate"),
}
