"""Deep networks for small images that others compare activations on: VGG-16 and MobileNetV2."""

from typing import Any, NamedTuple

from torch import Tensor, nn

from actmine.transfer.networks.images import ImageNetwork
from actmine.transfer.networks.network import Activation, PerSample

# Channels of every convolution as a multiple of the first one's; stages end in pooling.
_VGG_16 = ((1, 1), (2, 2), (4, 4, 4), (8, 8, 8), (8, 8, 8))


class VGG(ImageNetwork):
    """VGG-16 (Simonyan and Zisserman 2015) with batch norm, for images of 32 px.

    Its head is two hidden layers with dropout, 512 units in place of the 4,096 that the
    original has for images of 224 px, as is usual at this size. [secondary]

    Args:
        activation: maps (batch, features) to the same shape.
        classes: how many there are.
        width: channels of the first stage; 64 is the published network.
    """

    def __init__(
        self, activation: Activation, *, classes: int, width: int = 64, **image: Any
    ) -> None:
        super().__init__(**image)
        layers: list[nn.Module] = []
        channels, units = self.shape[0], 8 * width
        for stage in _VGG_16:
            for multiple in stage:
                convolution = nn.Conv2d(channels, multiple * width, 3, padding=1)
                channels = multiple * width
                layers += [convolution, nn.BatchNorm2d(channels), PerSample(activation)]
            layers.append(nn.MaxPool2d(2))
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        for _ in range(2):
            layers += [nn.Linear(units, units), PerSample(activation), nn.Dropout(0.5)]
        self.layers = nn.Sequential(*layers, nn.Linear(units, classes))


class _Stage(NamedTuple):
    """Blocks of MobileNetV2.

    Attributes:
        expansion: how many times more channels a block has inside.
        channels: at its end.
        blocks: how many.
        stride: of the first one.
    """

    expansion: int
    channels: int
    blocks: int
    stride: int


# Table 2 of Sandler et al. 2018. The first convolution and the second stage have stride 1
# where the original, for images of 224 px, has 2. [secondary]
_MOBILE_V2 = (
    _Stage(1, 16, 1, 1),
    _Stage(6, 24, 2, 1),
    _Stage(6, 32, 3, 2),
    _Stage(6, 64, 4, 2),
    _Stage(6, 96, 3, 1),
    _Stage(6, 160, 3, 2),
    _Stage(6, 320, 1, 1),
)
_FIRST, _LAST = 32, 1280


class MobileNet(ImageNetwork):
    """MobileNetV2 (Sandler et al. 2018), its strides for images of 32 px.

    Args:
        activation: maps (batch, features) to the same shape; stands where ReLU6 does in the
            original: after every convolution but the last of a block.
        classes: how many there are.
        width: channels of the first convolution, a multiple of 4; 32 is the published network.
    """

    def __init__(
        self, activation: Activation, *, classes: int, width: int = _FIRST, **image: Any
    ) -> None:
        super().__init__(**image)
        layers = _convolved(self.shape[0], width, activation, kernel=3)
        channels = width
        for stage in _MOBILE_V2:
            end = stage.channels * width // _FIRST
            for number in range(stage.blocks):
                stride = 1 if number else stage.stride
                layers.append(_Inverted(activation, channels, end, stage.expansion, stride))
                channels = end
        last = _LAST * width // _FIRST
        layers += _convolved(channels, last, activation)
        self.layers = nn.Sequential(
            *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(last, classes)
        )


class _Inverted(nn.Module):
    """Wide inside, narrow at both ends; beside a shortcut where the ends are alike."""

    def __init__(
        self, activation: Activation, channels: int, end: int, expansion: int, stride: int
    ) -> None:
        super().__init__()
        inner = expansion * channels
        widened = _convolved(channels, inner, activation) if expansion > 1 else []
        self.layers = nn.Sequential(
            *widened,
            *_convolved(inner, inner, activation, kernel=3, stride=stride, groups=inner),
            nn.Conv2d(inner, end, 1, bias=False),
            nn.BatchNorm2d(end),
        )
        self.added = stride == 1 and channels == end

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = self.layers(x)
        return x + changed if self.added else changed


def _convolved(
    before: int,
    after: int,
    activation: Activation,
    *,
    kernel: int = 1,
    stride: int = 1,
    groups: int = 1,
) -> list[nn.Module]:
    """A convolution that keeps height and width at stride 1, batch norm, the activation."""
    convolution = nn.Conv2d(
        before, after, kernel, stride, kernel // 2, groups=groups, bias=False
    )
    return [convolution, nn.BatchNorm2d(after), PerSample(activation)]
