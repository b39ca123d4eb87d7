"""Faster code than torch's for single operations, each with the same meaning.

For functions that are not compiled as a whole, because they read other features or rows. Torch
leaves sines and their like to MKL, which has slow code for processors of other makers than
Intel; its comparisons, and its choice by a condition, use no vector instructions; its softplus
and mish take longer than NumPy's exponential and logarithm, of which they are made. NumPy
chooses by what the processor can do.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from actmine.capability import numpy_loop

Array = NDArray[Any]
# A call for its effect alone: what is called, its arguments, its options.
Step = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


def _subtract_from(a: Array, b: Array, out: Array) -> None:
    np.subtract(b, a, out)


# Exact, whoever computes them; NumPy's need less time before they begin.
_EXACT: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("add.Tensor", "add.Scalar"), np.add),
    **dict.fromkeys(("sub.Tensor", "sub.Scalar"), np.subtract),
    **dict.fromkeys(("rsub.Tensor", "rsub.Scalar"), _subtract_from),
    **dict.fromkeys(("mul.Tensor", "mul.Scalar"), np.multiply),
    **dict.fromkeys(("div.Tensor", "div.Scalar"), np.divide),
    **dict.fromkeys(("gt.Tensor", "gt.Scalar"), np.greater),
    **dict.fromkeys(("ge.Tensor", "ge.Scalar"), np.greater_equal),
    **dict.fromkeys(("lt.Tensor", "lt.Scalar"), np.less),
    **dict.fromkeys(("le.Tensor", "le.Scalar"), np.less_equal),
    **dict.fromkeys(("eq.Tensor", "eq.Scalar"), np.equal),
    **dict.fromkeys(("ne.Tensor", "ne.Scalar"), np.not_equal),
}
# Faster where NumPy has loops for the widest instructions, and the processor has these.
_WIDE: dict[str, np.ufunc] = {
    "sqrt.default": np.sqrt,
    "sin.default": np.sin,
    "cos.default": np.cos,
    "tan.default": np.tan,
    "asin.default": np.arcsin,
    "acos.default": np.arccos,
    "atan.default": np.arctan,
    "sinh.default": np.sinh,
    "cosh.default": np.cosh,
    "tanh.default": np.tanh,
    "asinh.default": np.arcsinh,
    "acosh.default": np.arccosh,
    "atanh.default": np.arctanh,
    "exp.default": np.exp,
    "exp2.default": np.exp2,
    "expm1.default": np.expm1,
    "log.default": np.log,
    "log2.default": np.log2,
    "log10.default": np.log10,
    "log1p.default": np.log1p,
}
_WIDEST = "X86_V4"  # NumPy's name of AVX-512
_LARGEST_EXPONENT = 88.0  # whose exponential is a number; log(1 + exp(x)) is x long before
_LARGEST_SQUARED = 40.0  # whose exponential has a square; the tanh of its softplus is 1


def _softplus(x: Tensor, out: Tensor) -> None:
    made = _exponential(x, _LARGEST_EXPONENT, out)
    np.log1p(made, made)
    np.maximum(made, x.numpy(), out=made)


def _mish(x: Tensor, out: Tensor) -> None:
    made = _exponential(x, _LARGEST_SQUARED, out)
    made *= made + 2
    made /= made + 2  # the tanh of the softplus
    made *= x.numpy()


def _mish_backward(slope: Tensor, x: Tensor, out: Tensor) -> None:
    """The slope times tanh(s) + x (1 - tanh(s)²) s', of the softplus s and its slope s'."""
    grown = _exponential(x, _LARGEST_SQUARED, torch.empty_like(out))
    made = out.numpy()
    np.multiply(grown, grown + 2, made)
    made /= made + 2
    steep = 1 - made * made
    steep *= x.numpy()
    steep *= grown
    grown += 1
    steep /= grown
    made += steep
    made *= slope.numpy()


def _exponential(x: Tensor, largest: float, out: Tensor) -> Array:
    """Of what is not larger; NumPy's minimum with a number uses no vector instructions."""
    made: Array = torch.clamp_max(x, largest, out=out).numpy()
    return np.exp(made, made)


_UFUNCS: dict[str, Callable[..., Any]] = {
    **_EXACT,
    **{name: ufunc for name, ufunc in _WIDE.items() if numpy_loop(ufunc.__name__) == _WIDEST},
}
# What is made of these, in the forms without further numbers.
_COMPOSED: dict[str, Callable[..., Any]] = {
    "softplus.default": _softplus,
    "mish.default": _mish,
    "mish_backward.default": _mish_backward,
}
_HAS_PARTS = {"exp.default", "log1p.default"} <= _UFUNCS.keys()


def faster(
    operator: Any, args: tuple[Any, ...], options: dict[str, Any], out: Tensor
) -> Step | None:
    """A step that does the same sooner; none where torch's own is as good.

    Args:
        args, options: the operator's, tensors on memory that is kept.
        out: where the result is to be.
    """
    if options or not all(_is_plain(value, out) for value in args):
        return None
    name = f"{operator.overloadpacket.__name__}.{operator._overloadname}"
    if name == "relu.default":  # which is that, and in given memory makes a copy besides
        return torch.clamp_min, (*args, 0), {"out": out}
    if name == "where.self":
        condition, yes, no = args
        return _choice(condition, yes, no, out)
    if name in _COMPOSED and _HAS_PARTS and all(isinstance(value, Tensor) for value in args):
        return _COMPOSED[name], (*args, out), {}
    factor_too = len(args) > 2  # of what is subtracted
    if name not in _UFUNCS or factor_too or any(_is_bool(value) for value in args):
        return None
    return _UFUNCS[name], (*map(_array, args), out.numpy()), {}


def _is_plain(value: Any, out: Tensor) -> bool:
    """Whether NumPy would read a value as torch does: one number, or as many as it writes."""
    if not isinstance(value, Tensor):
        return isinstance(value, (int, float))
    whole = value.shape == out.shape and value.is_contiguous()
    return value.dtype in (torch.float32, torch.bool) and (whole or value.dim() == 0)


def _is_bool(value: Any) -> bool:
    return isinstance(value, Tensor) and value.dtype == torch.bool


def _array(value: Any) -> Any:
    return value.numpy() if isinstance(value, Tensor) else np.float32(value)


def _choice(condition: Tensor, yes: Tensor, no: Tensor, out: Tensor) -> Step | None:
    """`where`, by bits: torch goes through the values one by one."""
    if _is_bool(yes) or _is_bool(no):
        return None
    bits = (one.numpy().view(np.int32) for one in (yes, no))
    mask, differing = np.empty((2, *out.shape), np.int32)
    return _choose, (condition.numpy(), *bits, mask, differing, out.numpy().view(np.int32)), {}


def _choose(
    condition: Array, yes: Array, no: Array, mask: Array, differing: Array, out: Array
) -> None:
    np.copyto(mask, condition)
    np.negative(mask, out=mask)  # all bits where it holds
    np.bitwise_xor(yes, no, differing)
    np.bitwise_and(differing, mask, differing)
    np.bitwise_xor(differing, no, out)
