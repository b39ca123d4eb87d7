"""Numbers, texts and types that a source writes out, and what they may be."""

import ast
import math
import operator
import re
from collections.abc import Callable
from typing import Any

from actmine.gate.library import DTYPES, EINSUM, MAX_FACTORIAL, STRINGS
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
    """Refuses a power of literals whose exponent is above LARGEST_POWER."""
    if not isinstance(node.op, ast.Pow):
        return
    base, exponent = _number(node.left), _number(node.right)
    if base is not None and exponent is not None and exponent > LARGEST_POWER:
        refuse(node, f"is a power above {LARGEST_POWER}; write its value as a float")


def check_factorial(node: ast.Call) -> None:
    """Refuses a factorial of a literal that no float could hold.

    What a loop's variable makes of it is bounded when it runs, by the library's own form.
    """
    for argument in node.args:
        value = _number(argument)
        if value is not None and value > MAX_FACTORIAL:
            refuse(
                node, f"can hang on a large number; at most {MAX_FACTORIAL} may be asked for"
            )


def check_option(keyword: ast.keyword, text: str) -> None:
    """Refuses a text that is not among the values of its keyword, and names those."""
    offered = STRINGS.get(keyword.arg or "", frozenset())
    if text not in offered:
        choices = " or ".join(map(repr, sorted(offered))) or "a number"
        refuse(keyword, f"is text that is not offered; use {choices}")


def is_equation(node: ast.Call) -> bool:
    """Whether a call starts with the text of an einsum, such as "bi,ij->bj"."""
    first = node.args[0] if node.args else None
    text = first.value if isinstance(first, ast.Constant) else None
    return isinstance(text, str) and re.fullmatch(EINSUM, text) is not None


def is_conversion(node: ast.Call) -> bool:
    """Whether a call is `value.to(…)` to a written type, or to that of another tensor."""
    given = [*node.args, *(k.value for k in node.keywords if k.arg in ("dtype", "device"))]
    return (
        isinstance(node.func, ast.Attribute)
        and node.func.attr == "to"
        and 0 < len(given) == len(node.args) + len(node.keywords)
        and all(map(_is_type, given))
    )


def _is_type(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="torch"), attr=name):
            return name in DTYPES
        case ast.Attribute(attr="dtype" | "device"):
            return True
    return False


def is_shape_part(node: ast.expr) -> bool:
    """Whether it is `value.shape`, or a slice of one."""
    match node:
        case ast.Subscript(value=whole, slice=ast.Slice()):
            return is_shape_part(whole)
        case ast.Attribute(attr="shape"):
            return True
    return False
