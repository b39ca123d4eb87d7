"""What the named functions of torch mean, as formulas over elementary ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

Expression = Any  # SymPy's, which has no types


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A function that a formula may name.

    Attributes:
        name: as the formula shows it.
        defaults: its further arguments by name, in order, with their defaults.
        meaning: its value, of the input and the further arguments.
    """

    name: str
    meaning: Callable[..., Expression]
    defaults: Mapping[str, float]


@cache
def named() -> dict[str, Definition]:
    """By the name that torch has for a function; the last part of it."""
    import sympy as s  # type: ignore[import-untyped]  # 1 s that others need not pay

    def piecewise(*cases: tuple[Expression, Expression]) -> Expression:
        return s.Piecewise(*cases, evaluate=False)

    def elu(x: Expression, alpha: Expression) -> Expression:
        return piecewise((x, x > 0), (alpha * (s.exp(x) - 1), True))

    def softplus(x: Expression, beta: Expression) -> Expression:
        return s.log(1 + s.exp(beta * x)) / beta

    rows: dict[str, tuple[str, Callable[..., Expression], dict[str, float]]] = {
        "relu": ("ReLU", lambda x: s.Max(0, x), {}),
        "relu6": ("ReLU6", lambda x: s.Min(6, s.Max(0, x)), {}),
        "gelu": ("GELU", lambda x: x * (1 + s.erf(x / s.sqrt(2))) / 2, {}),
        "silu": ("SiLU", lambda x: x / (1 + s.exp(-x)), {}),
        "mish": ("Mish", lambda x: x * s.tanh(s.log(1 + s.exp(x))), {}),
        "sigmoid": (r"\sigma", lambda x: 1 / (1 + s.exp(-x)), {}),
        "softplus": ("softplus", softplus, {"beta": 1.0}),
        "softsign": ("softsign", lambda x: x / (1 + s.Abs(x)), {}),
        "tanhshrink": ("tanhshrink", lambda x: x - s.tanh(x), {}),
        "logsigmoid": ("logsigmoid", lambda x: -s.log(1 + s.exp(-x)), {}),
        "hardswish": ("hardswish", lambda x: x * s.Min(6, s.Max(0, x + 3)) / 6, {}),
        "hardsigmoid": ("hardsigmoid", lambda x: s.Min(6, s.Max(0, x + 3)) / 6, {}),
        "hardtanh": (
            "hardtanh",
            lambda x, low, high: s.Min(high, s.Max(low, x)),
            {"min_val": -1.0, "max_val": 1.0},
        ),
        "leaky_relu": (
            "LeakyReLU",
            lambda x, slope: piecewise((x, x > 0), (slope * x, True)),
            {"negative_slope": 0.01},
        ),
        "elu": ("ELU", elu, {"alpha": 1.0}),
        "celu": ("CELU", lambda x, a: elu_scaled(x, a), {"alpha": 1.0}),
        "selu": (
            "SELU",
            lambda x: s.Float(1.0507009873554805) * elu(x, s.Float(1.6732632423543772)),
            {},
        ),
        "sinc": ("sinc", lambda x: s.sin(s.pi * x) / (s.pi * x), {}),
    }

    def elu_scaled(x: Expression, a: Expression) -> Expression:
        return piecewise((x, x > 0), (a * (s.exp(x / a) - 1), True))

    return {
        key: Definition(name=name, meaning=meaning, defaults=defaults)
        for key, (name, meaning, defaults) in rows.items()
    }


@cache
def elementary() -> dict[str, Callable[..., Expression]]:
    """Functions that SymPy has itself, by torch's name, with as many arguments as torch's."""
    import sympy as s

    one = {
        **{name: getattr(s, name) for name in ("exp", "log", "sin", "cos", "tan", "erf")},
        **{name: getattr(s, name) for name in ("sinh", "cosh", "tanh", "asin", "acos", "atan")},
        **{name: getattr(s, name) for name in ("asinh", "acosh", "atanh", "sqrt", "erfc")},
        **{name: getattr(s, name) for name in ("sign", "floor")},
        "abs": s.Abs,
        "ceil": s.ceiling,
        "neg": lambda x: -x,
        "negative": lambda x: -x,
        "square": lambda x: x**2,
        "reciprocal": lambda x: 1 / x,
        "rsqrt": lambda x: 1 / s.sqrt(x),
        "exp2": lambda x: 2**x,
        "expm1": lambda x: s.exp(x) - 1,
        "log1p": lambda x: s.log(1 + x),
        "log2": lambda x: s.log(x) / s.log(2),
        "log10": lambda x: s.log(x) / s.log(10),
    }
    two = {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "maximum": s.Max,
        "minimum": s.Min,
    }
    return {**one, **two}


TWO_ARGUMENTS = frozenset({"add", "sub", "mul", "div", "maximum", "minimum"})
ALIASES = {
    "swish": "silu",
    "expit": "sigmoid",
    "absolute": "abs",
    "arctan": "atan",
    "arcsin": "asin",
    "arccos": "acos",
    "multiply": "mul",
    "divide": "div",
    "subtract": "sub",
}
