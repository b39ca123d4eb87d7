"""What every network has in common: how its activation is applied, how rows become a batch."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from actmine.transfer.parts import Arrays

Activation = Callable[[Tensor], Tensor]
Inputs = dict[str, Tensor]
Outputs = dict[str, Tensor]
Random = np.random.Generator
Rows = NDArray[np.intp]


class _Applied(nn.Module):
    def __init__(self, activation: Activation) -> None:
        super().__init__()
        self.activation = activation


class PerSample(_Applied):
    """Applies an activation to (sample, features), the shape that the gate examined.

    A feature map (sample, channel, height, width) is one row a sample: what the gate calls
    feature-coupled then never mixes samples, and what it calls batch-coupled does.
    """

    def forward(self, x: Tensor) -> Tensor:
        """The same shape as x, whose first axis counts samples."""
        return self.activation(x.flatten(start_dim=1)).view_as(x)


class PerFeatureVector(_Applied):
    """Applies an activation to (row, features), where every node or pair is a row.

    The last axis of x holds the features. No batch has padding, so that no statistic over
    rows sees any.
    """

    def forward(self, x: Tensor) -> Tensor:
        """The same shape as x."""
        return self.activation(x.reshape(-1, x.shape[-1])).view_as(x)


class Network(nn.Module):
    """A network that maps named inputs to named outputs.

    Attributes:
        shapes_vary: how many rows its activation is given depends on which examples are in a
            minibatch.
    """

    shapes_vary: ClassVar[bool] = False

    def collate(self, arrays: Arrays, rows: Rows, *, rng: Random | None = None) -> Inputs:
        """The inputs of some rows.

        Args:
            arrays: the inputs of one part.
            rows: which of them, in this order.
            rng: augments training rows, where a network does that.
        """
        return {name: torch.from_numpy(array[rows]) for name, array in arrays.items()}

    def rows(self, arrays: Arrays) -> int:
        """How many examples a part has."""
        return len(next(iter(arrays.values())))
