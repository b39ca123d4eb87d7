"""A rung of the ladder as a proposal carries it."""

from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """Below which fitness a fit ends early.

    Attributes:
        steps: optimizer steps after which it is asked.
        fitness: at that step, against ReLU at that step.
    """

    steps: int
    fitness: float

    def __post_init__(self) -> None:
        if self.steps < 1 or not isfinite(self.fitness):
            raise ValueError(f"{self}: a finite fitness after at least one step")
