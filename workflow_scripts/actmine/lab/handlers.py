"""Answers the lab's request in the locked child: trains one function's networks.

Torch is imported by the functions, in the warm process; the parent imports this module too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from actmine.gate.handlers import read_probes
from actmine.gate.probes import probes_of
from actmine.gate.static import load
from actmine.lab import lightning
from actmine.lab.allocation import keep_freed_memory
from actmine.lab.trial import INCONSISTENT
from actmine.lab.work import CHECKPOINTS, FitSettings, Work

if TYPE_CHECKING:
    from actmine.sandbox.protocol import Arrays
    from actmine.sandbox.worker import Answer, Ask, Handler, Header

FIT = "fit"
_WARM_SOURCE = "def activation(x):\n    return torch.sin(x) + F.gelu(x)\n"


def fit_request(
    source: str, settings: FitSettings, *, rungs: Sequence[int] = ()
) -> dict[str, Any]:
    """The header of a request to train a function.

    Args:
        rungs: steps after which the child sends its predictions and asks whether to go on.
    """
    return {
        "kind": FIT,
        **asdict(probes_of(settings, seed=settings.seed, source=source)),
        "depth": settings.depth,
        "learning_rate": settings.learning_rate,
        "optimizer": settings.optimizer,
        "rungs": list(rungs),
    }


def request_arrays(work: Work) -> dict[str, NDArray[Any]]:
    """The arrays of a request to train."""
    parameters = {
        f"{kind}_{layer}": array
        for kind, stack in (("weight", work.weights), ("bias", work.biases))
        for layer, array in enumerate(stack)
    }
    return {
        "x_train": work.x_train,
        "y_train": work.y_train,
        "x_test": work.x_test,
        "minibatches": work.minibatches,
        **parameters,
    }


def answer_shapes(work: Work) -> dict[str, tuple[int, int]]:
    """What an answer holds, by name: (member, row) predictions, (member, checkpoint) losses."""
    members = len(work.weights[0])
    return {
        "train": (members, work.x_train.shape[1]),
        "test": (members, work.x_test.shape[1]),
        "curve": (members, min(CHECKPOINTS, len(work.minibatches))),
    }


def train(header: Header, arrays: Arrays, ask: Ask | None = None) -> Answer:
    """Predictions of every network and how its loss went, or why it is none of the gate's."""
    from actmine.lab.consistency import InconsistentError
    from actmine.lab.fit import fit

    layers = range(header["depth"] + 1)
    work = Work(
        x_train=arrays["x_train"],
        y_train=arrays["y_train"],
        x_test=arrays["x_test"],
        minibatches=arrays["minibatches"],
        weights=tuple(arrays[f"weight_{layer}"] for layer in layers),
        biases=tuple(arrays[f"bias_{layer}"] for layer in layers),
    )
    try:
        fitted = fit(
            load(header["source"]),
            work,
            learning_rate=header["learning_rate"],
            optimizer=header["optimizer"],
            probes=read_probes(header),
            rungs=header["rungs"],
            at_rung=ask and (lambda step, test: ask(step, {"test": test})),
        )
    except InconsistentError as error:
        return {INCONSISTENT: str(error)}, {}
    return {}, {"train": fitted.train, "test": fitted.test, "curve": fitted.curve}


HANDLERS: Mapping[str, Handler] = {FIT: train}


def warm_up() -> None:
    """Pays every lazy import once, by training two steps."""
    lightning.leave_compiler_out()
    lightning.import_lightning()
    keep_freed_memory()
    settings = FitSettings(
        width=4, depth=1, steps=2, batch=2, learning_rate=1e-3, optimizer="adam", seed=0
    )
    train(fit_request(_WARM_SOURCE, settings), request_arrays(tiny_work()))


def tiny_work() -> Work:
    """Two members of one task, two rows a minibatch, two steps."""
    x = np.linspace(-2, 2, 4 * 8, dtype=np.float32).reshape(4, 8)
    return Work(
        x_train=x[None],
        y_train=x[None, :, 0],
        x_test=x[None],
        minibatches=np.zeros((2, 2, 2), dtype=np.int32),
        weights=(np.full((2, 8, 4), 0.1, np.float32), np.full((2, 4, 1), 0.1, np.float32)),
        biases=(np.zeros((2, 1, 4), np.float32), np.zeros((2, 1, 1), np.float32)),
    )
