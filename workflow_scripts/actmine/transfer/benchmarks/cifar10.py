"""CIFAR-10 (Krizhevsky 2009) with ResNet-18, and its test images under ten shifts."""

import io
import pickle
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from actmine.transfer.benchmark import Benchmark, Data, MissingDataError, Tier
from actmine.transfer.benchmarks.pictures import (
    FEW_ROWS,
    RESIDUAL_TRAINING,
    Pictures,
    Rows,
    image_data,
)
from actmine.transfer.parts import ID_TEST, OOD_TEST

NAME = "cifar10"
ARCHIVE = "cifar-10-python.tar.gz"
_DEFAULT = Path("data/cifar10")
_COMMAND = (
    f"fetch it with `curl -LO https://www.cs.toronto.edu/~kriz/{ARCHIVE}` and set "
    "transfer.folders.cifar10 to its folder"
)
_SHAPE = (3, 32, 32)
_BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))
# What NumPy's own pickles name, under its old and its new module.
_ALLOWED = frozenset(
    {
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("_codecs", "encode"),
    }
)
_ROWS = FEW_ROWS | {Tier.FULL: Rows(48_000, 2000, 10_000, 10_000)}


def load(tier: Tier, folders: Mapping[str, Path]) -> Data:
    """Reads the archive as it is published.

    Raises:
        MissingDataError: it is not there.
    """
    path = folders.get(NAME, _DEFAULT) / ARCHIVE
    if not path.is_file():
        raise MissingDataError(NAME, path, _COMMAND)
    batches = _read(path)
    train = _pictures([batches[name] for name in _BATCHES])
    return image_data(train, _pictures([batches["test_batch"]]), _ROWS[tier])


class _ArraysOnly(pickle.Unpickler):
    """Reads pickled dictionaries of arrays and lists; anything else could run code."""

    def find_class(self, module: str, name: str) -> Any:
        """Finds what an array is made of.

        Raises:
            UnpicklingError: the pickle names anything else.
        """
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it names {module}.{name}, and may hold arrays only")
        return super().find_class(module, name)


def _read(path: Path) -> dict[str, dict[bytes, Any]]:
    """The batches of the archive, by name.

    Raises:
        ValueError: one is missing or is no batch.
    """
    wanted = {*_BATCHES, "test_batch"}
    batches = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = Path(member.name).name
                file = archive.extractfile(member) if name in wanted else None
                if file is not None:
                    batches[name] = _ArraysOnly(
                        io.BytesIO(file.read()), encoding="bytes"
                    ).load()
    except (tarfile.TarError, pickle.UnpicklingError, EOFError) as error:
        raise ValueError(
            f"{path}: not the published archive ({error}); fetch it anew"
        ) from None
    if missing := wanted - batches.keys():
        raise ValueError(f"{path}: has no {sorted(missing)}; fetch it anew")
    return batches


def _pictures(batches: list[dict[bytes, Any]]) -> Pictures:
    pixels = np.concatenate([batch[b"data"] for batch in batches])
    classes = np.concatenate([np.array(batch[b"labels"], np.int32) for batch in batches])
    return Pictures(pixels=pixels.reshape(-1, *_SHAPE).astype(np.uint8), classes=classes)


_SIZE = {"blocks": [2, 2, 2, 2], "bottleneck": False, "width": 64, "augment": True}

BENCHMARK = Benchmark(
    name=NAME,
    scores={ID_TEST: "cifar-10", OOD_TEST: "cifar-10-shift"},
    load=load,
    training={
        Tier.SMOKE: RESIDUAL_TRAINING(steps=10, settings=_SIZE | {"width": 4}),
        Tier.OFFLINE: RESIDUAL_TRAINING(steps=400, settings=_SIZE | {"width": 16}),
        Tier.FULL: RESIDUAL_TRAINING(steps=11_250, settings=_SIZE),  # 30 epochs
    },
)
