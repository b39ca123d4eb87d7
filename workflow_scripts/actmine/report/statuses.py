"""How a candidate's status is told: its word, what it means, its colour."""

from dataclasses import dataclass

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


@dataclass(frozen=True, kw_only=True)
class Told:
    """One status for readers.

    Attributes:
        colour: of its bars, as the canvas has it.
    """

    word: str
    meaning: str
    colour: str

    @property
    def property(self) -> str:
        """The colour as the page's style sheet has it, light or dark."""
        return PROPERTIES[self.colour]


def _told(word: str, colour: str, meaning: str) -> Told:
    return Told(word=word, meaning=meaning, colour=colour)


# In the order in which bars are stacked.
STATUSES: dict[Status, Told] = {
    Status.SCORED: _told("scored", BLUE, "trained to the end; only these have a fitness"),
    Status.PRUNED: _told(
        "pruned", GREEN, "promised too little after a part of the steps, and was stopped there"
    ),
    Status.DUPLICATE: _told(
        "duplicate", SKY, "behaves like a function seen before, and was not trained"
    ),
    Status.REJECTED: _told(
        "rejected", ORANGE, "broke a rule of the gate, or needs more compute than is allowed"
    ),
    Status.FAILED: _told("failed", VERMILION, "ended in an error or in numbers not finite"),
    Status.TIMEOUT: _told("timed out", PURPLE, "came to the limit of CPU time in training"),
    Status.SKIPPED: _told(
        "skipped", MUTED, "nothing was proposed: the budget was spent, or no model answered"
    ),
    Status.ACCEPTED: _told("untrained", YELLOW, "passed the gate and has no measurement"),
    Status.PROPOSED: _told("unexamined", INK, "was written and has not met the gate"),
}
