"""Networks side by side, differentiated by hand in memory that is kept from step to step.

Only the activation between two layers is differentiated by torch, once: see `operations`. On
processors the products are NumPy's: its BLAS goes by what one can do, torch's by who made it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import prod
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

CPU = torch.device("cpu")


class Applied(Protocol):
    """An activation on memory of its own, all (member, batch, width).

    Attributes:
        x, y: what goes in and comes out.
        slope_y, slope_x: of the loss with respect to them.
        nbytes: of all the memory that it keeps.
    """

    x: Tensor
    y: Tensor
    slope_y: Tensor
    slope_x: Tensor
    nbytes: int

    def forward(self) -> None:
        """Fills y, from x."""

    def backward(self) -> None:
        """Fills slope_x, from slope_y and the last forward's x; slope_y may be lost."""


# Puts an activation to work on x and slope_y.
Apply = Callable[[Tensor, Tensor], Applied]


@dataclass(frozen=True)
class Parameters:
    """Weights (member, in, out) and biases (member, 1, out), one a layer; or their slopes."""

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]

    @classmethod
    def within(cls, flat: Tensor, *, members: int, sizes: Sequence[int]) -> "Parameters":
        """Views of one vector: the weights of all layers, then the biases.

        Args:
            sizes: of the inputs, of every hidden layer, and 1.
        """
        shapes = [
            *((members, size, out) for size, out in pairwise(sizes)),
            *((members, 1, out) for out in sizes[1:]),
        ]
        parts = flat.detach().split([prod(shape) for shape in shapes])
        views = [part.view(shape) for part, shape in zip(parts, shapes, strict=True)]
        layers = len(sizes) - 1
        return cls(weights=tuple(views[:layers]), biases=tuple(views[layers:]))


class Layers:
    """Perceptrons with one output each.

    Attributes:
        sizes: of the inputs, of every hidden layer, and 1.
        applied: the activation of each hidden layer, with what it was given last.

    Args:
        apply: puts the activation to work on a layer's memory.
        sizes: likewise.
        members, rows: how many networks, and rows for each.
        device: on which all of it stands.
    """

    def __init__(
        self,
        apply: Apply,
        sizes: Sequence[int],
        *,
        members: int,
        rows: int,
        device: torch.device = CPU,
    ) -> None:
        self.sizes = sizes
        zeros = partial(torch.zeros, device=device)
        shapes = [(members, rows, size) for size in sizes[1:-1]]
        self.applied = [apply(zeros(shape), zeros(shape)) for shape in shapes]
        self._predicted = zeros((members, rows, 1))
        turned = [(members, out, size) for size, out in pairwise(sizes)]
        self._turned = [torch.empty(shape) for shape in turned] if device == CPU else []

    def predict(self, parameters: Parameters, x: Tensor) -> Tensor:
        """(member, row) predictions, until the next call, for x (member, row, in)."""
        for applied, weight, bias in zip(
            self.applied, parameters.weights[:-1], parameters.biases[:-1], strict=True
        ):
            _multiply(x, weight, applied.x).add_(bias)
            applied.forward()
            x = applied.y
        last = _multiply(x, parameters.weights[-1], self._predicted).add_(parameters.biases[-1])
        return last.squeeze(-1)

    def on_minibatches(
        self, parameters: Parameters, slopes: Parameters, x: Tensor, y: Tensor
    ) -> Callable[[Tensor], Tensor]:
        """What differentiates these networks on the minibatches of their tasks.

        Args:
            slopes: that are filled in, by every call.
            x, y: (task, row, in) and (task, row) to take minibatches from.

        Returns:
            what makes (member,) losses of (replicate × batch) row numbers.
        """
        members, batch, _ = self.applied[0].x.shape
        rows = members * batch // len(x)
        some_x, some_y = x.new_empty(len(x), rows, x.shape[2]), y.new_empty(len(y), rows)
        minibatch = some_x.view(members, batch, -1), some_y.view(members, batch)

        def losses(picked: Tensor) -> Tensor:
            torch.index_select(x, 1, picked, out=some_x)
            torch.index_select(y, 1, picked, out=some_y)
            return self.differentiate(parameters, slopes, *minibatch)

        return losses

    def differentiate(
        self, parameters: Parameters, slopes: Parameters, x: Tensor, y: Tensor
    ) -> Tensor:
        """Mean squared error of each network, (member,), whose slopes are filled in.

        The errors are summed over networks: no slope depends on how many there are.
        """
        error = self.predict(parameters, x).sub_(y)
        loss = error.square().mean(dim=1)
        slope = error.mul_(2).div_(error.shape[1]).unsqueeze(-1)
        for layer in reversed(range(len(parameters.weights))):
            below = self.applied[layer - 1] if layer else None
            _multiply((below.y if below else x).transpose(1, 2), slope, slopes.weights[layer])
            torch.sum(slope, 1, keepdim=True, out=slopes.biases[layer])
            if below:
                self._pass_down(slope, parameters.weights[layer], below.slope_y, layer)
                below.backward()
                slope = below.slope_x
        return loss

    def _pass_down(self, slope: Tensor, weight: Tensor, out: Tensor, layer: int) -> None:
        if weight.shape[2] == 1:  # a product of two vectors
            torch.mul(slope, weight.transpose(1, 2), out=out)
            return
        turned = weight.transpose(1, 2)
        if self._turned:  # NumPy's product with a turned matrix takes longer than turning it
            np.copyto(self._turned[layer].numpy(), turned.numpy())
            turned = self._turned[layer]
        _multiply(slope, turned, out)


def _multiply(a: Tensor, b: Tensor, out: Tensor) -> Tensor:
    if out.device == CPU:
        np.matmul(a.numpy(), b.numpy(), out=out.numpy())
        return out
    return torch.bmm(a, b, out=out)
