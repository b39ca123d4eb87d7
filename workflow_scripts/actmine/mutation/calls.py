"""What the functions that a candidate may call make of their arguments."""

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from actmine.functions.table import ANYTHING, TABLE, Function, called
from actmine.gate.library import MAX_TRIPS
from actmine.mutation.ranges import elementwise
from actmine.mutation.values import (
    MAX_ITEMS,
    OTHER,
    Kind,
    Value,
    combine,
    common_kind,
    hull,
    number,
    safely,
    signed,
)


def torch_call(
    name: str, args: Sequence[Value], named: Mapping[str, Value], keep: bool
) -> Value:
    """What a torch function, or a method with its receiver first, returns.

    Args:
        name: the last part of the dotted name.
        named: the keyword arguments.
        keep: `keepdim=True` was given.
    """
    function = called(name)
    if not args:
        return OTHER
    first = args[0]
    if first.kind is Kind.MASK and function.name == "float":
        return Value(kind=Kind.FULL, bounds=(0.0, 1.0))
    if not any(value.is_tensor or value.kind is Kind.MASK for value in args):
        return OTHER
    if function.arguments and "moves" not in function.traits:
        return _pointwise(function, args, named)
    if not first.is_tensor:
        return OTHER
    if "moves" in function.traits:
        return Value(kind=first.kind, bounds=first.bounds)
    if "same" in function.traits:
        return Value(kind=first.kind, bounds=function.range)
    return _reduce(function, args, named, keep) if "reduces" in function.traits else OTHER


def _reduce(
    function: Function, args: Sequence[Value], named: Mapping[str, Value], keep: bool
) -> Value:
    low, high = args[0].bounds
    whole = len(args) == 1 and "dim" not in named
    kind = Kind.PART if whole or (keep and function.name not in ("max", "min")) else Kind.OTHER
    if "within" in function.traits:
        return Value(kind=kind, bounds=(low, high))
    if function.name in ("std", "var"):
        width = high - low
        most = width if function.name == "std" else width * width
        return Value(kind=kind, bounds=(0.0, most))
    return Value(kind=kind)


def _pointwise(function: Function, args: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """What a function returns that works element by element."""
    first = args[0]
    if function.is_unary and (function.traits - {"shape_only"} or not function.meaning):
        if not first.is_tensor:
            return OTHER
        plain = len(args) == 1 and not named.keys() - {"approximate"}
        return elementwise(function, first, plain=plain)
    given = function.bind(args, named)
    if given is None:
        return Value(kind=reduce(common_kind, (value.kind for value in args)))
    result = _applied(function, given)
    # A constant like a tensor has the tensor's shape.
    return replace(result, kind=first.kind) if result.kind is Kind.NUMBER else result


def _applied(function: Function, given: Mapping[str, Value]) -> Value:
    """What a function of the table makes of its arguments, as its meaning tells it."""
    if not function.primitive and function.meaning:
        env = {key: number(default) for key, default in function.defaults.items()} | dict(given)
        return _evaluated(function.expression, env)
    values = [given[key] for key in function.arguments]
    match function.primitive, values:
        case "Piecewise", [mask, left, right]:
            return _where(mask, left, right)
        case "Max", [left, right]:
            return _pick(max, left, right)
        case "Min", [left, right]:
            return _pick(min, left, right)
        case _, [argument]:
            return elementwise(function, argument, plain=True)
    kind = reduce(common_kind, (value.kind for value in values))
    return Value(kind=kind, bounds=function.range)


def _evaluated(node: ast.expr, env: Mapping[str, Value]) -> Value:
    """An expression of the table, for arguments within bounds."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return number(value)
        case ast.Name(id=name):
            return number(math.pi) if name == "pi" else env[name]
        case ast.Call(args=args):
            parts: Sequence[ast.AST] = args
        case _:
            parts = list(ast.iter_child_nodes(node))
    values = [_evaluated(part, env) for part in parts if isinstance(part, ast.expr)]
    match node:
        case ast.Call(func=ast.Name(id=name)):
            made = _applied(TABLE[name], dict(zip(TABLE[name].arguments, values, strict=True)))
        case ast.BinOp(op=op):
            made = combine(op, *values)
        case ast.UnaryOp(op=sign):
            made = signed(sign, *values)
        case _:
            made = compared(values)
    return replace(made, hazard=made.hazard or any(value.hazard for value in values))


def compared(values: Sequence[Value]) -> Value:
    """What a comparison gives."""
    full = any(value.kind is Kind.FULL for value in values)
    return Value(kind=Kind.MASK, bounds=(0.0, 1.0)) if full else OTHER


def _pick(choose: Callable[..., float], left: Value, right: Value) -> Value:
    """The elementwise larger or smaller of two values."""
    low, high = map(choose, left.bounds, right.bounds)
    return Value(kind=common_kind(left.kind, right.kind), bounds=(low, high))


def _where(mask: Value, left: Value, right: Value) -> Value:
    fits = {Kind.FULL, Kind.PART, Kind.NUMBER}
    if mask.kind is not Kind.MASK or not {left.kind, right.kind} <= fits:
        return OTHER
    return Value(kind=Kind.FULL, bounds=hull((*left.bounds, *right.bounds)))


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
    function = called(name)
    if name == "pow" and len(args) == 2:
        return combine(ast.Pow(), args[0], args[1])
    if function.is_unary and len(args) == 1:
        exact, compute = args[0].number, getattr(math, name, None)
        if exact is not None and compute is not None:
            return number(safely(compute)(exact))
        return elementwise(function, args[0], plain=True)
    return number(*ANYTHING)


def sequence(items: Sequence[Value]) -> Value:
    """A tuple, or what a loop runs over, of known length."""
    made = Value(kind=Kind.OTHER, items=tuple(items))
    return made if made.count <= MAX_ITEMS else OTHER


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
    return sequence([number(step) for step in range(*known)[:MAX_TRIPS]])
