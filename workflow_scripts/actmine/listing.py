"""A candidate outside the search's slots: of the catalog, a finalist, a user's file."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from actmine.candidate import Candidate, Coupling, Origin, Status
from actmine.evolution.population import Elite
from actmine.gate.examine import Verdict
from actmine.gate.fingerprint import encode


class Role(StrEnum):
    """Why a function is measured on held-out tasks.

    Attributes:
        CATALOG: known, for comparison.
        FINALIST: mined, a candidate for the champion.
        CONTRAST: mined, drawn at random: shows what selection is worth, and is no champion.
    """

    CATALOG = "catalog"
    FINALIST = "finalist"
    CONTRAST = "contrast"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One line of a candidates.jsonl.

    Attributes:
        status, reason: the gate's verdict.
        flops: per input element; none where the gate refused before the count.
        fingerprint: base64 of its behaviour on the fixed probe; empty like `flops`.
        search_fitness: of the search's own measurement; none if the search had none.
        found_as: the id under which the search found it, if this is a shorter form.
        role: why it is measured on held-out tasks.
    """

    candidate_id: str
    name: str
    source: str
    origin: Origin
    status: Status
    reason: str = ""
    flops: float | None = None
    coupling: Coupling | None = None
    fingerprint: str = ""
    search_fitness: float | None = None
    found_as: str = ""
    role: Role = Role.CATALOG

    @classmethod
    def of(cls, candidate: Candidate, verdict: Verdict) -> Self:
        """A candidate with the gate's verdict on it."""
        return cls(
            candidate_id=candidate.candidate_id,
            name=candidate.name,
            source=candidate.source,
            origin=candidate.origin,
            status=verdict.status,
            reason=verdict.reason,
            flops=verdict.flops,
            coupling=verdict.coupling,
            fingerprint="" if verdict.fingerprint is None else encode(verdict.fingerprint),
        )

    @classmethod
    def of_elite(cls, elite: Elite) -> Self:
        """An elite of a search, which the gate accepted before."""
        return cls(
            candidate_id=elite.candidate_id,
            name=elite.name,
            source=elite.source,
            origin=elite.origin,
            status=Status.ACCEPTED,
            flops=elite.flops,
            coupling=elite.coupling,
            fingerprint=elite.fingerprint,
            search_fitness=elite.fitness,
            role=Role.FINALIST,
        )


def to_row(listed: Listed) -> dict[str, Any]:
    """The JSON form."""
    return asdict(listed)


def from_row(row: dict[str, Any]) -> Listed:
    """Reads the JSON form."""
    return Listed(
        **{
            **row,
            "origin": Origin(row["origin"]),
            "status": Status(row["status"]),
            "role": Role(row["role"]),
            "coupling": None if row["coupling"] is None else Coupling(row["coupling"]),
        }
    )
