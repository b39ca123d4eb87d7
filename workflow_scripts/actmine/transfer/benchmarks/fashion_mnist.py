"""Fashion-MNIST (Xiao et al. 2017), and its test images under ten shifts.

One training serves both: `fashion-mnist` is the test set, `fashion-mnist-shift` the mean
over shifts of the first 2,000 test images.
"""

import gzip
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from actmine.transfer.benchmark import Benchmark, Data, MissingDataError, Tier
from actmine.transfer.benchmarks.pictures import FEW_ROWS, Pictures, Rows, image_data
from actmine.transfer.job import Training
from actmine.transfer.parts import ID_TEST, OOD_TEST

NAME = "fashion_mnist"
_DEBIAN = Path("/usr/share/datasets/fashion-mnist")
_COMMAND = (
    "apt-get install dataset-fashion-mnist, or set transfer.folders.fashion_mnist to a folder "
    "with the four .gz files"
)
_ROWS = FEW_ROWS | {Tier.FULL: Rows(58_000, 2000, 10_000, 10_000)}


def load(tier: Tier, folders: Mapping[str, Path], *, frame: int = 0) -> Data:
    """Reads the files of the Debian package, or those of the folder that is given.

    Args:
        frame: black pixels to put around every image of 28 x 28; 2 make it 32 x 32.

    Raises:
        MissingDataError: a file is not there.
    """
    folder = folders.get(NAME, _DEBIAN)
    train, test = (_pictures(folder, half, frame) for half in ("train", "t10k"))
    return image_data(train, test, _ROWS[tier])


def read_idx(path: Path) -> NDArray[np.uint8]:
    """A file of the MNIST format: two zero bytes, type 8, dimensions, sizes, bytes.

    Raises:
        ValueError: it is not one.
    """
    content = gzip.decompress(path.read_bytes())
    if content[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: starts with {content[:3]!r}, which is no file of bytes")
    sizes = np.frombuffer(content, ">u4", count=content[3], offset=4)
    start = 4 + 4 * len(sizes)
    return np.frombuffer(content, np.uint8, offset=start).reshape(sizes)


def _pictures(folder: Path, half: str, frame: int) -> Pictures:
    paths = [
        folder / f"{half}-{what}.gz" for what in ("images-idx3-ubyte", "labels-idx1-ubyte")
    ]
    for path in paths:
        if not path.is_file():
            raise MissingDataError(NAME, path, _COMMAND)
    images, labels = map(read_idx, paths)
    framed = np.pad(images, ((0, 0), (frame, frame), (frame, frame)))
    return Pictures(pixels=framed[:, None], classes=labels.astype(np.int32))


_training = partial(
    Training,
    network="convnet",
    settings={"channels": [16, 32], "width": 64},
    batch=64,
    learning_rate=0.002,
    weight_decay=0.01,
)

BENCHMARK = Benchmark(
    name=NAME,
    scores={ID_TEST: "fashion-mnist", OOD_TEST: "fashion-mnist-shift"},
    load=load,
    training={
        Tier.SMOKE: _training(steps=60),
        Tier.OFFLINE: _training(steps=600),
        Tier.FULL: _training(steps=9000),
    },
)
