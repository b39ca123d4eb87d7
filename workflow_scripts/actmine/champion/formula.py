"""Writes a candidate as a mathematical formula, where it is one.

The tree of the admitted source is walked against an allow-list. No text reaches SymPy, whose
parser executes it, and nothing of the candidate runs.
"""

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from actmine.champion.definitions import (
    ALIASES,
    TWO_ARGUMENTS,
    Definition,
    elementary,
    named,
)
from actmine.functions.spelling import CONSTANTS, dotted
from actmine.gate.static import admit
from actmine.mutation.expressions import functions, size

MAX_NODES = 300  # of a program that is read as one formula [ours]
MAX_POWER = 64  # a larger exponent is no formula that one would read [ours]

Expression = Any  # SymPy's, which has no types
Env = dict[str, Expression]


class NoFormulaError(ValueError):
    """A program that is no formula of one number; the message says what is in the way."""


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A function of one number.

    Attributes:
        body: over the symbol x and named functions.
        used: the named functions in it, by torch's name.
    """

    body: Expression
    used: Mapping[str, Definition] = field(default_factory=dict)

    def latex(self) -> str:
        """`f(x) = …`, then a line for each named function, as aligned equations."""
        import sympy  # type: ignore[import-untyped]

        x = sympy.Symbol("x")
        lines = [rf"f(x) &= {sympy.latex(self.body)}"]
        for definition in self.used.values():
            further = [sympy.Symbol(_greek(name)) for name in definition.defaults]
            shown = sympy.latex(_symbol_of(definition)(x, *further))
            meaning = sympy.latex(definition.meaning(x, *further))
            lines.append(rf"{shown} &= {meaning}")
        body = " \\\\\n".join(lines)
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n"

    def spelled_out(self) -> Expression:
        """The body over elementary functions alone."""
        body = self.body
        for definition in self.used.values():
            body = body.replace(_symbol_of(definition), definition.meaning)
        return body


def formula(source: str) -> Formula:
    """Reads a candidate as a formula.

    Raises:
        Refusal: the gate does not admit the source.
        NoFormulaError: it has helpers, loops, branches or reductions, or is too long.
    """
    tree = admit(source)
    if size(tree) > MAX_NODES:
        raise NoFormulaError(f"it has more than {MAX_NODES} parts")
    import sympy

    reader = _Reader()
    entry = functions(tree)["activation"]
    if len(functions(tree)) > 1:
        raise NoFormulaError("it has helper functions")
    env: Env = {}
    reader.block([one for one in tree.body if one is not entry], env)
    env[entry.args.args[0].arg] = sympy.Symbol("x")
    if len(entry.args.args) > 1 or entry.args.kwonlyargs:
        raise NoFormulaError("its function has further arguments")
    body = reader.block(entry.body, env)
    if body is None or body.has(sympy.zoo, sympy.nan):
        raise NoFormulaError("it has no value that can be written")
    return Formula(body=body, used=reader.used)


class _Reader:
    """Reads statements and expressions; remembers the named functions."""

    def __init__(self) -> None:
        self.used: dict[str, Definition] = {}

    def block(self, statements: list[ast.stmt], env: Env) -> Expression | None:
        """What straight lines of assignments return."""
        for statement in statements:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    env[name] = self.read(value, env)
                case ast.Return(value=ast.expr() as value):
                    return self.read(value, env)
                case _:
                    raise NoFormulaError(f"it has a {_called(statement)}")
        return None

    def read(self, node: ast.expr, env: Env) -> Expression:
        """An expression as SymPy's."""
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return _number(value)
            case ast.Name(id=name) if name in env:
                return env[name]
            case ast.Attribute(attr=name) if dotted(node).startswith(("math.", "torch.")):
                return _constant(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.read(operand, env)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand, env)
            case ast.BinOp(left=left, op=op, right=right):
                return _combined(op, self.read(left, env), self.read(right, env))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return _compared(op, self.read(left, env), self.read(right, env))
            case ast.Call():
                return self.call(node, env)
        raise NoFormulaError(f"it has a {_called(node)}")

    def call(self, node: ast.Call, env: Env) -> Expression:
        """A call of torch's, of math's, or of a tensor's method."""
        path = dotted(node.func)
        last = path.rpartition(".")[2]
        arguments = [self.read(one, env) for one in node.args]
        words = {str(one.arg): one.value for one in node.keywords}
        is_library = path.startswith(("torch.", "F.", "math."))
        if not is_library and isinstance(node.func, ast.Attribute):
            last = node.func.attr
            arguments.insert(0, self.read(node.func.value, env))
        return self.applied(ALIASES.get(last, last), arguments, words, env)

    def applied(
        self, name: str, given: list[Expression], words: dict[str, ast.expr], env: Env
    ) -> Expression:
        """A function's value; what is not listed is no formula."""
        import sympy

        if name in ("clamp", "clip", "clamp_min", "clamp_max"):
            return self._clamped(name, given, words, env)
        if name in ("where", "pow", "float_power") and not words:
            return _where(given) if name == "where" else _combined(ast.Pow(), *given)
        if name == "gelu" and words:
            raise NoFormulaError("it uses an approximation of GELU")
        if name in elementary() and not words:
            if len(given) != 1 + (name in TWO_ARGUMENTS):
                raise NoFormulaError(f"it calls {name} in an unusual way")
            return elementary()[name](*given)
        definition = named().get(name)
        if definition is None or words.keys() - definition.defaults.keys():
            raise NoFormulaError(f"{name} has no entry in the table of formulas")
        self.used[name] = definition
        further = list(definition.defaults)[len(given) - 1 :]
        chosen = [
            self.read(words[key], env) if key in words else _number(definition.defaults[key])
            for key in further
        ]
        found = _symbol_of(definition)(*given, *chosen)
        assert isinstance(found, sympy.Basic)
        return found

    def _clamped(
        self, name: str, given: list[Expression], words: dict[str, ast.expr], env: Env
    ) -> Expression:
        import sympy

        ends = {"clamp_min": ("min",), "clamp_max": ("max",)}.get(name, ("min", "max"))
        bounds = dict(zip(ends, given[1:], strict=False))
        bounds |= {key: self.read(value, env) for key, value in words.items()}
        found = given[0]
        if "min" in bounds:
            found = sympy.Max(bounds["min"], found)
        return sympy.Min(bounds["max"], found) if "max" in bounds else found


def _symbol_of(definition: Definition) -> Expression:
    """The undefined function that stands for a named one."""
    import sympy

    return sympy.Function(definition.name)


def _number(value: float) -> Expression:
    import sympy

    if not math.isfinite(value):
        raise NoFormulaError(f"it has the number {value}")
    return sympy.Integer(int(value)) if value == int(value) else sympy.Float(value)


def _constant(name: str) -> Expression:
    import sympy

    if name in ("pi", "e"):
        return {"pi": sympy.pi, "e": sympy.E}[name]
    if name in CONSTANTS:
        return _number(CONSTANTS[name])
    raise NoFormulaError(f"it reads {name}")


def _combined(op: ast.operator, left: Expression, right: Expression) -> Expression:
    by: dict[type[ast.operator], Callable[[Expression, Expression], Expression]] = {
        ast.Add: lambda a, b: a + b,
        ast.Sub: lambda a, b: a - b,
        ast.Mult: lambda a, b: a * b,
        ast.Div: lambda a, b: a / b,
        ast.Pow: lambda a, b: a**b,
    }
    if type(op) not in by:
        raise NoFormulaError(f"it uses the operator {type(op).__name__}")
    # Powers of numbers within powers would fill the memory.
    if isinstance(op, ast.Pow) and right.is_number and abs(float(right)) > MAX_POWER:
        raise NoFormulaError(f"it has a power above {MAX_POWER}")
    if isinstance(op, ast.Pow) and left.is_number and right.is_number:
        return _power(float(left), float(right))
    return by[type(op)](left, right)


def _power(base: float, exponent: float) -> Expression:
    try:
        found = base**exponent
    except (OverflowError, ZeroDivisionError):
        raise NoFormulaError("it has a power beyond float64") from None
    if isinstance(found, complex):
        raise NoFormulaError("it has a complex number")
    return _number(found)


def _compared(op: ast.cmpop, left: Expression, right: Expression) -> Expression:
    match op:
        case ast.Gt():
            return left > right
        case ast.GtE():
            return left >= right
        case ast.Lt():
            return left < right
        case ast.LtE():
            return left <= right
    raise NoFormulaError("it compares for equality")


def _where(given: list[Expression]) -> Expression:
    import sympy

    condition, yes, no = given
    return sympy.Piecewise((yes, condition), (no, True))


def _greek(name: str) -> str:
    return {"negative_slope": "alpha", "min_val": "a", "max_val": "b"}.get(name, name)


def _called(node: ast.AST) -> str:
    words = {"For": "loop", "If": "branch", "ListComp": "list", "Lambda": "lambda"}
    return words.get(type(node).__name__, type(node).__name__)
