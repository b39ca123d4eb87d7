"""What comes of training one source in the sandbox, whatever it is trained on."""

from collections.abc import Callable, Mapping
from typing import Any

from actmine.records.candidate import candidate_id
from actmine.records.status import Status, require_step
from actmine.records.training import CPU
from actmine.sandbox.layers import Limits
from actmine.sandbox.protocol import printable
from actmine.sandbox.reply import Reply

UNTRACEABLE = "untraceable"  # likewise, why a function cannot be written down for a card
INCONSISTENT = "inconsistent"  # a reply's key to why a function is not what the gate examined

_WALL_PER_CPU = 4  # a machine may be shared by this many before its clock ends a training


def training_limits(*, memory_mb: int, cpu_s: float) -> Limits:
    """What one training may use, with room on the clock for a machine that is shared."""
    return Limits(
        memory_mb=memory_mb,
        cpu_s=cpu_s,
        wall_s=60 + _WALL_PER_CPU * cpu_s,
    )


def result(
    source: str, reply: Reply, score: Callable[[Reply], Mapping[str, Any]]
) -> dict[str, Any]:
    """What the record of a training says: its scores, or why it has none.

    Args:
        score: the record's own fields, from a reply that is to be distrusted; it raises
            ValueError at one that makes no sense.
    """
    if not reply.ok:
        status = Status.TIMEOUT if reply.timed_out else Status.FAILED
        return without_scores(source, status, reply.reason, reply)
    if INCONSISTENT in reply.header:
        reason = f"{INCONSISTENT}: {printable(str(reply.header[INCONSISTENT]))}"
        return without_scores(source, Status.REJECTED, reason, reply)
    try:
        scores = score(reply)
    except ValueError as error:
        return without_scores(source, Status.FAILED, str(error), reply)
    return {
        **_circumstances(source, Status.SCORED, reply),
        **scores,
        "cpu_capability": reply.cpu_capability,
    }


def without_scores(
    source: str, status: Status, reason: str, reply: Reply | None = None
) -> dict[str, Any]:
    """What the record of a training without scores says; without a reply, of none at all."""
    return {
        **_circumstances(source, status, reply),
        "reason": reason,
        "machine_dependent": reply is not None and (reply.timed_out or reply.disturbed),
    }


def untraceable(source: str, reply: Reply, remedy: str) -> dict[str, Any]:
    """What the record of a function says that cannot be trained on the card.

    It is none of a function's own faults, and never kept.
    """
    why = printable(str(reply.header[UNTRACEABLE]))
    reason = f"no list of operations for the card: {why}; {remedy}"
    fields = without_scores(source, Status.FAILED, reason, reply)
    return {**fields, "machine_dependent": True}


def _circumstances(source: str, status: Status, reply: Reply | None) -> dict[str, Any]:
    require_step(Status.ACCEPTED, status)
    timings = {}
    if reply is not None:
        timings = {"cpu_s": reply.cpu_s, "wall_s": reply.wall_s, "peak_mb": reply.peak_mb}
    return {
        "candidate_id": candidate_id(source),
        "status": status,
        "layers": {} if reply is None else reply.layers,
        "device": reply.device if reply is not None and reply.device else CPU,
        "timings": {name: round(value, 3) for name, value in timings.items()},
    }
