"""What the record of any training says, whatever was trained on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from actmine.records.status import NEXT, Status

MEASURED = NEXT[Status.ACCEPTED]

CPU = "cpu"


@dataclass(frozen=True, kw_only=True)
class Training:
    """One training of one candidate.

    Attributes:
        candidate_id: content hash of the source that was trained.
        status: `scored` exactly when something was measured.
        reason: why nothing was; empty if scored.
        layers: the isolation in force when it ran.
        device: the card on which it was trained, or `cpu`.
        cpu_capability: the processor's kernels; bits are promised for each set of them, and for
            each device.
        machine_dependent: the status hangs on this machine's speed (a time limit), or on what
            ended every child without a word; the latter is never kept.
        timings: `cpu_s`, `wall_s`, `peak_mb`; the only part that differs between reruns.
    """

    candidate_id: str
    status: Status
    reason: str = ""
    layers: Mapping[str, str] = field(default_factory=dict)
    device: str = CPU
    cpu_capability: str = ""
    machine_dependent: bool = False
    timings: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.status not in MEASURED:
            raise ValueError(f"{self.candidate_id}: {self.status} is no outcome of training")
        if self.is_scored == bool(self.reason):
            raise ValueError(f"{self.candidate_id}: a reason if not scored, else none")

    @property
    def is_scored(self) -> bool:
        """Whether there is anything but a reason."""
        return self.status is Status.SCORED
