"""The networks of a configuration: what a child knows of it, and loads before it is locked."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """The networks in which an activation is tried, and their training. [ours]

    Attributes:
        width: units of every hidden layer.
        depth: hidden layers; the activation follows each.
        steps: optimizer steps.
        batch: rows of a minibatch, of a prediction chunk, and of what a candidate sees.
        learning_rate: the optimizer's, decayed to zero along a half cosine.
        optimizer: adam, or sgd with momentum.
    """

    width: int
    depth: int
    steps: int
    batch: int
    learning_rate: float
    optimizer: Literal["adam", "sgd"]

    @property
    def optimizer_name(self) -> str:
        """For people and models."""
        return {"adam": "Adam", "sgd": "momentum SGD"}[self.optimizer]
