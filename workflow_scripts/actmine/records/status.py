"""What may become of a candidate, and the steps that a stage may take it."""

from enum import StrEnum


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
