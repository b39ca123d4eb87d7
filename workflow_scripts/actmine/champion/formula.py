"""Writes a candidate as a mathematical formula, where it is one.

SymPy reads what a candidate wrote, so it does that in a process of its own, whose time and
memory are bounded. Whatever goes wrong there leaves the candidate without a formula.
"""

import ast
import json
import resource
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from actmine.functions.symbols import (
    Expression,
    NoFormulaError,
    Reader,
    definition,
    numeric,
    told,
)
from actmine.functions.table import Function
from actmine.gate.static import Refusal, admit
from actmine.mutation.expressions import functions

MAX_SECONDS = 20  # of the process: its start takes 1, a formula some milliseconds [ours]
MAX_BYTES = 2**30  # of its memory [ours]
_PACKAGES = str(Path(__file__).resolve().parents[2])
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from actmine.champion.formula import main; main()"
)


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A function of one number, in LaTeX.

    Attributes:
        equations: left and right sides; f(x) first, then each function that is named.
    """

    equations: tuple[tuple[str, str], ...]

    def latex(self) -> str:
        """The equations, aligned."""
        lines = " \\\\\n".join(rf"{left} &= {right}" for left, right in self.equations)
        return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}\n"


def formula(source: str) -> Formula:
    """Writes a candidate as a formula.

    Raises:
        NoFormulaError: it has helpers, loops, branches or reductions, or is too long.
    """
    equations, reason = _asked(source)
    if reason:
        raise NoFormulaError(reason)
    return Formula(equations=equations)


@cache  # a page asks for the same function several times
def _asked(source: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """The equations, or why there are none."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _BOOT, _PACKAGES],
            input=source.encode("utf-8", "surrogatepass"),
            capture_output=True,
            timeout=MAX_SECONDS,
        )
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, OSError, ValueError):
        return (), "it could not be written in the time and memory that a formula has"
    return tuple((left, right) for left, right in answer["equations"]), answer["reason"]


def main() -> None:
    """Reads a source from the standard input and writes its equations as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    equations, reason = list[tuple[str, str]](), ""
    try:
        equations = equations_of(sys.stdin.buffer.read().decode("utf-8", "surrogatepass"))
    except (NoFormulaError, Refusal) as error:
        reason = str(error)
    except Exception as error:
        reason = f"SymPy cannot write it ({type(error).__name__})"
    json.dump({"equations": equations, "reason": reason}, sys.stdout)


def equations_of(source: str) -> list[tuple[str, str]]:
    """The equations of a candidate in LaTeX, by this process.

    Raises:
        Refusal: the gate does not admit the source.
        NoFormulaError: it is no formula.
    """
    import sympy  # type: ignore[import-untyped]  # 1 s that others need not pay

    read = reading(source)
    left = sympy.Function("f")(sympy.Symbol("x"))
    pairs = [(left, read.body), *(_definitions(read))]
    written = partial(sympy.latex, inv_trig_style="full")
    return [(written(one), written(other)) for one, other in pairs]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A candidate as SymPy's expression.

    Attributes:
        body: over the symbol x.
        used: the functions that it names.
    """

    body: Expression
    used: list[Function] = field(default_factory=list)


def reading(source: str) -> Reading:
    """Reads a candidate as an expression; see `equations_of`."""
    import sympy

    tree, reader = admit(source), Reader()
    entry = functions(tree)["activation"]
    if len(functions(tree)) > 1:
        raise NoFormulaError("it has helper functions")
    if len(entry.args.args) > 1 or entry.args.kwonlyargs:
        raise NoFormulaError("its function has further arguments")
    env: dict[str, Expression] = {}
    _block([one for one in tree.body if one is not entry], env, reader)
    env[entry.args.args[0].arg] = sympy.Symbol("x")
    body = _block(entry.body, env, reader)
    if body is None:
        raise NoFormulaError("it returns nothing that can be written")
    return Reading(body=body, used=list(reader.used.values()))


def _block(
    statements: list[ast.stmt], env: dict[str, Expression], reader: Reader
) -> Expression | None:
    """What straight lines of assignments return."""
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                env[name] = reader.read(value, env)
            case ast.Return(value=ast.expr() as value):
                return numeric(reader.read(value, env))
            case _:
                raise NoFormulaError(f"it has a {told(statement)}")
    return None


def _definitions(read: Reading) -> list[tuple[Expression, Expression]]:
    """What the named functions mean, and what those name."""
    found: dict[str, tuple[Expression, Expression]] = {}
    waiting = list(read.used)
    while waiting:
        one, reader = waiting.pop(0), Reader()
        if one.name not in found:
            found[one.name] = definition(one, reader)
            waiting.extend(reader.used.values())
    return list(found.values())
