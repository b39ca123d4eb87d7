"""ImageNet (Russakovsky et al. 2015) with ResNet-50, scaled down, and under ten shifts.

Reads the usual folders `train/<class>/*.JPEG` and `val/<class>/*.JPEG`. All images of a
training reach its locked process in one message of at most 1 GiB, so they are scaled to
64 × 64 pixels and a number of classes is taken: figures are not those of full ImageNet.
"""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import numpy as np

from actmine.transfer.benchmark import Benchmark, Data, MissingDataError, Tier
from actmine.transfer.benchmarks.pictures import (
    RESIDUAL_TRAINING,
    Bytes,
    Pictures,
    Rows,
    image_data,
)
from actmine.transfer.parts import ID_TEST, OOD_TEST

NAME = "imagenet"
_DEFAULT = Path("data/imagenet")
_COMMAND = (
    "fetch ILSVRC2012 from https://image-net.org (an account is needed), unpack it to "
    "train/<class>/*.JPEG and val/<class>/*.JPEG, and set transfer.folders.imagenet"
)
_SUFFIXES = (".jpeg", ".jpg", ".png")
_SIDE = 64  # pixels
# Classes, images of each to train on, and to test on.
_SIZES = {Tier.SMOKE: (10, 20, 10), Tier.OFFLINE: (10, 500, 50), Tier.FULL: (100, 600, 50)}
_VALIDATED = 2000  # training images


def load(tier: Tier, folders: Mapping[str, Path]) -> Data:
    """The first classes by name, and the first images of each by name.

    Raises:
        MissingDataError: a folder is not there.
        ValueError: a class has no image.
    """
    root = folders.get(NAME, _DEFAULT)
    for folder in (root / "train", root / "val"):
        if not folder.is_dir():
            raise MissingDataError(NAME, folder, _COMMAND)
    classes, trained, tested = _SIZES[tier]
    names = sorted(one.name for one in (root / "train").iterdir() if one.is_dir())[:classes]
    train = _pictures(root / "train", names, trained)
    test = _pictures(root / "val", names, tested)
    # In a fixed order, so that the first rows are of all classes.
    order = np.random.Generator(np.random.PCG64(0)).permutation(len(test.classes))
    test = test.at(order)
    shown = len(test.classes)
    rows = Rows(len(train.classes), _VALIDATED, shown, min(2000, shown))
    return image_data(train, test, rows)


def _pictures(folder: Path, names: list[str], count: int) -> Pictures:
    pixels, classes = [], []
    for number, name in enumerate(names):
        files = sorted((folder / name).glob("*"))
        found = (file for file in files if file.suffix.lower() in _SUFFIXES)
        images = [_scaled(file) for file in islice(found, count)]
        if not images:
            raise ValueError(f"{folder / name}: holds no image; unpack the data set anew")
        pixels += images
        classes += [number] * len(images)
    return Pictures(pixels=np.stack(pixels), classes=np.array(classes, np.int32))


def _scaled(path: Path) -> Bytes:
    """(3, 64, 64): the middle square, scaled."""
    from PIL import Image, ImageOps

    with Image.open(path) as image:
        square = ImageOps.fit(image.convert("RGB"), (_SIDE, _SIDE))
        return np.asarray(square, np.uint8).transpose(2, 0, 1)


_SIZE = {"blocks": [3, 4, 6, 3], "bottleneck": True, "width": 64, "augment": True}

BENCHMARK = Benchmark(
    name=NAME,
    scores={ID_TEST: "imagenet at 64 px", OOD_TEST: "imagenet-shift at 64 px"},
    load=load,
    training={
        Tier.SMOKE: RESIDUAL_TRAINING(steps=5, settings=_SIZE | {"width": 4}),
        Tier.OFFLINE: RESIDUAL_TRAINING(steps=400, settings=_SIZE | {"width": 16}),
        Tier.FULL: RESIDUAL_TRAINING(steps=20_000, settings=_SIZE),
    },
)
