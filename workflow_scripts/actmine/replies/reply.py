"""Reads the source of a candidate out of a language model's reply.

Nothing is compiled or run: the gate judges afterwards. What stands here hands it the best
source, and changes a program only where its meaning stays exactly the same.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from actmine.gate.static import MAX_BYTES
from actmine.replies import blocks
from actmine.replies.description import describe, line
from actmine.replies.entry import (
    ENTRY,
    Entry,
    best_entry,
    cut,
    functions_from_lambdas,
    name_entry,
)
from actmine.replies.imports import spell_out
from actmine.replies.objects import Objects, inline_aliases
from actmine.replies.syntax import FORM, ReplyError, parse
from actmine.replies.tidying import drop_type_checks, tidy
from actmine.replies.translation import translate

CHANGE_LIMIT = 120  # characters of one entry of `changes` [ours]

__all__ = ["Parsed", "ReplyError", "read_reply"]


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """What a reply proposes.

    Attributes:
        source: Python that defines `activation(x)`, in one spelling whatever the layout.
        name: for people, at most 60 characters.
        formula: one line, at most 300 characters.
        rationale: one line, at most 1,000 characters; may be empty.
        changes: what was translated, such as "jax.numpy.tanh -> torch.tanh".
    """

    source: str
    name: str
    formula: str
    rationale: str
    changes: tuple[str, ...] = ()


@dataclass(kw_only=True)
class _Program:
    """One block of code, tidied, with the function that it is about."""

    tree: ast.Module
    entry: Entry | None
    changes: list[str]
    failures: dict[str, ReplyError] = field(default_factory=dict)


def read_reply(text: str) -> Parsed:
    """Reads one reply.

    Raises:
        ReplyError: it holds no usable code; the message says what to write instead, and
            nothing else is ever raised.
    """
    try:
        spoken = blocks.without_thoughts(text)
        fields = blocks.wrapped(spoken)
        programs = _programs(spoken, fields)
        chosen = _choose(programs)
        return _parsed(chosen, programs, fields, blocks.prose(spoken))
    except RecursionError:  # when the caller itself stands deep in the stack
        raise ReplyError("the code is nested too deeply; name the parts") from None


def _programs(spoken: str, fields: Mapping[str, str]) -> list[_Program]:
    """The programs of a reply in order, from its fences, its JSON or between its prose.

    Raises:
        ReplyError: there is none.
    """
    pieces = blocks.pieces(spoken, fields)
    found: list[_Program] = []
    failed: ReplyError | None = None
    for piece in pieces:
        try:
            found.append(_program(blocks.tree_of(piece)))
        except ReplyError as error:
            # A broken block that begins the answer outweighs what was said before it.
            if "def " in piece or "class " in piece or "lambda" in piece:
                failed = failed or error
                if f"def {ENTRY}" in piece:
                    found.clear()
    if any(one.entry for one in found) or failed is not None:
        if not any(one.entry for one in found) and failed is not None:
            raise failed
        return found
    try:
        found.append(_program(blocks.loose(blocks.prose(spoken))))
    except ReplyError:
        if not found:
            raise
    return found


def _program(tree: ast.Module) -> _Program:
    spell_out(tree)
    objects = Objects(tree)
    functions_from_lambdas(tree)
    tidy(tree)
    entry = best_entry(tree, meant=objects.meant)
    return _Program(tree=tree, entry=entry, changes=objects.changes, failures=objects.failures)


def _choose(programs: Sequence[_Program]) -> _Program:
    """The last program with a function, unless an earlier one alone says `activation`.

    Raises:
        ReplyError: none has a function of one argument that returns something.
    """
    able = [one for one in programs if one.entry is not None]
    named = [one for one in able if one.entry is not None and one.entry.is_named]
    if able:
        return (named or able)[-1]
    for program in reversed(programs):
        for failure in program.failures.values():
            raise failure
    raise ReplyError(f"the reply defines no function of x that returns a value; {FORM}")


def _parsed(
    program: _Program,
    programs: Sequence[_Program],
    fields: Mapping[str, str],
    prose: str,
) -> Parsed:
    assert program.entry is not None
    tree, own_name = program.tree, program.entry.name
    spare = [node for one in programs if one is not program for node in one.tree.body]
    cut(tree, own_name, spare)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name in program.failures:
            raise program.failures[node.name]
    inline_aliases(tree)  # once more, for what another block gave
    changes = [*program.changes, *name_entry(tree, own_name)]
    function = next(
        one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == ENTRY
    )
    drop_type_checks(function)
    changes += translate(tree)
    source = _spelled(tree)
    name, formula, rationale = describe(function, own_name, fields=fields, prose=prose)
    return Parsed(
        source=source,
        name=name,
        formula=formula,
        rationale=rationale,
        changes=tuple(line(change, CHANGE_LIMIT) for change in dict.fromkeys(changes)),
    )


def _spelled(tree: ast.Module) -> str:
    """The one spelling of a program.

    Raises:
        ReplyError: it is too long, or holds what has no spelling.
    """
    try:
        source = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
        size = len(source.encode())
    except ValueError as error:  # a nested f-string, or half of a surrogate pair
        raise ReplyError(f"the code cannot be spelled again ({error}); {FORM}") from None
    if size > MAX_BYTES:
        raise ReplyError(f"the code has {size} bytes; write at most {MAX_BYTES}")
    parse(source)  # the bounds hold for what was put in as well
    return source
