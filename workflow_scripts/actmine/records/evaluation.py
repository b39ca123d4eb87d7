"""One measurement of one candidate: its losses, or why it has none."""

from dataclasses import dataclass
from itertools import chain
from math import isfinite
from typing import Any, ClassVar

from actmine.records.form import Form
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.records.training import Training

Table = tuple[tuple[float, ...], ...]

REGIONS = ("train", "id", "ood")


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
class Evaluation(Training):
    """What `train` writes for a slot; fitness is derived from it, never stored in it.

    Attributes:
        slot: the slot it fills; none for catalog functions and finalists.
        suite: name of the suite, and `suite_hash` its content.
        replicates: the replicate numbers, one a column of the loss tables.
        train, id, ood: (task, replicate) mean squared errors of standardised targets.
        curve: (task, checkpoint) training loss on minibatches, mean over replicates.
        rungs: on the way, by steps; the last one is where a pruned fit was stopped.
        relative: (task, replicate) median relative error outside the training region, of suites
            whose source judges by it; empty for all others.
    """

    FORM: ClassVar = Form(
        version=1, grouped={"losses": REGIONS}, optional=("device", "relative")
    )

    suite: str
    suite_hash: str
    replicates: tuple[int, ...]
    slot: Slot | None = None
    train: Table = ()
    id: Table = ()
    ood: Table = ()
    curve: Table = ()
    rungs: tuple[Rung, ...] = ()
    relative: Table = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.status is Status.PRUNED and not self.rungs:
            raise ValueError(f"{self.candidate_id}: pruned, at no rung")
        for region in REGIONS:
            table: Table = getattr(self, region)
            if self.is_scored != bool(table):
                raise ValueError(f"{self.candidate_id}: {region} losses if scored, else none")
            if not _finite(table):
                raise ValueError(f"{self.candidate_id}: a {region} loss is not finite")
        if not _finite(self.relative):
            raise ValueError(f"{self.candidate_id}: a relative error is not finite")


def _finite(table: Table) -> bool:
    return all(map(isfinite, chain.from_iterable(table)))


def table(rows: Any) -> Table:
    """A nested sequence as nested tuples of floats."""
    return tuple(tuple(float(value) for value in row) for row in rows)
