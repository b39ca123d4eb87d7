"""A candidate activation: its source, its name and where it comes from."""

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


def candidate_id(source: str) -> str:
    """The content hash that names a source text everywhere: "c" and 16 hex digits."""
    return "c" + hashlib.sha256(source.encode()).hexdigest()[:16]


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
