"""Keeps a benchmark's data in one file of arrays and one that describes them."""

import hashlib
import io
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actmine.files import canonical_json, read_json, write_atomically, write_json
from actmine.transfer.benchmark import (
    ID_TEST,
    OOD_TEST,
    SPLITS,
    Data,
    Kind,
    Output,
    Part,
    Split,
)
from actmine.transfer.scoring import higher_is_better, perfect_score, trivial_score

_PROTOCOL = ("float32", "int32")


def save_data(data: Data, arrays: Path, manifest: Path) -> None:
    """Writes a benchmark's data; the same data give the same bytes.

    Raises:
        ValueError: an array has a type that is not exchanged with a child.
    """
    flat = _flat(data)
    for name, array in flat.items():
        if str(array.dtype) not in _PROTOCOL:
            raise ValueError(f"{name}: is {array.dtype}, must be one of {_PROTOCOL}")
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **flat)
    write_atomically(arrays, buffer.getvalue())
    write_json(
        manifest,
        {
            **_description(data),
            "hash": data_hash(data),
            "metric": " and ".join(sorted({one.metric for one in data.outputs.values()})),
            "higher_is_better": higher_is_better(data),
            "trivial": {split: trivial_score(data, split) for split in (ID_TEST, OOD_TEST)},
            "perfect": perfect_score(data),
        },
    )


def load_data(arrays: Path, manifest: Path) -> tuple[Data, str]:
    """Reads a benchmark's data and its hash.

    Raises:
        ValueError: the two files do not belong together.
    """
    described = read_json(manifest)
    splits: dict[str, dict[int, dict[str, dict[str, NDArray[Any]]]]] = {
        name: defaultdict(lambda: {"inputs": {}, "targets": {}}) for name in SPLITS
    }
    with np.load(arrays, allow_pickle=False) as flat:
        for key in flat.files:
            split, number, role, name = key.split("|")
            splits[split][int(number)][role][name] = flat[key]
    data = Data(
        splits={name: _split(parts) for name, parts in splits.items()},
        outputs={
            name: Output(kind=Kind(kind), metric=metric)
            for name, (kind, metric) in described["outputs"].items()
        },
        network=described["network"],
    )
    if data_hash(data) != described["hash"]:
        raise ValueError(f"{arrays}: does not belong to {manifest}; delete both and run again")
    return data, described["hash"]


def data_hash(data: Data) -> str:
    """The content hash of all that a measurement depends on."""
    digest = hashlib.sha256(canonical_json(_description(data)).encode())
    for name, array in sorted(_flat(data).items()):
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def _flat(data: Data) -> dict[str, NDArray[Any]]:
    return {
        f"{split}|{number}|{role}|{name}": array
        for split, parts in data.splits.items()
        for number, part in enumerate(parts)
        for role, group in (("inputs", part.inputs), ("targets", part.targets))
        for name, array in group.items()
    }


def _split(parts: dict[int, dict[str, dict[str, NDArray[Any]]]]) -> Split:
    return tuple(Part(**parts[number]) for number in sorted(parts))


def _description(data: Data) -> dict[str, Any]:
    return {
        "rows": {name: [part.rows for part in split] for name, split in data.splits.items()},
        "outputs": {name: [o.kind.value, o.metric] for name, o in data.outputs.items()},
        "network": dict(data.network),
    }
