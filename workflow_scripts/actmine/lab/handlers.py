"""Answers the lab's request in the locked child: trains one function's networks.

Torch is imported by the functions, in the warm process; the parent imports this module too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from actmine.gate.handlers import read_probes
from actmine.gate.probes import Probes, probes_of
from actmine.gate.static import load
from actmine.lab import lightning
from actmine.lab.allocation import keep_freed_memory
from actmine.lab.trial import INCONSISTENT, UNTRACEABLE
from actmine.lab.work import CHECKPOINTS, FitSettings, Work

if TYPE_CHECKING:
    from actmine.sandbox.protocol import Arrays
    from actmine.sandbox.worker import Answer, Ask, Handler, Header

FIT, TRACE, EXAMINE = "fit", "trace", "examine"
TRACES = "traces"  # the key of an answer to TRACE
Shape = tuple[int, int]
MOST_TEXT = 1 << 19  # of lists of operations: half of what a message's header may have
_WARM_SOURCE = "def activation(x):\n    return torch.sin(x) + F.gelu(x)\n"


def fit_request(
    source: str, settings: FitSettings, *, rungs: Sequence[int] = ()
) -> dict[str, Any]:
    """The header of a request to train a function.

    Args:
        rungs: steps after which the child sends its predictions and asks whether to go on.
    """
    return {
        **_examined(FIT, source, settings),
        "depth": settings.depth,
        "learning_rate": settings.learning_rate,
        "optimizer": settings.optimizer,
        "rungs": list(rungs),
    }


def trace_request(probes: Probes, shapes: Iterable[Shape]) -> dict[str, Any]:
    """The header of a request for a function's lists of operations.

    Args:
        probes: of the function, on which its lists are held against it.
        shapes: (batch, width) of the inputs that it will be given, a list for each.
    """
    return {"kind": TRACE, **asdict(probes), "shapes": [list(shape) for shape in shapes]}


def examine_request(source: str, settings: FitSettings, where: Sequence[str]) -> dict[str, Any]:
    """The header of a request to hold a function against what another process made of it.

    Args:
        where: each pair of the request's arrays, `x_0`, `y_0` and so on, is from.
    """
    steps = {"steps": settings.steps, "where": list(where)}
    return {**_examined(EXAMINE, source, settings), **steps}


def _examined(kind: str, source: str, settings: FitSettings) -> dict[str, Any]:
    return {"kind": kind, **asdict(probes_of(settings, seed=settings.seed, source=source))}


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


def read_work(arrays: Arrays, depth: int) -> Work:
    """The work of a request, of networks with so many hidden layers."""
    layers = range(depth + 1)
    return Work(
        x_train=arrays["x_train"],
        y_train=arrays["y_train"],
        x_test=arrays["x_test"],
        minibatches=arrays["minibatches"],
        weights=tuple(arrays[f"weight_{layer}"] for layer in layers),
        biases=tuple(arrays[f"bias_{layer}"] for layer in layers),
    )


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

    try:
        fitted = fit(
            load(header["source"]),
            read_work(arrays, header["depth"]),
            learning_rate=header["learning_rate"],
            optimizer=header["optimizer"],
            probes=read_probes(header),
            rungs=header["rungs"],
            at_rung=ask and (lambda step, test: ask(step, {"test": test})),
        )
    except InconsistentError as error:
        return {INCONSISTENT: str(error)}, {}
    return {}, {"train": fitted.train, "test": fitted.test, "curve": fitted.curve}


def trace(header: Header, arrays: Arrays, ask: Ask | None = None) -> Answer:
    """A function's lists of operations, one for each shape, or why it has none."""
    from actmine.lab.tracing import UntraceableError, written_down

    activation, probes = load(header["source"]), read_probes(header)
    try:
        lists = [
            written_down(activation, replace(probes, rows=rows, width=width))
            for rows, width in header["shapes"]
        ]
    except UntraceableError as error:
        return {UNTRACEABLE: str(error)}, {}
    if len(json.dumps(lists)) > MOST_TEXT:
        return {UNTRACEABLE: "its lists of operations are too long for one message"}, {}
    return {TRACES: lists}, {}


def examine(header: Header, arrays: Arrays, ask: Ask | None = None) -> Answer:
    """Nothing, if a function is the gate's and does what another process made of it."""
    import torch

    from actmine.lab.consistency import InconsistentError, Watch
    from actmine.lab.members import one_by_one

    activation = load(header["source"])
    try:
        watch = Watch(
            activation, one_by_one(activation), read_probes(header), steps=header["steps"]
        )
        for number, where in enumerate(header["where"]):
            x, y = (torch.from_numpy(arrays[f"{name}_{number}"].copy()) for name in "xy")
            watch.take(x, y, where=where)
    except InconsistentError as error:
        return {INCONSISTENT: str(error)}, {}
    return {}, {}


HANDLERS: Mapping[str, Handler] = {FIT: train, TRACE: trace, EXAMINE: examine}


def warm_up() -> None:
    """Pays every lazy import once, by training two steps and writing a function down."""
    from actmine.lab.fused import prepare

    lightning.leave_compiler_out()
    lightning.import_lightning()
    keep_freed_memory()
    prepare()
    settings = FitSettings(
        width=4, depth=1, steps=2, batch=2, learning_rate=1e-3, optimizer="adam", seed=0
    )
    train(fit_request(_WARM_SOURCE, settings), request_arrays(tiny_work()))
    trace(trace_request(probes_of(settings, seed=0, source=_WARM_SOURCE), [(2, 4)]), {})


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
