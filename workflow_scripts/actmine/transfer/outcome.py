"""What came of training one function on one benchmark with one seed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import ClassVar

from actmine.records.form import Form
from actmine.records.training import Training


@dataclass(frozen=True, kw_only=True)
class Outcome(Training):
    """One measurement; its timings are over all rates.

    Attributes:
        benchmark: and `data_hash`, its content.
        seed: of initial weights and minibatches.
        scores: by split; `val` chose the learning rate.
        learning_rate: the one that was taken, and `rates` what each tried one scored on val.
    """

    FORM: ClassVar = Form(version=1, optional=("device",))

    benchmark: str
    data_hash: str
    seed: int
    scores: Mapping[str, float] = field(default_factory=dict)
    learning_rate: float | None = None
    rates: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        place = f"{self.candidate_id} on {self.benchmark}"
        scored = self.is_scored
        if scored != bool(self.scores) or scored == (self.learning_rate is None):
            raise ValueError(f"{place}: scores and a learning rate if scored, else none")
        if not all(isfinite(value) for value in self.scores.values()):
            raise ValueError(f"{place}: a score is not finite")
