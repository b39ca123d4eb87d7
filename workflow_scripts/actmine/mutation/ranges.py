"""Bounds of the elementwise functions, given bounds of their argument."""

import math
from collections.abc import Callable

from actmine.mutation.values import ANYTHING, Range, Value, even, hull, overflows, safely


def _sigmoid(v: float) -> float:
    return 0.5 * (1 + math.tanh(v / 2))


def _softplus(v: float) -> float:
    return max(v, 0.0) + math.log1p(math.exp(-abs(v)))


def _elu(v: float) -> float:
    return v if v > 0 else math.expm1(v)


# Increasing functions: their bounds are their values at the bounds.
INCREASING: dict[str, Callable[[float], float]] = {
    "tanh": math.tanh,
    "sigmoid": _sigmoid,
    "erf": math.erf,
    "atan": math.atan,
    "softsign": lambda v: math.copysign(1 - 1 / (1 + abs(v)), v),
    "relu": lambda v: max(v, 0.0),
    "relu6": lambda v: min(max(v, 0.0), 6.0),
    "hardtanh": lambda v: min(max(v, -1.0), 1.0),
    "hardsigmoid": lambda v: min(max(v / 6 + 0.5, 0.0), 1.0),
    "leaky_relu": lambda v: v if v > 0 else 0.01 * v,
    "softplus": _softplus,
    "logsigmoid": lambda v: -_softplus(-v),
    "elu": _elu,
    "celu": _elu,
    "selu": lambda v: 1.0507 * (v if v > 0 else 1.6733 * math.expm1(v)),
    "asinh": math.asinh,
    "sinh": math.sinh,
    "exp": math.exp,
    "expm1": math.expm1,
    "exp2": lambda v: math.pow(2.0, v),
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "log1p": math.log1p,
    "sqrt": math.sqrt,
    "tanhshrink": lambda v: v - math.tanh(v),
    "softshrink": lambda v: math.copysign(max(abs(v) - 0.5, 0.0), v),
    "hardshrink": lambda v: v if abs(v) > 0.5 else 0.0,
    "floor": math.floor,
    "round": round,
    "trunc": math.trunc,
    "ceil": math.ceil,
    "sign": lambda v: float(v > 0) - float(v < 0),
}
EVEN: dict[str, Callable[[float], float]] = {
    "abs": lambda v: v,
    "square": lambda v: v * v,
    "cosh": math.cosh,
}
# Functions with one dip below zero, by its depth.
DIPPING: dict[str, float] = {"gelu": 0.17, "silu": 0.28, "mish": 0.31, "hardswish": 0.375}
FIXED: dict[str, Range] = {
    "sin": (-1.0, 1.0),
    "cos": (-1.0, 1.0),
    "sinc": (-0.22, 1.0),
    "softmax": (0.0, 1.0),
    "frac": (-1.0, 1.0),
    "layer_norm": (-1e2, 1e2),
}
# A value or a gradient is missing at and below these arguments.
LOWEST: dict[str, float] = {"log": 0, "log2": 0, "log10": 0, "log1p": -1, "sqrt": 0, "rsqrt": 0}
# Decreasing where they are defined.
DECREASING: dict[str, Callable[[float], float]] = {
    "reciprocal": lambda v: 1 / v,
    "rsqrt": lambda v: 1 / math.sqrt(v),
}
UNDEFINED_SOMEWHERE = frozenset({"tan", "acos", "asin", "atanh", "reciprocal"})
ELEMENTWISE = frozenset(
    {*INCREASING, *EVEN, *DIPPING, *FIXED, *DECREASING, *UNDEFINED_SOMEWHERE}
)


def elementwise(name: str, given: Value, *, plain: bool) -> Value:
    """What an elementwise function returns.

    Args:
        plain: no slope or sharpness is given besides the argument.
    """
    low, high = given.bounds
    bounds: Range = ANYTHING
    if name in INCREASING:
        function = safely(INCREASING[name])
        bounds = hull((function(low), function(high)))
    elif name in DECREASING and (low > 0 or high < 0):
        function = safely(DECREASING[name])
        bounds = hull((function(low), function(high)))
    elif name in EVEN:
        bounds = even(given.bounds, safely(EVEN[name]))
    elif name in DIPPING:
        bounds = (-DIPPING[name] if low < 0 else 0.0, max(high, 0.0))
    elif name in FIXED:
        bounds = FIXED[name]
    outside = name in LOWEST and low <= LOWEST[name]
    if name in UNDEFINED_SOMEWHERE:
        outside = outside or (low <= 0 <= high)
    if not plain:  # a slope or a sharpness was given: only the direction is sure
        bounds = hull((*bounds, low, high))
    hazard = outside or overflows(bounds, given.bounds)
    hazard = hazard or (name in ("exp", "sinh", "cosh", "expm1") and math.isinf(max(bounds)))
    return Value(kind=given.kind, bounds=bounds, hazard=hazard)
