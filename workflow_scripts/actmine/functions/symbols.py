"""Reads expressions of a source, and of the table of functions, as SymPy's.

The tree is walked against an allow-list. No text reaches SymPy, whose parser executes it, and
nothing of a candidate runs. Functions stay as they are written: SymPy's rules for them cost
more than a formula is worth, and without end for some.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

import sympy
from sympy.logic.boolalg import Boolean

from actmine.functions.floats import value_of
from actmine.functions.spelling import CONSTANTS, ROOTS, dotted
from actmine.functions.table import TABLE, Function, called

MAX_PARTS = 300  # of a formula, with all names written out [ours]
MAX_POWER = 64  # a larger exponent is no formula that one would read [ours]
LARGEST = 1e6  # a number beyond it, or below its inverse, is written with its digits [ours]
MAX_DIGITS = 15  # of a whole number: float64 has no more [ours]

Expression = Any  # SymPy's, which has no types
Env = Mapping[str, Expression]

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_COMPARISONS: dict[type[ast.cmpop], Expression] = {
    ast.Gt: sympy.StrictGreaterThan,
    ast.GtE: sympy.GreaterThan,
    ast.Lt: sympy.StrictLessThan,
    ast.LtE: sympy.LessThan,
}
_MASKS: dict[type[ast.operator], Expression] = {ast.BitAnd: sympy.And, ast.BitOr: sympy.Or}
_INFINITIES = (sympy.oo, -sympy.oo)
_WORDS = {"For": "loop", "If": "branch", "IfExp": "branch", "ListComp": "list"} | {
    "Lambda": "lambda",
    "Subscript": "slice",
}
# What a formula calls an argument that torch calls otherwise.
_LETTERS = {"negative_slope": "alpha", "weight": "alpha", "lambd": "lambda"} | {
    "min_val": "a",
    "max_val": "b",
}


class NoFormulaError(ValueError):
    """A program that is no formula of one number; the message says what is in the way."""


class Reader:
    """Reads expressions.

    Attributes:
        used: the functions that stand in them under a name of their own.
    """

    def __init__(self) -> None:
        self.used: dict[str, Function] = {}

    def read(self, node: ast.expr, env: Env) -> Expression:
        """An expression as SymPy's.

        Args:
            env: what the names in it stand for.

        Raises:
            NoFormulaError: it cannot be written, or is too long.
        """
        return _bounded(self._read(node, env))

    def _read(self, node: ast.expr, env: Env) -> Expression:
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return number(value)
            case ast.Name(id=name) if name in env:
                return env[name]
            case ast.Name(id="pi") | ast.Attribute() if dotted(node):
                return _constant(dotted(node))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -numeric(self.read(operand, env))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return numeric(self.read(operand, env))
            case ast.UnaryOp(op=ast.Invert(), operand=operand):
                return sympy.Not(_mask(self.read(operand, env)))
            case ast.BinOp(left=left, op=op, right=right):
                return self._combined(op, self.read(left, env), self.read(right, env))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if (
                type(op) in _COMPARISONS
            ):
                sides = numeric(self.read(left, env)), numeric(self.read(right, env))
                return _COMPARISONS[type(op)](*sides, evaluate=False)
            case ast.Call():
                return self._call(node, env)
        raise NoFormulaError(f"it has a {described(node)}")

    def _combined(self, op: ast.operator, left: Expression, right: Expression) -> Expression:
        if type(op) in _MASKS:
            return _MASKS[type(op)](_mask(left), _mask(right), evaluate=False)
        left, right = numeric(left), numeric(right)
        if isinstance(op, ast.FloorDiv):
            return self.applied(TABLE["floor_divide"], {"x": left, "other": right})
        if isinstance(op, ast.Mod):
            return _made("Mod", operator.mod, [left, right])
        if type(op) not in _ARITHMETIC:
            raise NoFormulaError(f"it uses the operator {type(op).__name__}")
        exponent = _value(right) if isinstance(op, ast.Pow) else None
        # Powers of numbers within powers would fill the memory.
        if exponent is not None and abs(exponent) > MAX_POWER:
            raise NoFormulaError(f"it has a power above {MAX_POWER}")
        return _folded(_ARITHMETIC[type(op)], _ARITHMETIC[type(op)], [left, right])

    def _call(self, node: ast.Call, env: Env) -> Expression:
        """A call of torch's, of math's, of a tensor's method, or of another row's function."""
        path = dotted(node.func)
        function = called(path)
        given = list(node.args)
        words = {str(word.arg): word.value for word in node.keywords}
        if isinstance(node.func, ast.Attribute) and path.partition(".")[0] not in ROOTS:
            function = called(node.func.attr)
            given.insert(int(function.name == "where"), node.func.value)
        approximation = words.pop("approximate", None)
        if approximation is not None and ast.unparse(approximation) == "'tanh'":
            function = TABLE.get(f"{function.name}_tanh", function)
        bound = function.bind(given, words) if function.meaning else None
        if bound is None:
            name = function.name or path.rpartition(".")[2] or described(node)
            raise NoFormulaError(f"no formula says {name} as it is called there")
        arguments = {key: self.read(each, env) for key, each in bound.items()}
        return self.applied(function, arguments)

    def applied(self, function: Function, bound: Env) -> Expression:
        """A function of the table, under its own name where it has one.

        Args:
            bound: its arguments; those left out have their defaults.
        """
        env = {key: number(default) for key, default in function.defaults.items()} | dict(bound)
        given = [env[key] for key in function.arguments]
        if function.primitive:
            return _primitive(function, given)
        if not function.latex:
            return self.read(function.expression, env)
        if all(_value(each) is not None for each in given):
            return _folded(None, value_of(function.name), given)
        self.used[function.name] = function
        return sympy.Function(function.latex)(*map(numeric, given))


def definition(function: Function, reader: Reader) -> tuple[Expression, Expression]:
    """A function with a name of its own, and what it means, of symbols.

    Args:
        reader: remembers what the meaning names in turn.
    """
    env = {key: sympy.Symbol(_LETTERS.get(key, key)) for key in function.arguments}
    head = sympy.Function(function.latex)(*env.values())
    return head, reader.read(function.expression, env)


def number(value: float) -> Expression:
    """A number, without a point if it is whole."""
    if math.isnan(value):
        raise NoFormulaError("it has a number that is none")
    if math.isinf(value):
        return _INFINITIES[value < 0]
    whole = value == int(value) and abs(value) < 10**MAX_DIGITS
    return sympy.Integer(int(value)) if whole else sympy.Float(float(value))


def numeric(expression: Expression) -> Expression:
    """A mask as the numbers that arithmetic makes of it: 1 where it holds, else 0."""
    if not _is_mask(expression):
        return expression
    return sympy.Piecewise((1, expression), (0, True), evaluate=False)


def described(node: ast.AST) -> str:
    """What a node is, for a person."""
    return _WORDS.get(type(node).__name__, type(node).__name__)


def _constant(path: str) -> Expression:
    root, _, name = path.rpartition(".")
    if name not in CONSTANTS or root not in ("math", "torch", ""):
        raise NoFormulaError(f"it reads {name}")
    return {"pi": sympy.pi, "e": sympy.E}.get(name) or number(CONSTANTS[name])


def _primitive(function: Function, given: Sequence[Expression]) -> Expression:
    """A function that SymPy has itself."""
    if function.primitive == "Piecewise":
        condition, yes, no = given
        cases = (numeric(yes), _mask(condition)), (numeric(no), True)
        return sympy.Piecewise(*cases, evaluate=False)
    numbers = [numeric(each) for each in given]
    if function.primitive in ("Max", "Min"):
        numbers = [each for each in numbers if each != _INFINITIES[function.primitive == "Max"]]
        if len(numbers) == 1:
            return numbers[0]
    return _made(function.primitive, value_of(function.name), numbers)


def _made(
    name: str, compute: Callable[..., float] | None, given: Sequence[Expression]
) -> Expression:
    """SymPy's function of a name, as it is written; of numbers, its value."""
    function = getattr(sympy, name)
    if all(_value(each) is not None for each in given):
        return _folded(function, compute, given)
    return function(*given) if name == "sqrt" else function(*given, evaluate=False)


def _folded(
    function: Callable[..., Expression] | None,
    compute: Callable[..., float] | None,
    given: Sequence[Expression],
) -> Expression:
    """What a function makes of expressions; a number that is too long is cut to its digits.

    Args:
        function: SymPy's; None where a number is always written by its digits.
        compute: the same on floats.
    """
    values = [_value(each) for each in given]
    if function is not None and None in values:
        return function(*given)
    if compute is None:
        raise NoFormulaError("it has a number that only SymPy knows")
    try:
        value = compute(*values)
    except (OverflowError, ValueError, ZeroDivisionError):
        raise NoFormulaError("it has a number beyond float64") from None
    if isinstance(value, complex) or not math.isfinite(value):
        raise NoFormulaError("it has a number that is not real and finite")
    if function is not None and (value == 0 or 1 / LARGEST <= abs(value) <= LARGEST):
        made = function(*given)
        if not made.is_Rational or max(abs(made.p), made.q) <= LARGEST:
            return made
    return number(value)


def _value(expression: Expression) -> float | None:
    """The value of a number, which is none of an expression over symbols."""
    if getattr(expression, "free_symbols", True) or not expression.is_number:
        return None
    return float(expression)


def _is_mask(expression: Expression) -> bool:
    """Whether it is true or false; a symbol of SymPy's may be both, and is a number here."""
    return isinstance(expression, Boolean) and not expression.is_Symbol


def _mask(expression: Expression) -> Expression:
    if not _is_mask(expression):
        raise NoFormulaError("it takes a number for a mask")
    return expression


def _bounded(made: Expression) -> Expression:
    """An expression whose size and numbers one would read.

    Raises:
        NoFormulaError: another one.
    """
    if made in _INFINITIES:  # the bound that a clamp leaves out
        return made
    parts = list(islice(sympy.preorder_traversal(made), MAX_PARTS + 1))
    if len(parts) > MAX_PARTS:
        raise NoFormulaError(f"it has more than {MAX_PARTS} parts when it is written out")
    for part in parts:
        if part in (*_INFINITIES, sympy.zoo, sympy.nan):
            raise NoFormulaError("it has no value that can be written")
        if part.is_Rational and max(abs(part.p), part.q) >= 10**MAX_DIGITS:
            raise NoFormulaError(f"it has a number of more than {MAX_DIGITS} digits")
        if part.is_Float and not math.isfinite(float(part)):
            raise NoFormulaError("it has a number beyond float64")
    return made
