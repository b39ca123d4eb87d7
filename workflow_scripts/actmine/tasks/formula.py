"""Reads a formula's text as data, never as code, and evaluates it over arrays.

The syntax is SymPy's. The text is parsed to a syntax tree whose every node must be on an
allow-list; nothing is compiled or handed to an evaluator of strings.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev, legendre
from numpy.typing import NDArray

from actmine.number_text import counted

Array = NDArray[np.float64]

# Caps [ours]: a polynomial of degree 6 in 3 inputs, the longest formula drawn, has
# 2.8 kB, 816 nodes and depth 85; Python's recursion limit is 1,000.
MAX_BYTES = 4000
MAX_NODES = 1500
MAX_DEPTH = 120
MAX_ORDER = 32  # of an orthogonal polynomial

CONSTANTS: dict[str, float] = {"pi": np.pi, "E": np.e}


def _orthogonal(values: Callable[..., Any], order: float, x: Array) -> Array:
    return np.asarray(values(x, np.eye(MAX_ORDER + 1)[int(order)][: int(order) + 1]))


def _extremum(pick: np.ufunc, *arguments: Array) -> Array:
    return np.asarray(reduce(pick, arguments))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "ln": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "Abs": np.abs,
    "sign": np.sign,
    "Min": partial(_extremum, np.minimum),
    "Max": partial(_extremum, np.maximum),
    "chebyshevt": partial(_orthogonal, chebyshev.chebval),
    "legendre": partial(_orthogonal, legendre.legval),
}
ORTHOGONAL = frozenset({"chebyshevt", "legendre"})
VARIADIC = frozenset({"Min", "Max"})
OPERATORS: dict[type[ast.operator], np.ufunc] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
SIGNS: dict[type[ast.unaryop], np.ufunc] = {ast.USub: np.negative, ast.UAdd: np.positive}
RESERVED = frozenset(FUNCTIONS) | frozenset(CONSTANTS)
VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
STRANGE = re.compile(r"[^A-Za-z0-9_+\-*/()., ]")
ALLOWED = (
    "+ - * / **, parentheses, numbers, "
    f"{', '.join(CONSTANTS)}, variables, and the functions {', '.join(FUNCTIONS)}"
)


class FormulaError(ValueError):
    """A formula that is not read.

    Attributes:
        formula: its text, shortened.
        reason: the construct and what would be allowed.
    """

    def __init__(self, formula: object, reason: str) -> None:
        text = str(formula)[:120]
        super().__init__(f"formula {text!r}: {reason}")
        self.formula = text
        self.reason = reason


@dataclass(frozen=True)
class Formula:
    """A checked formula.

    Attributes:
        text: as it was written.
        variables: in the order of their first appearance.
    """

    text: str
    variables: tuple[str, ...]
    body: ast.expr = field(repr=False, compare=False)

    def evaluate(self, values: Mapping[str, Array]) -> Array:
        """(n,) float64 values; non-finite where the formula is undefined or overflows.

        Args:
            values: one (n,) array per variable, all of one length.

        Raises:
            FormulaError: a variable has no values.
        """
        missing = [name for name in self.variables if name not in values]
        if missing:
            raise FormulaError(
                self.text, f"no values for {', '.join(missing)}; given: {', '.join(values)}"
            )
        columns = {name: np.asarray(column, dtype=float) for name, column in values.items()}
        shape = np.broadcast_shapes(*(column.shape for column in columns.values()))
        with np.errstate(all="ignore"):
            result = _value(self.body, columns)
        return np.array(np.broadcast_to(result, shape), dtype=float)


def parse_formula(text: str) -> Formula:
    """Reads a formula in SymPy's syntax.

    Raises:
        FormulaError: the text is no formula, too large, or uses what is not allowed.
    """
    if not isinstance(text, str) or not text.strip():
        raise FormulaError(text, f"a formula is a text; allowed: {ALLOWED}")
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise FormulaError(text, f"{len(text)} characters, not ≤ {MAX_BYTES} bytes; shorten it")
    if strange := STRANGE.search(text):
        hint = "write ** for powers; " if strange[0] == "^" else ""
        raise FormulaError(text, f"the character {strange[0]!r}; {hint}allowed: {ALLOWED}")
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason = getattr(error, "msg", None) or "nested too deeply"
        raise FormulaError(text, f"not readable ({reason}); allowed: {ALLOWED}") from None
    return Formula(text, _check(text, body), body)


def _check(text: str, body: ast.expr) -> tuple[str, ...]:
    """The variables of an allowed tree; walks it without recursion."""
    waiting: list[tuple[ast.expr, int]] = [(body, 1)]
    names: list[ast.Name] = []
    nodes = 0
    while waiting:
        node, depth = waiting.pop()
        nodes += 1
        if nodes > MAX_NODES or depth > MAX_DEPTH:
            raise FormulaError(
                text, f"more than {MAX_NODES} parts or {MAX_DEPTH} levels; simplify it"
            )
        if isinstance(node, ast.Name) and node.id not in CONSTANTS:
            names.append(node)
        waiting += [(child, depth + 1) for child in _operands(text, node)]
    for name in names:
        if name.id in FUNCTIONS:
            raise FormulaError(text, f"the function {name.id} without arguments")
        if not VARIABLE.fullmatch(name.id):
            raise FormulaError(text, f"the name {name.id!r}; names start with a letter")
    return tuple(dict.fromkeys(n.id for n in sorted(names, key=lambda n: n.col_offset)))


def _operands(text: str, node: ast.expr) -> list[ast.expr]:
    """The sub-expressions of an allowed node.

    Raises:
        FormulaError: the node is not allowed.
    """
    match node:
        case ast.Constant(value=int() | float() as value) if type(value) is not bool:
            if not np.isfinite(_number(value)):
                raise FormulaError(text, "a number beyond float64 (1.8e308); rescale")
            return []
        case ast.Name():
            return []
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return [left, right]
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in SIGNS:
            return [operand]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return _arguments(text, name, args)
        case ast.Call(func=ast.Name(id=name)):
            raise FormulaError(text, f"the call of {name}; allowed: {ALLOWED}")
    construct = type(getattr(node, "op", node)).__name__
    raise FormulaError(text, f"the construct {construct}; allowed: {ALLOWED}")


def _arguments(text: str, name: str, arguments: list[ast.expr]) -> list[ast.expr]:
    expected = 2 if name in ORTHOGONAL else 1
    if not (len(arguments) == expected or (name in VARIADIC and arguments)):
        raise FormulaError(
            text, f"{name} takes {counted(expected, 'argument')}, not {len(arguments)}"
        )
    if name in ORTHOGONAL:
        order = arguments[0]
        whole = isinstance(order, ast.Constant) and type(order.value) is int
        if not whole or not 0 <= ast.literal_eval(order) <= MAX_ORDER:
            raise FormulaError(text, f"{name} takes an order from 0 to {MAX_ORDER} first")
    return arguments


def _number(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return np.inf


def _value(node: ast.expr, columns: Mapping[str, Array]) -> Any:
    """Evaluates a checked tree; its depth is capped."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return np.float64(_number(value))  # never int: 9**9**9 must overflow at once
        case ast.Name(id=name):
            return np.float64(CONSTANTS[name]) if name in CONSTANTS else columns[name]
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_value(left, columns), _value(right, columns))
        case ast.UnaryOp(op=sign, operand=operand):
            return SIGNS[type(sign)](_value(operand, columns))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return FUNCTIONS[name](*(_value(argument, columns) for argument in arguments))
    raise AssertionError(f"unchecked node {ast.dump(node)}")
