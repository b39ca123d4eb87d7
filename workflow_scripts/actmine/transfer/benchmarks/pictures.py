"""Images as benchmarks have them: packed bytes, shifted test images, and their splits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from actmine.transfer.benchmark import Data, Kind, Output, Tier
from actmine.transfer.job import Training
from actmine.transfer.parts import ID_TEST, OOD_TEST, TRAIN, VAL, Part, Split

Bytes = NDArray[np.uint8]
Images = NDArray[np.floating[Any]]

_ORDER_SEED, _NOISE_SEED = 0, 1
_GREY = 0.5
_MOST_VALIDATED = 10  # one image of so many, where there are few


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Images with their classes.

    Attributes:
        pixels: (row, channel, height, width).
        classes: (row,).
    """

    pixels: Bytes
    classes: NDArray[np.int32]

    def at(self, rows: slice | NDArray[np.intp]) -> "Pictures":
        """Some rows, in this order."""
        return Pictures(pixels=self.pixels[rows], classes=self.classes[rows])


class Rows(NamedTuple):
    """How many images a benchmark has.

    Attributes:
        trained: rows of the shuffled training set.
        validated: further rows of it, at most a tenth of it; they are taken first.
        tested: rows taken from the test set as they are.
        shifted: rows of the test set to which each shift is applied.
    """

    trained: int
    validated: int
    tested: int
    shifted: int


FEW_ROWS = {
    Tier.SMOKE: Rows(2000, 500, 1000, 200),
    Tier.OFFLINE: Rows(10_000, 2000, 10_000, 2000),
}


def image_data(train: Pictures, test: Pictures, rows: Rows) -> Data:
    """Training images, others of the training set to validate on, and test images twice."""
    order = np.random.Generator(np.random.PCG64(_ORDER_SEED)).permutation(len(train.classes))
    validated = min(rows.validated, len(order) // _MOST_VALIDATED)
    few = test.at(slice(rows.shifted))
    moved = shift_all(few.pixels)
    shifted = Pictures(pixels=np.concatenate(moved), classes=np.tile(few.classes, len(moved)))
    return Data(
        splits={
            VAL: _split(train.at(order[:validated])),
            TRAIN: _split(train.at(order[validated:][: rows.trained])),
            ID_TEST: _split(test.at(slice(rows.tested))),
            OOD_TEST: _split(shifted),
        },
        outputs={"y": Output(kind=Kind.CLASSES, metric="accuracy")},
        network={
            "shape": list(train.pixels.shape[1:]),
            "classes": int(train.classes.max()) + 1,
        },
    )


RESIDUAL_TRAINING = partial(
    Training, network="resnet", batch=128, learning_rate=0.001, weight_decay=0.05
)


def packed(pixels: Bytes) -> NDArray[np.int32]:
    """Four bytes to an int32, which the protocol carries: (row, pixels / 4).

    Raises:
        ValueError: an image has a number of bytes that four does not divide.
    """
    flat = np.ascontiguousarray(pixels).reshape(len(pixels), -1)
    if flat.shape[1] % 4:
        raise ValueError(f"images of {pixels.shape[1:]} have no multiple of four bytes")
    return flat.view(np.int32)


def shift_all(pixels: Bytes) -> list[Bytes]:
    """The same images under every shift, in the order of `SHIFTS`."""
    images = pixels.astype(np.float32) / 255
    rng = np.random.Generator(np.random.PCG64(_NOISE_SEED))
    return [
        np.rint(np.clip(shift(images, rng), 0, 1) * 255).astype(np.uint8)
        for shift in SHIFTS.values()
    ]


def _split(pictures: Pictures) -> Split:
    packed_pixels, classes = packed(pictures.pixels), pictures.classes.astype(np.int32)
    return (Part(inputs={"packed": packed_pixels}, targets={"y": classes}),)


def _rotated(images: Images, rng: np.random.Generator, *, degrees: float) -> Images:
    turned: Images = ndimage.rotate(
        images, degrees, axes=(3, 2), reshape=False, order=1, mode="constant"
    )
    return turned


def _occluded(images: Images, rng: np.random.Generator) -> Images:
    """A black square of eight pixels in the middle."""
    top, left = (size // 2 - 4 for size in images.shape[2:])
    covered = images.copy()
    covered[:, :, top : top + 8, left : left + 8] = 0
    return covered


# Pixels in [0, 1]; strengths are ours. Where an image moves, black moves in.
SHIFTS: Mapping[str, Callable[[Images, np.random.Generator], Images]] = {
    "rotated by 15°": partial(_rotated, degrees=15),
    "rotated by 30°": partial(_rotated, degrees=30),
    "rotated by 45°": partial(_rotated, degrees=45),
    "noise .2": lambda images, rng: images + rng.normal(0, 0.2, images.shape),
    "noise .4": lambda images, rng: images + rng.normal(0, 0.4, images.shape),
    "blur": lambda images, _: ndimage.gaussian_filter(images, sigma=(0, 0, 1, 1)),
    "contrast .4": lambda images, _: _GREY + 0.4 * (images - _GREY),
    "brightness +.3": lambda images, _: images + 0.3,
    "moved by 3 px": lambda images, _: ndimage.shift(images, (0, 0, 3, 3), order=0),
    "8 x 8 occlusion": _occluded,
}
