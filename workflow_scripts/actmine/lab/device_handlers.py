"""Answers the lab's request in the process that holds a card: trains a list of operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from actmine.lab import handlers
from actmine.lab.accelerator_process import UNCAPTURED
from actmine.lab.trial import UNTRACEABLE

if TYPE_CHECKING:
    import torch

    from actmine.sandbox.protocol import Arrays
    from actmine.sandbox.worker import Answer

_NO_DETERMINISM = "does not have a deterministic implementation"  # in torch's own words
DeviceHandler = Callable[[Mapping[str, Any], "Arrays", "torch.device", Any], "Answer"]


def train(header: Mapping[str, Any], arrays: Arrays, device: torch.device, ask: Any) -> Answer:
    """Predictions of every network, how its loss went, and what its activation was given.

    `where` says of each pair x_0, y_0 and so on at which step, in which layer it was seen.
    """
    import torch

    from actmine.lab import fit
    from actmine.lab.ensemble import Ensemble
    from actmine.lab.looks import Looks
    from actmine.lab.operations import Called
    from actmine.lab.steps import UncapturableError
    from actmine.lab.traced import TraceError, read_functions

    class Seen(Looks):
        """Keeps what is seen, for who has the function's source."""

        def take(self, x: torch.Tensor, y: torch.Tensor, *, where: str) -> None:
            pairs.append((where, x.cpu().numpy(), y.cpu().numpy()))

    pairs: list[tuple[str, Any, Any]] = []
    try:
        function = read_functions(header[handlers.TRACES], header["shapes"], device=device)
    except TraceError as error:
        return {UNTRACEABLE: str(error)}, {}
    batched = torch.func.vmap(function)
    work = handlers.read_work(arrays, header["depth"])
    ensemble = Ensemble(
        lambda x, slope: Called(batched, x, slope),
        work,
        learning_rate=header["learning_rate"],
        optimizer=header["optimizer"],
        place=device,
        capture=header["capture"],
    )
    random = np.random.Generator(np.random.PCG64(header["looks"]))
    looks = Seen(random, steps=ensemble.steps)
    rungs = header["rungs"]
    at_rung = (lambda step, test: ask(step, {"test": test})) if rungs else None
    try:
        fitted = fit.train(ensemble, work, looks=looks, rungs=rungs, at_rung=at_rung)
    except UncapturableError as error:
        return {UNCAPTURED: str(error)}, {}
    except RuntimeError as error:
        if _NO_DETERMINISM in str(error):
            return {UNTRACEABLE: f"on a card, {str(error).splitlines()[0]}"}, {}
        raise
    made = {"train": fitted.train, "test": fitted.test, "curve": fitted.curve}
    for number, (_, x, y) in enumerate(pairs):
        made |= {f"x_{number}": x, f"y_{number}": y}
    return {"where": [where for where, *_ in pairs]}, made


DETERMINISM = "error"  # what has no deterministic algorithm on the card is not trained there
DEVICE_HANDLERS: Mapping[str, DeviceHandler] = {handlers.FIT: train}
