"""What the functions that a candidate may call make of their arguments."""

import ast
import math
from collections.abc import Mapping, Sequence
from functools import reduce

from actmine.mutation.ranges import ELEMENTWISE, FIXED, elementwise
from actmine.mutation.values import (
    ANYTHING,
    INPUT,
    OTHER,
    Kind,
    Value,
    combine,
    hull,
    join,
    number,
    safely,
)

MAX_TURNS = 64  # of one loop, as the gate allows [ours]

ALIASES = {
    "absolute": "abs",
    "arctan": "atan",
    "arcsinh": "asinh",
    "expit": "sigmoid",
    "log_sigmoid": "logsigmoid",
    "swish": "silu",
    "sgn": "sign",
    "clip": "clamp",
    "clamp_min": "clamp",
    "fmax": "maximum",
    "fmin": "minimum",
}
ARITHMETIC: dict[str, ast.operator] = {
    "add": ast.Add(),
    "sub": ast.Sub(),
    "subtract": ast.Sub(),
    "mul": ast.Mult(),
    "multiply": ast.Mult(),
    "div": ast.Div(),
    "divide": ast.Div(),
    "true_divide": ast.Div(),
    "pow": ast.Pow(),
    "remainder": ast.Mod(),
    "fmod": ast.Mod(),
}
SAME_SHAPE = frozenset({"roll", "flip", "clone", "contiguous", "detach", "float"})
CONSTANT_LIKE: dict[str, float] = {"zeros_like": 0.0, "ones_like": 1.0}
REDUCTIONS = frozenset(
    {"mean", "sum", "amax", "amin", "max", "min", "median", "std", "var", "norm", "logsumexp"}
)


def _clamp(args: Sequence[Value], named: Mapping[str, Value]) -> Value:
    low, high = args[0].bounds
    given = dict(zip(("min", "max"), args[1:], strict=False)) | dict(named)
    if "min" in given and (least := given["min"].number) is not None:
        low, high = max(low, least), max(high, least)
    if "max" in given and (most := given["max"].number) is not None:
        low, high = min(low, most), min(high, most)
    return Value(kind=args[0].kind, bounds=(low, high))


def _pick(args: Sequence[Value], name: str) -> Value:
    """The elementwise larger or smaller of two tensors."""
    (a, b), (c, d) = args[0].bounds, args[1].bounds
    both = (max(a, c), max(b, d)) if name == "maximum" else (min(a, c), min(b, d))
    full = Kind.FULL in (args[0].kind, args[1].kind)
    return Value(kind=Kind.FULL if full else join(*args[:2]).kind, bounds=both)


def _where(args: Sequence[Value]) -> Value:
    mask, left, right = args[:3]
    fits = {Kind.FULL, Kind.PART, Kind.NUMBER}
    if mask.kind is not Kind.MASK or not {left.kind, right.kind} <= fits:
        return OTHER
    return Value(kind=Kind.FULL, bounds=hull((*left.bounds, *right.bounds)))


def _reduce(name: str, args: Sequence[Value], named: Mapping[str, Value], keep: bool) -> Value:
    low, high = args[0].bounds
    whole = len(args) == 1 and "dim" not in named
    kind = Kind.PART if whole or (keep and name not in ("max", "min")) else Kind.OTHER
    if name in ("mean", "amax", "amin", "max", "min", "median"):
        return Value(kind=kind, bounds=(low, high))
    if name in ("std", "var"):
        width = high - low
        return Value(kind=kind, bounds=(0.0, width if name == "std" else width * width))
    return Value(kind=kind)


def torch_call(
    name: str, args: Sequence[Value], named: Mapping[str, Value], keep: bool
) -> Value:
    """What a torch function, or a method with its receiver first, returns.

    Args:
        name: the last part of the dotted name.
        named: the keyword arguments.
        keep: `keepdim=True` was given.
    """
    name = ALIASES.get(name, name)
    if not args:
        return OTHER
    first = args[0]
    if first.kind is Kind.MASK and name == "float":
        return Value(kind=Kind.FULL, bounds=(0.0, 1.0))
    if name in ARITHMETIC and len(args) == 2:
        return combine(ARITHMETIC[name], first, args[1])
    if name == "where" and len(args) == 3:
        return _where(args)
    if not first.is_tensor:
        return OTHER
    if name in ELEMENTWISE:
        plain = len(args) == 1 and not named.keys() - {"dim", "approximate"}
        return elementwise(name, first, plain=plain or name in FIXED)
    return _shaped_call(name, args, named, keep)


def _shaped_call(
    name: str, args: Sequence[Value], named: Mapping[str, Value], keep: bool
) -> Value:
    first = args[0]
    if name in ("neg", "negative"):
        return combine(ast.Sub(), number(0), first)
    if name == "clamp":
        return _clamp(args, named)
    if name in ("maximum", "minimum") and len(args) == 2:
        return _pick(args, name)
    if name in SAME_SHAPE:
        return Value(kind=first.kind, bounds=first.bounds)
    if name in CONSTANT_LIKE:
        return Value(kind=first.kind, bounds=(CONSTANT_LIKE[name], CONSTANT_LIKE[name]))
    if name in REDUCTIONS:
        return _reduce(name, args, named, keep)
    if name in ("cumsum", "lerp", "addcmul", "normalize", "xlogy", "logaddexp", "hypot"):
        return Value(kind=first.kind)
    return OTHER


def scalar_call(name: str, args: Sequence[Value]) -> Value:
    """What a function of `math`, or a builtin on numbers, returns."""
    if not args or any(arg.kind is not Kind.NUMBER for arg in args):
        return OTHER
    if name in ("min", "max"):
        pick = min if name == "min" else max
        lows, highs = zip(*(arg.bounds for arg in args), strict=True)
        return number(pick(lows), pick(highs))
    if name in ("float", "int"):
        return args[0]
    if name == "pow" and len(args) == 2:
        return combine(ast.Pow(), args[0], args[1])
    if name in ELEMENTWISE and len(args) == 1:
        exact, function = args[0].number, getattr(math, name, None)
        if exact is not None and function is not None:
            return number(safely(function)(exact))
        return elementwise(name, args[0], plain=True)
    return number(*ANYTHING)


def input_tensor() -> Value:
    """The argument of `activation`."""
    return Value(kind=Kind.FULL, bounds=INPUT)


def sequence(items: Sequence[Value]) -> Value:
    """A tuple, or what a loop runs over, of known length."""
    return Value(kind=Kind.OTHER, items=tuple(items))


def builtin_call(name: str, args: Sequence[Value]) -> Value:
    """What a builtin returns."""
    items = args[0].items if args else None
    match name:
        case "abs" | "pow" if args and args[0].is_tensor:
            return torch_call(name, args, {}, False)
        case "range":
            return _counts([arg.number for arg in args])
        case "len":
            return number(*ANYTHING) if items is None else number(len(items))
        case "list" | "tuple" | "reversed" | "sorted" if items is not None:
            return sequence(items if name != "reversed" else items[::-1])
        case "enumerate" if items is not None:
            start = args[1].number if len(args) > 1 and args[1].number is not None else 0
            return sequence([sequence([number(i + start), v]) for i, v in enumerate(items)])
        case "zip" if all(arg.items is not None for arg in args):
            return sequence(
                [sequence(row) for row in zip(*(a.items or () for a in args), strict=False)]
            )
        case "sum" if items is not None:
            return reduce(lambda total, item: combine(ast.Add(), total, item), items, number(0))
        case "min" | "max" if items is not None:
            return scalar_call(name, items)
    return scalar_call(name, args)


def _counts(limits: Sequence[float | None]) -> Value:
    """The numbers of a `range` with known limits."""
    known = [int(limit) for limit in limits if limit is not None and math.isfinite(limit)]
    if not known or len(known) < len(limits) or (len(known) == 3 and known[2] == 0):
        return OTHER
    return sequence([number(step) for step in range(*known)[:MAX_TURNS]])
