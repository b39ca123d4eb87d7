"""What came of training one function on one benchmark with one seed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any

from actmine.records.status import NEXT, Status

SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One measurement.

    Attributes:
        candidate_id: content hash of the source that was trained.
        benchmark: and `data_hash`, its content.
        seed: of initial weights and minibatches.
        status: `scored` exactly when there are scores.
        reason: why there are none; empty if scored.
        scores: by split; `val` chose the learning rate.
        learning_rate: the one that was taken, and `rates` what each tried one scored on val.
        layers: the isolation in force when it ran.
        cpu_capability: the vector instructions used; bits are promised per capability.
        machine_dependent: the status hangs on this machine's speed (a time limit).
        timings: `cpu_s`, `wall_s`, `peak_mb` over all rates; the only part that differs
            between reruns.
    """

    candidate_id: str
    benchmark: str
    data_hash: str
    seed: int
    status: Status
    reason: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)
    learning_rate: float | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    layers: Mapping[str, str] = field(default_factory=dict)
    cpu_capability: str = ""
    machine_dependent: bool = False
    timings: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        place = f"{self.candidate_id} on {self.benchmark}"
        if self.status not in NEXT[Status.ACCEPTED]:
            raise ValueError(f"{place}: {self.status} is no outcome of training")
        scored = self.status is Status.SCORED
        if scored == bool(self.reason):
            raise ValueError(f"{place}: a reason if not scored, else none")
        if scored != bool(self.scores) or scored == (self.learning_rate is None):
            raise ValueError(f"{place}: scores and a learning rate if scored, else none")
        if not all(isfinite(value) for value in self.scores.values()):
            raise ValueError(f"{place}: a score is not finite")


def to_row(outcome: Outcome) -> dict[str, Any]:
    """The JSON form of one outcome."""
    return {"schema_version": SCHEMA_VERSION, **asdict(outcome)}


def from_row(row: Mapping[str, Any]) -> Outcome:
    """Reads the JSON form.

    Raises:
        ValueError: written by another schema version, or its fields contradict each other.
    """
    fields = dict(row)
    version = fields.pop("schema_version", None)
    if version != SCHEMA_VERSION:
        raise ValueError(
            f"outcome of {row.get('candidate_id')}: schema version {version}, not "
            f"{SCHEMA_VERSION}; use the actmine that wrote it"
        )
    return Outcome(**{**fields, "status": Status(fields["status"])})
