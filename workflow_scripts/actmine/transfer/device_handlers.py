"""Answers the requests of a transfer in the process that holds a card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from actmine.lab.handlers import TRACES
from actmine.lab.trial import UNTRACEABLE
from actmine.transfer.job import PREDICTED, TRANSFER, Job
from actmine.transfer.parts import TRAIN

if TYPE_CHECKING:
    import torch

    from actmine.lab.device_handlers import DeviceHandler
    from actmine.sandbox.protocol import Arrays
    from actmine.sandbox.worker import Answer

SHAPES = "shapes"  # the kind of a request, and the key of its answer


def shapes(header: Mapping[str, Any], arrays: Arrays, device: torch.device, _: Any) -> Answer:
    """All shapes in which a job's network gives rows to its activation.

    None where they change from minibatch to minibatch, for which no list is written down.
    """
    from actmine.transfer.fit import NETWORKS
    from actmine.transfer.learner import Chunks
    from actmine.transfer.parts import splits_of

    def seen(x: torch.Tensor) -> torch.Tensor:
        found.add(tuple(x.shape))
        return x

    found: set[tuple[int, ...]] = set()
    job = Job(**header["job"])
    parts = splits_of(arrays)
    network = NETWORKS[job.network](seen, **job.settings)
    if network.shapes_vary:
        return {}, {}
    network.to("meta")
    for split in (TRAIN, *PREDICTED):
        for part in parts[split]:
            count = network.rows(part.inputs)
            chunks = Chunks(part, network, batch=job.batch).chunks
            sizes = {len(rows) for rows in chunks} if split != TRAIN else {job.batch}
            for size in sorted(min(size, count) for size in sizes):
                rows = chunks[0][:1].repeat(size)
                inputs = network.collate(part.inputs, rows)
                network({name: given.to("meta") for name, given in inputs.items()})
    return {SHAPES: sorted(found)}, {}


def train(header: Mapping[str, Any], arrays: Arrays, device: torch.device, _: Any) -> Answer:
    """Predictions for every row whose target the parent keeps."""
    from actmine.lab.traced import TraceError, read_functions
    from actmine.transfer.fit import fit

    try:
        function = read_functions(header[TRACES], header["shapes"], device=device)
    except TraceError as error:
        return {UNTRACEABLE: str(error)}, {}
    return fit(function, Job(**header["job"]), arrays, device=device)


DEVICE_HANDLERS: Mapping[str, DeviceHandler] = {SHAPES: shapes, TRANSFER: train}
# What has no deterministic algorithm on cards is done by the usual one.
DETERMINISM = "warn"
