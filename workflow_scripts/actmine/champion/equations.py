"""Reads a candidate as equations in LaTeX, in the process that `formula` starts for it."""

import ast
import json
import resource
import sys
from collections.abc import Sequence

import sympy

from actmine.functions.symbols import (
    Expression,
    NoFormulaError,
    Reader,
    definition,
    described,
    numeric,
)
from actmine.gate.static import Refusal, admit
from actmine.mutation.trees import functions

MAX_BYTES = 2**30  # of the process's memory [ours]


def main(max_seconds: int) -> None:
    """Reads a source from the standard input and writes its equations as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (max_seconds, max_seconds + 1))
    equations, reason = list[tuple[str, str]](), ""
    try:
        equations = equations_of(sys.stdin.buffer.read().decode("utf-8", "surrogatepass"))
    except (NoFormulaError, Refusal) as error:
        reason = str(error)
    except Exception as error:
        reason = f"SymPy cannot write it ({type(error).__name__})"
    json.dump({"equations": equations, "reason": reason}, sys.stdout)


def equations_of(source: str) -> list[tuple[str, str]]:
    """The equations of a candidate: f(x), and each function that they name.

    Raises:
        Refusal: the gate does not admit the source.
        NoFormulaError: it has helpers, loops, branches or reductions, or is too long.
    """
    reader = Reader()
    pairs = [(sympy.Function("f")(sympy.Symbol("x")), read(source, reader))]
    defined: set[str] = set()
    while new := [function for name, function in reader.used.items() if name not in defined]:
        defined.add(new[0].name)
        pairs.append(definition(new[0], reader))
    return [
        (sympy.latex(left), sympy.latex(right, inv_trig_style="full")) for left, right in pairs
    ]


def read(source: str, reader: Reader) -> Expression:
    """A candidate as an expression over the symbol x; see `equations_of`."""
    tree = admit(source)
    entry = functions(tree)["activation"]
    if len(functions(tree)) > 1:
        raise NoFormulaError("it has helper functions")
    if len(entry.args.args) > 1 or entry.args.kwonlyargs:
        raise NoFormulaError("its function has further arguments")
    env: dict[str, Expression] = {}
    _block([statement for statement in tree.body if statement is not entry], env, reader)
    env[entry.args.args[0].arg] = sympy.Symbol("x")
    body = _block(entry.body, env, reader)
    if body is None:
        raise NoFormulaError("it returns nothing that can be written")
    return body


def _block(
    statements: Sequence[ast.stmt], env: dict[str, Expression], reader: Reader
) -> Expression | None:
    """What straight lines of assignments return."""
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                env[name] = reader.read(value, env)
            case ast.Return(value=ast.expr() as value):
                return numeric(reader.read(value, env))
            case _:
                raise NoFormulaError(f"it has a {described(statement)}")
    return None
