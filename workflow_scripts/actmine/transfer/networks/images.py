"""Networks for images: a small convolutional one and residual ones."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from actmine.transfer.networks.network import (
    Activation,
    Inputs,
    Network,
    Outputs,
    PerSample,
    Random,
    Rows,
)
from actmine.transfer.parts import Arrays

_CROP = 4  # pixels by which an augmented image moves at most, as is usual for CIFAR-10


class ImageNetwork(Network):
    """Takes images as bytes, four to an int32, and spreads them out on the way in.

    A subclass gives it `layers`, from pixels to logits.

    Args:
        shape: channels, height, width.
        augment: shift and mirror training images.
    """

    layers: nn.Module

    def __init__(self, *, shape: tuple[int, int, int], augment: bool = False) -> None:
        super().__init__()
        self.shape = tuple(shape)
        self.augment = augment

    def collate(self, arrays: Arrays, rows: Rows, *, rng: Random | None = None) -> Inputs:
        """Pixels (row, channel, height, width) in [-0.5, 0.5]."""
        pixels = arrays["packed"][rows].view(np.uint8).reshape(-1, *self.shape)
        if self.augment and rng is not None:
            pixels = _augmented(pixels, rng)
        return {"pixels": torch.from_numpy(pixels).float().div(255).sub(0.5)}

    def forward(self, inputs: Inputs) -> Outputs:
        """Logits (batch, classes)."""
        return {"y": self.layers(inputs["pixels"])}


class ConvNet(ImageNetwork):
    """Two convolutions of stride 2 and one hidden layer, an activation after each.

    Args:
        activation: maps (batch, features) to the same shape.
        classes: how many there are.
        channels: of the two convolutions.
        width: units of the hidden layer.
    """

    def __init__(
        self,
        activation: Activation,
        *,
        classes: int,
        channels: tuple[int, int],
        width: int,
        **image: Any,
    ) -> None:
        super().__init__(**image)
        first, second = channels
        depth, height, breadth = self.shape
        self.layers = nn.Sequential(
            nn.Conv2d(depth, first, 3, stride=2, padding=1),
            PerSample(activation),
            nn.Conv2d(first, second, 3, stride=2, padding=1),
            PerSample(activation),
            nn.Flatten(),
            nn.Linear(second * -(-height // 4) * -(-breadth // 4), width),
            PerSample(activation),
            nn.Linear(width, classes),
        )


class ResNet(ImageNetwork):
    """A residual network after He et al. 2016, its first layer for images below 100 px.

    Args:
        activation: maps (batch, features) to the same shape.
        classes: how many there are.
        blocks: of each stage; (2, 2, 2, 2) makes ResNet-18, (3, 4, 6, 3) with bottlenecks
            ResNet-50.
        bottleneck: blocks of three convolutions, four times as wide at their end.
        width: channels of the first stage.
    """

    def __init__(
        self,
        activation: Activation,
        *,
        classes: int,
        blocks: tuple[int, ...],
        bottleneck: bool,
        width: int = 64,
        **image: Any,
    ) -> None:
        super().__init__(**image)
        layers: list[nn.Module] = [
            nn.Conv2d(self.shape[0], width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            PerSample(activation),
        ]
        channels, growth = width, 4 if bottleneck else 1
        for stage, count in enumerate(blocks):
            inner = width << stage
            for number in range(count):
                stride = 2 if stage and not number else 1
                layers.append(_Block(activation, channels, inner, inner * growth, stride))
                channels = inner * growth
        self.layers = nn.Sequential(
            *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)
        )


class _Block(nn.Module):
    """Convolutions beside a shortcut; a bottleneck where the end is wider than the inside."""

    def __init__(
        self, activation: Activation, channels: int, inner: int, end: int, stride: int
    ) -> None:
        super().__init__()
        self.activation = PerSample(activation)
        # (channels in, channels out, kernel, stride) of every convolution
        plan = [(channels, inner, 3, stride), (inner, end, 3, 1)]
        if end != inner:
            plan = [(channels, inner, 1, 1), (inner, inner, 3, stride), (inner, end, 1, 1)]
        layers: list[nn.Module] = []
        for before, after, kernel, step in plan:
            convolution = nn.Conv2d(before, after, kernel, step, kernel // 2, bias=False)
            layers += [convolution, nn.BatchNorm2d(after), self.activation]
        self.layers = nn.Sequential(*layers[:-1])
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or channels != end:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, end, 1, stride, bias=False), nn.BatchNorm2d(end)
            )

    def forward(self, x: Tensor) -> Tensor:
        activated: Tensor = self.activation(self.layers(x) + self.shortcut(x))
        return activated


def _augmented(pixels: NDArray[np.uint8], rng: Random) -> NDArray[np.uint8]:
    """Each image shifted by up to four pixels and mirrored half of the time."""
    count, _, height, width = pixels.shape
    padded = np.pad(pixels, ((0, 0), (0, 0), (_CROP, _CROP), (_CROP, _CROP)))
    moves = rng.integers(0, 2 * _CROP + 1, (count, 2))
    moved = np.stack(
        [
            image[:, top : top + height, left : left + width]
            for image, (top, left) in zip(padded, moves, strict=True)
        ]
    )
    mirrored = rng.random(count) < 0.5
    moved[mirrored] = moved[mirrored, :, :, ::-1]
    return moved
