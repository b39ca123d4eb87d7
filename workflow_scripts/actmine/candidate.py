"""A candidate activation: what it is, where it came from, and what became of it."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """Who found a function: a textbook, the paper, or one of our runs."""

    CATALOG = "catalog"
    PAPER = "paper"
    MINED = "mined"


class Coupling(StrEnum):
    """Which other elements of a (batch, feature) input an output element depends on."""

    POINTWISE = "pointwise"
    FEATURE = "feature-coupled"
    BATCH = "batch-coupled"


class Status(StrEnum):
    """What became of a slot's candidate. `scored` is the only one that bears losses."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    SKIPPED = "skipped"
    SCORED = "scored"
    FAILED = "failed"
    TIMEOUT = "timeout"
    PRUNED = "pruned"


# `propose` takes the first step of a slot, `train` the second.
NEXT: dict[Status, frozenset[Status]] = {
    Status.PROPOSED: frozenset(
        {Status.ACCEPTED, Status.REJECTED, Status.DUPLICATE, Status.SKIPPED}
    ),
    Status.ACCEPTED: frozenset(
        {Status.SCORED, Status.FAILED, Status.TIMEOUT, Status.PRUNED, Status.REJECTED}
    ),
}


def require_step(old: Status, new: Status) -> None:
    """Refuses a change of status that no stage may make.

    Raises:
        ValueError: `new` does not follow `old`.
    """
    if new not in NEXT.get(old, frozenset()):
        raise ValueError(f"a candidate cannot go from {old} to {new}")


def candidate_id(source: str) -> str:
    """The content hash that names a source text everywhere: "c" and 16 hex digits."""
    return "c" + hashlib.sha256(source.encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True, order=True)
class Slot:
    """A place in the search that one candidate fills; `index` counts within the island."""

    generation: int
    island: int
    index: int


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A source text with its name and origin.

    Attributes:
        source: Python that defines `activation(x)`.
        name: for people; two candidates may share one.
    """

    source: str
    name: str
    origin: Origin

    @property
    def candidate_id(self) -> str:
        """The content hash of the source."""
        return candidate_id(self.source)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A source that the gate refused or that broke in training, and why."""

    source: str
    reason: str
