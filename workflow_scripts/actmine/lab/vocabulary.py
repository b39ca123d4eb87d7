"""The functions of torch that a list of operations may name: those of the gate's table.

Where a source writes `2 - x`, torch calls `Tensor.__rsub__`: operators have names of their own.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch

from actmine.gate.library import FFT, FUNCTIONAL, LINALG, METHODS, SPECIAL, TORCH, namespace

PARTS = frozenset({"x.T", "x.mT", "x.real", "x.imag"})  # properties that are tensors
_OPERATORS = """
add radd sub rsub mul rmul truediv rtruediv div rdiv floordiv rfloordiv mod rmod pow rpow matmul
rmatmul neg pos abs invert and rand or ror xor rxor lt le gt ge eq ne getitem
"""
# What they tell is the same for all values of one shape and type.
_SHAPES = """
__len__ device dim dtype is_complex is_contiguous is_floating_point layout ndim nelement numel
requires_grad shape size stride
"""

Function = Callable[..., Any]


@cache
def by_name() -> Mapping[str, Function]:
    """What runs under each name, in the form that the gate gives to sources.

    Names are such as `torch.sin`, `torch.fft.rfft`, `F.gelu`, `x.clamp`, `x.__rsub__`, `x.T`.
    """
    offered = namespace()["torch"]
    return _named(offered, offered.nn.functional)


@cache
def _by_function() -> Mapping[Function, str]:
    return {function: name for name, function in _named(torch, torch.nn.functional).items()}


def _named(root: Any, functional: Any) -> dict[str, Function]:
    methods = {*METHODS, "to", *(f"__{name}__" for name in _OPERATORS.split())}
    rooms: list[tuple[str, Any, set[str] | frozenset[str]]] = [
        ("torch", root, TORCH),
        ("F", functional, FUNCTIONAL),
        ("torch.fft", root.fft, FFT),
        ("torch.special", root.special, SPECIAL),
        ("torch.linalg", root.linalg, LINALG),
        ("x", torch.Tensor, methods),
    ]
    functions = {
        f"{room}.{name}": getattr(module, name)
        for room, module, names in rooms
        for name in sorted(names)
        if hasattr(module, name)
    }
    parts = {part: getattr(torch.Tensor, part.removeprefix("x.")).__get__ for part in PARTS}
    return functions | parts


def name_of(function: Function) -> str:
    """The name of a function that torch was asked for; empty if there is none."""
    return _by_function().get(function, "")


def tells_shape(function: Any) -> bool:
    """Whether what it returns, which is no tensor, is the same whatever the values are."""
    of = getattr(function, "__self__", function)  # a property's descriptor, or the function
    return getattr(of, "__name__", "") in _SHAPES.split()
