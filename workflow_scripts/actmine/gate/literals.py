"""Numbers that a source writes out, and how large they may grow."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

from actmine.gate.refusal import refuse

LARGEST_POWER = 64  # of literals; 9**9**9 would fill the memory [ours]

_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], Any]] = {
    ast.Add: operator.add,
    ast.Div: operator.truediv,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.Sub: operator.sub,
}


def _number(node: ast.expr) -> float | None:
    """The value of an expression of literals, infinite where it overflows."""
    match node:
        case ast.Constant(value=bool() | int() | float() as value):
            return float(value) if abs(value) < 1e300 else math.inf
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _number(operand)
            return None if inner is None else -inner
        case ast.BinOp(left=left, op=op, right=right):
            return _combined(_number(left), op, _number(right))
    return None


def _combined(a: float | None, op: ast.operator, b: float | None) -> float | None:
    operation = _ARITHMETIC.get(type(op))
    if a is None or b is None or operation is None:
        return None
    try:
        value = operation(a, b)
    except OverflowError:
        return math.inf
    except ZeroDivisionError:
        return None
    return value if isinstance(value, float) else None  # (-8.0) ** 0.5 is complex


def check_power(node: ast.BinOp) -> None:
    """Refuses a power of literals that could not be held.

    Raises:
        Refusal: the exponent is above LARGEST_POWER.
    """
    if not isinstance(node.op, ast.Pow):
        return
    base, exponent = _number(node.left), _number(node.right)
    if base is not None and exponent is not None and exponent > LARGEST_POWER:
        refuse(node, f"is a power above {LARGEST_POWER}; write its value as a float")
