"""The child's side: locks itself down, then answers one request about one source."""

import socket
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from numpy.typing import NDArray

from actmine.sandbox.layers import lock_down
from actmine.sandbox.protocol import RUNG, may_go_on, pack, receive, send, unpack

_MAX_REQUEST = 1 << 30
# Kinds of request that other stages answer. Named in text: the code of one stage is no part
# of another's hash.
_ELSEWHERE = {"transfer": "actmine.transfer.fit", "time": "actmine.champion.timing"}
_TRAIN = ("lab", "transfer")
_WARM_SOURCE = "def activation(x):\n    return torch.sin(x) + F.gelu(x)\n"

Request = Mapping[str, Any]
Arrays = Mapping[str, NDArray[Any]]
Ask = Callable[[int, Arrays], bool]  # sends what there is at a step; whether to go on


def serve(
    channel: socket.socket,
    *,
    memory_mb: int,
    address_space_mb: int,
    cpu_s: float,
    isolation: str,
) -> None:
    """Answers one request; whatever the candidate raises becomes the answer's error.

    A fit that is told at a rung not to go on ends without an answer.
    """
    # Told before any source is seen, so that no source can lie about it.
    try:
        layers = lock_down(
            memory_mb=address_space_mb,
            cpu_s=cpu_s,
            isolation=isolation,
            keep=channel.fileno(),
        )
    except OSError as error:
        send(channel, pack({"missing": str(error)}, {}))
        return
    send(channel, pack(layers, {}))
    header, arrays = unpack(receive(channel, limit=_MAX_REQUEST))

    def ask(step: int, predictions: Arrays) -> bool:
        send(channel, pack({RUNG: step}, predictions))
        if may_go_on(channel):
            return True
        stopped.append(step)
        return False

    stopped: list[int] = []
    try:
        answer, results = answer_request(header, arrays, ask)
    except MemoryError:
        answer, results = {"error": f"out of memory (limit {memory_mb} MB)"}, {}
    except Exception as error:  # the candidate may raise anything
        answer, results = {"error": _explain(error, memory_mb)}, {}
    if not stopped:
        send(channel, pack(answer, results))


def answer_request(
    header: Request, arrays: Arrays, ask: Ask | None = None
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Compiles the source and does the request's `task`.

    "check", "fit" and "sample" are answered here, others by the module that has them.

    Args:
        ask: for a fit with rungs.
    """
    from actmine.gate.static import load

    activation = load(header["source"])
    if header["task"] in _ELSEWHERE:
        answered: tuple[dict[str, Any], dict[str, NDArray[Any]]] = import_module(
            _ELSEWHERE[header["task"]]
        ).answer(activation, header, arrays)
        return answered
    if header["task"] == "fit":
        return _fit(activation, header, arrays, ask)
    if header["task"] == "check":
        return _check(activation)
    return _sample(activation, arrays)


def _fit(
    activation: Any, header: Request, arrays: Arrays, ask: Ask | None
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    import torch

    from actmine.lab.fit import fit
    from actmine.lab.work import Work

    layers = range(header["depth"] + 1)
    work = Work(
        x_train=arrays["x_train"],
        y_train=arrays["y_train"],
        x_test=arrays["x_test"],
        minibatches=arrays["minibatches"],
        weights=tuple(arrays[f"weight_{layer}"] for layer in layers),
        biases=tuple(arrays[f"bias_{layer}"] for layer in layers),
    )
    fitted = fit(
        activation,
        work,
        learning_rate=header["learning_rate"],
        optimizer=header.get("optimizer", "adam"),
        rungs=header.get("rungs", ()),
        at_rung=ask and (lambda step, test: ask(step, {"test": test})),
    )
    capability = torch.backends.cpu.get_cpu_capability()
    return {"cpu_capability": capability}, {
        "train": fitted.train,
        "test": fitted.test,
        "curve": fitted.curve,
    }


def _check(activation: Any) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Contract, compute budget and fingerprint: what the gate asks of a running function."""
    import numpy as np

    from actmine.gate.contract import check
    from actmine.gate.fingerprint import fingerprint
    from actmine.gate.flops import count_flops

    contract = check(activation)
    answer = {"coupling": contract.coupling.value, "flops": count_flops(activation)}
    return answer, {"fingerprint": np.asarray(fingerprint(activation), dtype=np.float32)}


def _sample(activation: Any, arrays: Arrays) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The first feature's output and its derivative, row by row: a curve for figures."""
    import torch

    x = torch.from_numpy(arrays["x"].copy()).requires_grad_()
    y = activation(x)[:, 0]
    (slope,) = torch.autograd.grad(y.sum(), x)
    return {}, {"y": y.detach().numpy(), "slope": slope[:, 0].numpy()}


def warm_up(preload: str) -> None:
    """Pays every lazy import once, in the warm process, by answering each kind of request."""
    import numpy as np

    if preload in _TRAIN:
        from actmine.sandbox import lean

        if preload == "lab":
            lean.leave_compiler_out()
        lean.import_lightning()
    x = np.linspace(-2, 2, 4 * 8, dtype=np.float32).reshape(4, 8)
    answer_request({"task": "check", "source": _WARM_SOURCE}, {})
    answer_request({"task": "sample", "source": _WARM_SOURCE}, {"x": x})
    if preload == "lab":
        from actmine.lab.allocation import keep_freed_memory

        keep_freed_memory()
        header = {"task": "fit", "source": _WARM_SOURCE, "depth": 1, "learning_rate": 1e-3}
        answer_request(header, _tiny_work(x))
    if preload in _ELSEWHERE:
        import_module(_ELSEWHERE[preload]).warm_up()


def _tiny_work(x: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Two members of one task, two rows a minibatch, two steps."""
    import numpy as np

    return {
        "x_train": x[None],
        "y_train": x[None, :, 0],
        "x_test": x[None],
        "minibatches": np.zeros((2, 2, 2), dtype=np.int32),
        "weight_0": np.full((2, 8, 4), 0.1, dtype=np.float32),
        "weight_1": np.full((2, 4, 1), 0.1, dtype=np.float32),
        "bias_0": np.zeros((2, 1, 4), dtype=np.float32),
        "bias_1": np.zeros((2, 1, 1), dtype=np.float32),
    }


def _explain(error: Exception, memory_mb: int) -> str:
    """The error in one line, with a memory limit named as such."""
    text = str(error).strip().splitlines()
    first = text[0] if text else ""
    if "can't allocate memory" in str(error):
        return f"out of memory (limit {memory_mb} MB)"
    return f"{type(error).__name__}: {first}"
