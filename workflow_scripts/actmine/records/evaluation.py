"""One measurement of one candidate: its losses, or why it has none."""

from dataclasses import dataclass, field
from itertools import chain
from math import isfinite
from typing import Any, ClassVar

from actmine.records.form import Form
from actmine.records.slot import Slot
from actmine.records.status import NEXT, Status

Table = tuple[tuple[float, ...], ...]

REGIONS = ("train", "id", "ood")
MEASURED = NEXT[Status.ACCEPTED]


@dataclass(frozen=True, kw_only=True)
class Rung:
    """What an unfinished fit was worth.

    Attributes:
        steps: optimizer steps that lay behind it.
        id, ood: (task, replicate) as in an evaluation; both empty if a prediction was not
            finite.
    """

    steps: int
    id: Table = ()
    ood: Table = ()

    def __post_init__(self) -> None:
        if bool(self.id) != bool(self.ood):
            raise ValueError(f"rung {self.steps}: losses of both regions, or of none")
        if not _finite(self.id + self.ood):
            raise ValueError(f"rung {self.steps}: a loss is not finite")


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What `train` writes for a slot; fitness is derived from it, never stored in it.

    Attributes:
        candidate_id: content hash of the source that was trained.
        slot: the slot it fills; none for catalog functions and finalists.
        status: `scored` exactly when there are losses.
        reason: why there are none; empty if scored.
        suite: name of the suite, and `suite_hash` its content.
        replicates: the replicate numbers, one a column of the loss tables.
        train, id, ood: (task, replicate) mean squared errors of standardised targets.
        curve: (task, checkpoint) training loss on minibatches, mean over replicates.
        rungs: on the way, by steps; the last one is where a pruned fit was stopped.
        layers: the isolation in force when it ran.
        cpu_capability: the vector instructions used; bits are promised per capability.
        machine_dependent: the status hangs on this machine's speed (a time limit).
        timings: `cpu_s`, `wall_s`, `peak_mb`; the only part that differs between reruns.
    """

    FORM: ClassVar = Form(version=1, grouped={"losses": REGIONS})

    candidate_id: str
    status: Status
    suite: str
    suite_hash: str
    replicates: tuple[int, ...]
    slot: Slot | None = None
    reason: str = ""
    train: Table = ()
    id: Table = ()
    ood: Table = ()
    curve: Table = ()
    rungs: tuple[Rung, ...] = ()
    layers: dict[str, str] = field(default_factory=dict)
    cpu_capability: str = ""
    machine_dependent: bool = False
    timings: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.status not in MEASURED:
            raise ValueError(f"{self.candidate_id}: {self.status} is no outcome of training")
        scored = self.status is Status.SCORED
        if scored == bool(self.reason):
            raise ValueError(f"{self.candidate_id}: a reason if not scored, else none")
        if self.status is Status.PRUNED and not self.rungs:
            raise ValueError(f"{self.candidate_id}: pruned, at no rung")
        for region in REGIONS:
            table: Table = getattr(self, region)
            if scored != bool(table):
                raise ValueError(f"{self.candidate_id}: {region} losses if scored, else none")
            if not _finite(table):
                raise ValueError(f"{self.candidate_id}: a {region} loss is not finite")


def _finite(table: Table) -> bool:
    return all(map(isfinite, chain.from_iterable(table)))


def table(rows: Any) -> Table:
    """A nested sequence as nested tuples of floats."""
    return tuple(tuple(float(value) for value in row) for row in rows)
