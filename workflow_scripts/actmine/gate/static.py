"""Decides from its text alone whether a candidate may run.

The gate is an allow-list over syntax and names: what is not listed is refused, with the line
and what to write instead. It never compiles or executes anything and does not import torch.
"""

import ast
import warnings
from collections.abc import Callable
from typing import Any

from actmine.gate.library import BOUNDED_ARITHMETIC, bounded, namespace
from actmine.gate.normal import (
    ENTRY,
    GROWTH_GUARDS,
    LOOP_GUARD,
    guarded,
    normalise,
    spelled_plainly,
)
from actmine.gate.refusal import Refusal
from actmine.gate.statements import Reader

MAX_BYTES = 16 * 1024
MAX_NODES = 5000
# `unparse`, `compile` and this gate recurse; parse accepts far deeper trees than they do.
MAX_NESTING = 80
CANDIDATE = "<candidate>"  # the file that a traceback names

__all__ = ["MAX_BYTES", "MAX_NESTING", "MAX_NODES", "Refusal", "admit", "load"]


def _parse(source: str) -> ast.Module:
    # A lone surrogate cannot be encoded strictly; the parser refuses it below.
    size = len(source.encode(errors="surrogatepass"))
    if size > MAX_BYTES:
        raise Refusal(None, f"the source has {size} bytes; at most {MAX_BYTES} may be written")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError as error:
        raise Refusal(error.lineno, f"{error.msg}; write valid Python 3.11") from None
    except ValueError as error:
        told = f"the source is no Python text: {error}; write plain text"
        raise Refusal(None, told) from None
    except (MemoryError, RecursionError):
        raise Refusal(None, "the source is nested too deeply; name the parts") from None


def _check_size(tree: ast.Module) -> None:
    nodes = 0
    waiting: list[tuple[ast.AST, int, int | None]] = [(tree, 0, None)]
    while waiting:  # a loop of its own: recursion is what is being prevented
        node, depth, line = waiting.pop()
        line = getattr(node, "lineno", line)
        nodes += 1
        if nodes > MAX_NODES:
            raise Refusal(None, f"the source has over {MAX_NODES} parts; write it shorter")
        if depth > MAX_NESTING:
            raise Refusal(line, f"nested more than {MAX_NESTING} deep; name the parts")
        for field in node._fields:  # as ast.iter_child_nodes, for half of its time
            value = getattr(node, field, None)
            if isinstance(value, ast.AST):
                waiting.append((value, depth + 1, line))
            elif isinstance(value, list):
                parts = [part for part in value if isinstance(part, ast.AST)]
                waiting.extend([(part, depth + 1, line) for part in parts])


def admit(source: str) -> ast.Module:
    """The normal form of a source that may run: no imports, annotations or docstrings.

    Raises:
        Refusal: the source uses something that is not offered; nothing else is ever raised.
    """
    tree = _parse(source)
    _check_size(tree)
    try:
        tree = spelled_plainly(tree)
        _check_size(tree)  # an imported name becomes a longer, dotted one
        Reader().module(tree)
        return normalise(tree)
    except RecursionError:  # when the caller itself stands deep in the stack
        raise Refusal(None, "the source is nested too deeply; name the parts") from None


def load(source: str) -> Callable[..., Any]:
    """The candidate's function, in a namespace of its own.

    This runs the module's constants: only a locked child may call it, or a test whose
    sources are trusted.

    Raises:
        Refusal: the source is not admitted, or does not compile.
        Exception: whatever a constant's expression raises.
    """
    tree = guarded(admit(source))
    scope = namespace()
    scope[LOOP_GUARD] = bounded
    scope |= {name: BOUNDED_ARITHMETIC[operator] for operator, name in GROWTH_GUARDS.items()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(tree, CANDIDATE, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        told = f"does not compile: {error}; write valid Python 3.11"
        raise Refusal(getattr(error, "lineno", None), told) from None
    exec(code, scope)
    function: Callable[..., Any] = scope[ENTRY]
    return function
