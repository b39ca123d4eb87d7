"""What is counted as a candidate: a new function that a search tried."""

from actmine.records.proposal import Kind
from actmine.records.status import Status


def is_candidate(*, generation: int, kind: str, status: str) -> bool:
    """Whether a slot holds a candidate, trained or refused.

    The known functions that a search begins with (generation 0), elites that are measured
    again, and slots that nobody filled are none.
    """
    return generation > 0 and kind == Kind.NEW and status != Status.SKIPPED
