"""Writes a function down as a list of torch's operations; runs in the disposable child.

Torch tells of every function that a source calls, before it takes it apart for autograd: so
`detach` and slices have in the list the meaning that they have in the source. Python's own part
(loops, constants, what depends on shapes) is gone from it; what depends on values cannot be.
"""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from actmine.gate.fingerprint import respond
from actmine.gate.flops import tensors_in
from actmine.gate.probes import SCALES, Probes, draw
from actmine.lab.members import Activation
from actmine.lab.traced import (
    MOST_CONSTANTS,
    MOST_OPERATIONS,
    Trace,
    Traced,
    TraceError,
)
from actmine.lab.vocabulary import PARTS, name_of, tells_shape

_MANY = 1 << 20  # values, beyond which fewer scales are tried [ours]
# What the gate fixes for a source (`library.namespace`), and what torch adds for its warnings.
_WITHHELD = {"inplace", "out", "_stacklevel"}


class UntraceableError(Exception):
    """No list of operations stands for a function: what it calls depends on values."""


def written_down(activation: Activation, probes: Probes) -> dict[str, Any]:
    """The list of a function's operations on inputs of one shape, for JSON; see `Trace`.

    It is read back, and gives on probes what the function gives, or there is none.

    Args:
        activation: passed the gate.
        probes: of the shape.

    Raises:
        UntraceableError: there is none.
    """
    random = probes.generator()
    x = draw(random, probes.shape).requires_grad_()
    recorder = _Recorder(x)
    with torch.enable_grad(), recorder:
        y = activation(x)
    written = {
        "shape": list(probes.shape),
        "operations": recorder.operations,
        "output": recorder.number(y),
    }
    try:
        again = Traced(Trace.read(json.loads(json.dumps(written))), device=torch.device("cpu"))
    except TraceError as error:
        raise UntraceableError(str(error)) from None
    rows, width = probes.shape
    for scale in SCALES if rows * width <= _MANY else SCALES[-2:]:
        _require_same(again, activation, draw(random, probes.shape, scale))
    return written


def _require_same(traced: Activation, activation: Activation, x: Tensor) -> None:
    """Refuses a list that does something else than the function it was taken from."""
    uneven = np.linspace(0.5, 1.5, x.numel(), dtype=np.float32).reshape(x.shape)
    ours, theirs = (respond(f, x.numpy(), uneven) for f in (traced, activation))
    for seen, given in zip(ours, theirs, strict=True):
        if not np.array_equal(seen, given, equal_nan=True):
            raise UntraceableError("what it calls depends on values")


class _Recorder(TorchFunctionMode):
    def __init__(self, x: Tensor) -> None:
        super().__init__()
        self.operations: list[list[Any]] = []
        self._numbers = {id(x): 0}
        self._kept: list[Any] = [x]  # or another tensor would get the same id

    def __torch_function__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        options = kwargs or {}
        result = func(*args, **options)
        made = tensors_in([result])
        if not made:
            if tells_shape(func):
                return result
            raise UntraceableError(f"{_called(func)} reads values, on which the function hangs")
        name = name_of(func)
        if not name:
            raise UntraceableError(f"{_called(func)} is in no table")
        if name in PARTS:
            args = args[:1]  # a property is read for an object, and of a type
        self.operations.append(
            [
                name,
                [self._written(one) for one in args],
                {key: self._written(options[key]) for key in options.keys() - _WITHHELD},
                len(made),
            ]
        )
        if len(self.operations) > MOST_OPERATIONS:
            raise UntraceableError(f"it makes more than {MOST_OPERATIONS} calls")
        self._kept.append(result)
        first = 1 + sum(results for *_, results in self.operations[:-1])
        self._numbers.update((id(one), first + k) for k, one in enumerate(made))
        return result

    def number(self, tensor: Any) -> int:
        """The number of a value."""
        if id(tensor) not in self._numbers:
            raise UntraceableError("it returns what it did not compute")
        return self._numbers[id(tensor)]

    def _written(self, value: Any) -> Any:
        match value:
            case Tensor():
                if id(value) in self._numbers:
                    return {"value": self._numbers[id(value)]}
                return _numbers_of(value)
            case float() if not isfinite(value):
                return {"float": str(value)}
            case None | bool() | int() | float() | str():
                return value
            case complex():
                return {"complex": [value.real, value.imag]}
            case torch.dtype():
                return {"dtype": str(value).removeprefix("torch.")}
            case torch.device():
                return {"device": None}
            case slice():
                ends = (value.start, value.stop, value.step)
                return {"slice": [self._written(one) for one in ends]}
            case list():
                return [self._written(one) for one in value]
            case tuple():
                return {"tuple": [self._written(one) for one in value]}
        if value is Ellipsis:
            return {"ellipsis": None}
        raise UntraceableError(
            f"an argument of type {type(value).__name__} has no written form"
        )


def _called(func: Any) -> str:
    of = getattr(func, "__self__", func)
    return str(getattr(of, "__name__", "") or getattr(func, "__name__", "a function"))


def _numbers_of(constant: Tensor) -> dict[str, Any]:
    """A tensor that a source made before it was called."""
    if constant.numel() > MOST_CONSTANTS or constant.is_complex():
        raise UntraceableError("a constant has too many numbers, or complex ones")
    with torch._C.DisableTorchFunction():
        numbers = constant.detach().flatten().tolist()
        shape, dtype = list(constant.shape), str(constant.dtype).removeprefix("torch.")
    written = [one if isfinite(one) else str(one) for one in numbers]
    return {"tensor": written, "shape": shape, "dtype": dtype}
