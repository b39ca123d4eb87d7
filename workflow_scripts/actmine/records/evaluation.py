"""One measurement of one candidate: its losses, or why it has none."""

from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any

from actmine.records.slot import Slot
from actmine.records.status import NEXT, Status

SCHEMA_VERSION = 1

Table = tuple[tuple[float, ...], ...]

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
        if not all(isfinite(loss) for row in (*self.id, *self.ood) for loss in row):
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
        for region in ("train", "id", "ood"):
            table: Table = getattr(self, region)
            if scored != bool(table):
                raise ValueError(f"{self.candidate_id}: {region} losses if scored, else none")
            if not all(isfinite(loss) for row in table for loss in row):
                raise ValueError(f"{self.candidate_id}: a {region} loss is not finite")


def to_row(evaluation: Evaluation) -> dict[str, Any]:
    """The JSON form of one evaluation."""
    slot = evaluation.slot
    return {
        "schema_version": SCHEMA_VERSION,
        "candidate_id": evaluation.candidate_id,
        "slot": None if slot is None else slot_to_row(slot),
        "status": evaluation.status.value,
        "reason": evaluation.reason,
        "suite": evaluation.suite,
        "suite_hash": evaluation.suite_hash,
        "replicates": list(evaluation.replicates),
        "losses": {"train": evaluation.train, "id": evaluation.id, "ood": evaluation.ood},
        "curve": evaluation.curve,
        "rungs": [asdict(rung) for rung in evaluation.rungs],
        "layers": evaluation.layers,
        "cpu_capability": evaluation.cpu_capability,
        "machine_dependent": evaluation.machine_dependent,
        "timings": evaluation.timings,
    }


def from_row(row: dict[str, Any]) -> Evaluation:
    """Reads the JSON form.

    Raises:
        ValueError: written by another schema version, or its fields contradict each other.
    """
    if row.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(
            f"evaluation of {row.get('candidate_id')}: schema version "
            f"{row.get('schema_version')}, not {SCHEMA_VERSION}; use the actmine that wrote it"
        )
    losses = row["losses"]
    return Evaluation(
        candidate_id=row["candidate_id"],
        slot=None if row["slot"] is None else slot_from_row(row["slot"]),
        status=Status(row["status"]),
        reason=row["reason"],
        suite=row["suite"],
        suite_hash=row["suite_hash"],
        replicates=tuple(row["replicates"]),
        train=table(losses["train"]),
        id=table(losses["id"]),
        ood=table(losses["ood"]),
        curve=table(row["curve"]),
        rungs=tuple(
            Rung(steps=one["steps"], id=table(one["id"]), ood=table(one["ood"]))
            for one in row.get("rungs", ())  # runs before there were rungs have none
        ),
        layers=row["layers"],
        cpu_capability=row["cpu_capability"],
        machine_dependent=row["machine_dependent"],
        timings=row["timings"],
    )


def slot_to_row(slot: Slot) -> dict[str, int]:
    """The JSON form of a slot."""
    return {"generation": slot.generation, "island": slot.island, "index": slot.index}


def slot_from_row(row: dict[str, int]) -> Slot:
    """Reads the JSON form of a slot."""
    return Slot(generation=row["generation"], island=row["island"], index=row["index"])


def table(rows: Any) -> Table:
    """A nested sequence as nested tuples of floats."""
    return tuple(tuple(float(value) for value in row) for row in rows)
