"""A candidate outside the search's slots: of the catalog, a finalist, a user's file."""

from dataclasses import dataclass
from enum import StrEnum

from actmine.records.candidate import Coupling, Origin, candidate_id
from actmine.records.status import Status


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
        fingerprint: base64 of its behaviour on the run's probe; empty like `flops`.
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

    def require_own_source(self) -> None:
        """Refuses a line whose source is not the one that its id was made from.

        Raises:
            ValueError: the message names the candidate and the remedy.
        """
        if candidate_id(self.source) != self.candidate_id:
            raise ValueError(
                f"{self.candidate_id}: its source was changed; delete the file that lists it"
            )
