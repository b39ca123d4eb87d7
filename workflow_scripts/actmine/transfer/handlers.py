"""Answers the request of a transfer in the locked child: trains a function on a benchmark.

Torch is imported by the functions, in the warm process; the parent imports this module too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from actmine.gate.static import load
from actmine.lab import lightning
from actmine.lab.allocation import keep_freed_memory
from actmine.sandbox import landlock
from actmine.transfer.job import PREDICTED, TRANSFER, Job
from actmine.transfer.parts import TRAIN

if TYPE_CHECKING:
    from actmine.sandbox.protocol import Arrays
    from actmine.sandbox.worker import Answer, Ask, Handler, Header

# Packages that hold the benchmarks' test labels, or draw them.
_LABELLED = ("B3DB", "ISLP", "statsmodels", "clrs")
_WARM_SOURCE = "def activation(x):\n    return torch.sin(x) + F.gelu(x)\n"


def train(header: Header, arrays: Arrays, ask: Ask | None = None) -> Answer:
    """Predictions for every row whose target the parent keeps."""
    from actmine.transfer.fit import fit

    return fit(load(header["source"]), Job(**header["job"]), arrays)


HANDLERS: Mapping[str, Handler] = {TRANSFER: train}


def warm_up() -> None:
    """Readies the warm process: lazy imports, which a locked child could not do, and locks."""
    lightning.leave_compiler_out()
    lightning.import_lightning()
    landlock.hide_packages(_LABELLED)
    keep_freed_memory()
    for network, settings, inputs, target, kind in _tiny_work():
        job = Job(
            network=network,
            settings=settings,
            outputs={"y": kind},
            steps=2,
            batch=2,
            learning_rate=1e-3,
            seed=0,
        )
        arrays = {
            f"{split}|0|inputs|{name}": array
            for split in (TRAIN, *PREDICTED)
            for name, array in inputs.items()
        }
        train(job.header(_WARM_SOURCE), {**arrays, f"{TRAIN}|0|targets|y": target})


def _tiny_work() -> list[tuple[str, dict[str, Any], Arrays, NDArray[Any], str]]:
    """Networks that between them import what any of them does, each with two rows."""
    image = {"shape": [1, 4, 4], "classes": 2, "width": 2}
    packed = {"packed": np.zeros((2, 4), np.int32)}
    there_and_back = np.array([[0, 1], [1, 0]] * 2, np.int32)
    molecules = {
        "atoms": np.zeros((4, 1), np.int32),
        "bonds": there_and_back,
        "bond_features": np.zeros((4, 1), np.int32),
        "atom_offsets": np.array([0, 2, 4], np.int32),
        "bond_offsets": np.array([0, 2, 4], np.int32),
    }
    links = {"node": np.ones((2, 3, 1), np.float32), "edge": np.ones((2, 3, 3, 1), np.float32)}
    pointer = {"node": 1, "edge": 1, "outputs": {"y": ["node", "pointer", 1]}}
    sizes = {"width": 4, "depth": 1}
    numbers, classes = np.zeros(2, np.float32), np.zeros(2, np.int32)
    pointers = np.zeros((2, 3), np.int32)
    rows = {"x": np.zeros((2, 4), np.float32)}
    blocks = {"blocks": [1, 1], "bottleneck": False}
    return [
        ("perceptron", {"inputs": 4, **sizes}, rows, numbers, "regression"),
        ("resnet", {**image, **blocks}, packed, classes, "classes"),
        ("convnet", {**image, "channels": [2, 2]}, packed, classes, "classes"),
        (
            "graph_isomorphism",
            {"atoms": [2], "bonds": [2], **sizes},
            molecules,
            numbers,
            "binary",
        ),
        ("message_passing", {**pointer, "width": 4, "rounds": 1}, links, pointers, "classes"),
    ]
