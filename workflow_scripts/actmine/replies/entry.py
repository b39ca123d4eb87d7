"""Finds the function that a program is about, names it `activation`, and cuts the rest."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from actmine.mutation.expressions import identifiers
from actmine.replies.imports import bound_names

ENTRY = "activation"
_TESTS = re.compile(
    r"_*(test|check|plot|main|demo|run|verify|compare|train|example|visuali[sz]e|benchmark)"
)
_GRADIENTS = re.compile(r"deriv|grad|backward|prime", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A function that may be the activation.

    Attributes:
        rank: the higher, the likelier; compared within one program.
    """

    name: str
    rank: tuple[bool, ...]

    @property
    def is_named(self) -> bool:
        """Whether the reply itself calls it `activation`."""
        return self.rank[0]


def functions_from_lambdas(tree: ast.Module) -> None:
    """Spells `f = lambda x: …` of the module as `def f(x): return …`, in place."""
    for place, node in enumerate(tree.body):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as value):
                function = ast.parse("def _(): return").body[0]
                assert isinstance(function, ast.FunctionDef)
                function.name, function.args = name, value.args
                function.body = [ast.Return(value=value.body)]
                tree.body[place] = ast.fix_missing_locations(function)


def best_entry(tree: ast.Module, *, meant: str = "") -> Entry | None:
    """The function that a program is about; None if there is none.

    Args:
        meant: the function that the program itself uses as `activation`.
    """
    functions = [one for one in tree.body if isinstance(one, ast.FunctionDef)]
    fit = [one for one in functions if _qualifies(one)]
    entries = []
    for one in fit:
        others = (other for other in fit if other.name != one.name)
        called = any(one.name in _free_names(other) for other in others)
        rank = (one.name in (ENTRY, meant), not _GRADIENTS.search(one.name), not called)
        entries.append(Entry(name=one.name, rank=rank))
    # Of equals the last.
    return max(reversed(entries), key=lambda entry: entry.rank, default=None)


def _qualifies(node: ast.FunctionDef) -> bool:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    returns = any(isinstance(one, ast.Return) and one.value for one in ast.walk(node))
    if node.name == ENTRY:
        return True
    return required == 1 and returns and not _TESTS.match(node.name)


def _free_names(node: ast.AST) -> set[str]:
    """The names that a statement reads without binding them itself."""
    read = {
        part.id
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    }
    inner = node.body if isinstance(node, ast.FunctionDef) else []
    bound = {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
    for statement in inner:
        bound |= bound_names(statement)
    return read - bound


def _defines(node: ast.stmt, values: set[str]) -> set[str]:
    """The names of the module that a statement gives, or changes, a value.

    Args:
        values: the names that hold no function, whose value can change.
    """
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return {node.name}
    found: set[str] = set()
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case (
                ast.Subscript(value=ast.Name(id=name), ctx=ast.Store())
                | ast.Attribute(value=ast.Name(id=name), ctx=ast.Store())
                | ast.Call(func=ast.Attribute(value=ast.Name(id=name)))
            ) if name in values and isinstance(node, ast.Assign | ast.AugAssign | ast.Expr):
                found.add(name)
    return found


def _definers(body: Sequence[ast.stmt]) -> dict[str, list[ast.stmt]]:
    """The statements that define each name; of functions the last, as Python has it."""
    last = {one.name: one for one in body if isinstance(one, ast.FunctionDef)}
    values = bound_names(ast.Module(body=list(body), type_ignores=[])) - last.keys()
    found: dict[str, list[ast.stmt]] = {}
    for statement in body:
        if not isinstance(statement, ast.FunctionDef) or last[statement.name] is statement:
            for name in sorted(_defines(statement, values)):
                found.setdefault(name, []).append(statement)
    return found


def cut(tree: ast.Module, name: str, spare: Sequence[ast.stmt] = ()) -> None:
    """Keeps what a function needs, in place.

    Args:
        spare: statements of other blocks of the reply, for names that this one lacks.
    """
    own = _definers(tree.body)
    definers = _definers(spare) | own
    needed: set[str] = set()
    waiting = [name]
    while waiting:
        wanted = waiting.pop()
        if wanted not in needed and wanted in definers:
            needed.add(wanted)
            waiting += sorted(set().union(*map(_free_names, definers[wanted])))
    keep = {id(one) for wanted in needed for one in definers[wanted]}
    imports = ast.Import | ast.ImportFrom
    tree.body = [
        *(one for one in spare if id(one) in keep),
        *(one for one in tree.body if id(one) in keep or isinstance(one, imports)),
    ]


class _Renamed(ast.NodeTransformer):
    """Another name for one of the module; a local name that is spelled alike stays."""

    def __init__(self, old: str, new: str) -> None:
        self.old = old
        self.new = new

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        local = bound_names(ast.Module(body=node.body, type_ignores=[]))
        local |= {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)}
        if node.name == self.old:
            node.name = self.new
        if self.old not in local:
            self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id == self.old:
            node.id = self.new
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        local = {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)}
        return node if self.old in local else self.generic_visit(node)


class _Everywhere(_Renamed):
    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.name == self.old:
            node.name = self.new
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        if node.arg == self.old:
            node.arg = self.new
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        if node.arg == self.old:
            node.arg = self.new
        return self.generic_visit(node)


def name_entry(tree: ast.Module, name: str) -> list[str]:
    """Gives the function the name `activation`, in place; what else bears it gets another.

    Returns: what was changed.
    """
    if name == ENTRY:
        return []
    taken = identifiers(tree)
    if ENTRY in taken:
        count = next(n for n in range(1, len(taken) + 2) if f"{ENTRY}_{n}" not in taken)
        _Everywhere(ENTRY, f"{ENTRY}_{count}").visit(tree)
    _Renamed(name, ENTRY).visit(tree)
    return [f"renamed {name} to {ENTRY}"]
