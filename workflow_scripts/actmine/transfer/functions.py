"""Chooses which functions are taken to the benchmarks."""

from collections.abc import Sequence

from actmine.gate.examine import Examination, examine, listed
from actmine.records.candidate import Candidate
from actmine.records.listed import Listed, Role
from actmine.sandbox.host import Sandbox
from actmine.transfer.plan import CHAMPION, FINALISTS, NONE


def judged(
    candidates: Sequence[Candidate], *, sandbox: Sandbox, settings: Examination
) -> list[Listed]:
    """Known functions and a user's own with the gate's verdict, as mined ones have it."""
    return [
        listed(candidate, examine(candidate.source, sandbox=sandbox, settings=settings))
        for candidate in candidates
    ]


def mined_functions(
    finalists: Sequence[Listed], *, champion_id: str | None, mined: str
) -> list[Listed]:
    """The champion or all finalists, each once; what was drawn for contrast is left out.

    Raises:
        ValueError: the champion is none of the finalists.
    """
    by_id = {one.candidate_id: one for one in finalists if one.role is not Role.CONTRAST}
    if mined == NONE or (mined == CHAMPION and champion_id is None):
        return []
    if mined == FINALISTS:
        return list(by_id.values())
    if champion_id not in by_id:
        raise ValueError(
            f"the champion {champion_id} is none of {len(by_id)} finalists; delete the run's "
            "folder `validation` and run again"
        )
    return [by_id[str(champion_id)]]
