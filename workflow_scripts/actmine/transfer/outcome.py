"""What came of training one function on one benchmark with one seed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import ClassVar

from actmine.records.form import Form
from actmine.records.status import NEXT, Status


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

    FORM: ClassVar = Form(version=1)

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
