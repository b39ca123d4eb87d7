"""Keeps a benchmark's data in one file of arrays and one that describes them."""

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np

from actmine.files import canonical_json, read_json, write_atomically, write_json
from actmine.transfer.benchmark import Data, Kind, Output
from actmine.transfer.parts import ID_TEST, OOD_TEST, flat, splits_of
from actmine.transfer.scoring import higher_is_better, perfect_score, trivial_score

_PROTOCOL = ("float32", "int32")


def save_data(data: Data, arrays: Path, manifest: Path) -> None:
    """Writes a benchmark's data; the same data give the same bytes.

    Raises:
        ValueError: an array has a type that is not exchanged with a child.
    """
    named = flat(data.splits)
    for name, array in named.items():
        if str(array.dtype) not in _PROTOCOL:
            raise ValueError(f"{name}: is {array.dtype}, must be one of {_PROTOCOL}")
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **named)
    write_atomically(arrays, buffer.getvalue())
    write_json(
        manifest,
        {
            **_description(data),
            "hash": data_hash(data),
            "metric": " and ".join(sorted({output.metric for output in data.outputs.values()})),
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
    with np.load(arrays, allow_pickle=False) as kept:
        splits = splits_of({key: kept[key] for key in kept.files})
    data = Data(
        splits=splits,
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
    for name, array in sorted(flat(data.splits).items()):
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def _description(data: Data) -> dict[str, Any]:
    return {
        "rows": {name: [part.rows for part in split] for name, split in data.splits.items()},
        "outputs": {name: [o.kind.value, o.metric] for name, o in data.outputs.items()},
        "network": dict(data.network),
    }
