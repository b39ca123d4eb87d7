"""CIFAR-10 and CIFAR-100 (Krizhevsky 2009), read from the archives as they are published."""

import io
import pickle
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from actmine.transfer.benchmark import Data, MissingDataError, Tier
from actmine.transfer.benchmarks.pictures import FEW_ROWS, Pictures, Rows, image_data

_SHAPE = (3, 32, 32)
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


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A data set in one file.

    Attributes:
        folder: the key of `transfer.folders` that says where users keep it.
        file: the archive's name.
        train: its members with training images, and `test`, the one with test images.
        labels: under which a member has its classes.
    """

    folder: str
    file: str
    train: tuple[str, ...]
    test: str
    labels: bytes


CIFAR10 = Archive(
    folder="cifar10",
    file="cifar-10-python.tar.gz",
    train=tuple(f"data_batch_{number}" for number in range(1, 6)),
    test="test_batch",
    labels=b"labels",
)
CIFAR100 = Archive(
    folder="cifar100",
    file="cifar-100-python.tar.gz",
    train=("train",),
    test="test",
    labels=b"fine_labels",
)


def load(archive: Archive, tier: Tier, folders: Mapping[str, Path]) -> Data:
    """Its images in splits.

    Raises:
        MissingDataError: the archive is not there.
        ValueError: it is not the published one.
    """
    path = folders.get(archive.folder, Path("data", archive.folder)) / archive.file
    if not path.is_file():
        raise MissingDataError(
            archive.folder,
            path,
            f"fetch it with `curl -LO https://www.cs.toronto.edu/~kriz/{archive.file}` and set "
            f"transfer.folders.{archive.folder} to its folder",
        )
    members = _read(path, {*archive.train, archive.test})
    train, test = (
        _pictures([members[name] for name in names], archive.labels)
        for names in (archive.train, (archive.test,))
    )
    return image_data(train, test, _ROWS[tier])


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


def _read(path: Path, wanted: set[str]) -> dict[str, dict[bytes, Any]]:
    """Some members of the archive, by name.

    Raises:
        ValueError: one is missing or is no pickle of arrays.
    """
    members = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = Path(member.name).name
                file = archive.extractfile(member) if name in wanted else None
                if file is not None:
                    members[name] = _ArraysOnly(
                        io.BytesIO(file.read()), encoding="bytes"
                    ).load()
    except (tarfile.TarError, pickle.UnpicklingError, EOFError) as error:
        raise ValueError(
            f"{path}: not the published archive ({error}); fetch it anew"
        ) from None
    if missing := wanted - members.keys():
        raise ValueError(f"{path}: has no {sorted(missing)}; fetch it anew")
    return members


def _pictures(members: list[dict[bytes, Any]], labels: bytes) -> Pictures:
    pixels = np.concatenate([member[b"data"] for member in members])
    classes = np.concatenate([np.array(member[labels], np.int32) for member in members])
    return Pictures(pixels=pixels.reshape(-1, *_SHAPE).astype(np.uint8), classes=classes)
