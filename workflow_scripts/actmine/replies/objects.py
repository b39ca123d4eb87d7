"""Replaces the objects that a program makes and calls by the functions that they are."""

import ast

from actmine.functions.spelling import dotted
from actmine.mutation.expressions import substitute
from actmine.replies.modules import flatten
from actmine.replies.syntax import ReplyError

ENTRY = "activation"
_CALLABLES = ("torch.", "F.", "jax.", "numpy.", "scipy.", "flax.", "math.")


class Objects:
    """The classes of one program, flattened in place.

    Attributes:
        changes: what was done, for people.
        failures: why a class could not become a function, by its name.
        meant: the class whose object the program itself calls `activation`; else empty.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.changes: list[str] = []
        self.failures: dict[str, ReplyError] = {}
        self.meant = ""
        _drop_overwritten(tree)
        for node in [one for one in tree.body if isinstance(one, ast.ClassDef)]:
            self._replace(tree, node)
        inline_aliases(tree)

    def _replace(self, tree: ast.Module, node: ast.ClassDef) -> None:
        creations = _creations(tree, node)
        forms = {ast.dump(creation) for creation in creations}
        try:
            if len(forms) > 1:
                raise ReplyError(
                    f"class {node.name} is used with different arguments; write one plain "
                    f"function {ENTRY}(x) with its constants as numbers"
                )
            statements, changes = flatten(tree, node, creations[0] if creations else None)
        except ReplyError as error:
            self.failures[node.name] = error
            return
        self.changes += changes
        if any(_assigned(one) == ENTRY and _makes(one, node.name) for one in tree.body):
            self.meant = node.name
            tree.body = [one for one in tree.body if _assigned(one) != ENTRY]
        place = tree.body.index(node)
        tree.body[place : place + 1] = statements
        _Uncreated(node.name, forms).visit(tree)


def _drop_overwritten(tree: ast.Module) -> None:
    """Of several definitions under one name the last counts, as Python has it."""
    kinds = ast.ClassDef | ast.FunctionDef
    last = {one.name: one for one in tree.body if isinstance(one, kinds)}
    tree.body = [
        one for one in tree.body if not isinstance(one, kinds) or last[one.name] is one
    ]


def _assigned(statement: ast.stmt) -> str:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def _makes(statement: ast.stmt, name: str) -> bool:
    value = getattr(statement, "value", None)
    return isinstance(value, ast.Call) and dotted(value.func) == name


def _creations(tree: ast.Module, node: ast.ClassDef) -> list[ast.Call]:
    """Where the program makes objects of a class, its tests aside."""
    functions = [
        one
        for one in tree.body
        if isinstance(one, ast.FunctionDef | ast.ClassDef) and one is not node
    ]
    read = {
        part.id for one in functions for part in ast.walk(one) if isinstance(part, ast.Name)
    }
    meant = [one for one in tree.body if _assigned(one) == ENTRY or _assigned(one) in read]
    return [
        part
        for one in [*functions, *meant]
        for part in ast.walk(one)
        if isinstance(part, ast.Call) and dotted(part.func) == node.name
    ]


class _Uncreated(ast.NodeTransformer):
    """Puts the function where an object is made, so that `Swish()(x)` reads `Swish(x)`."""

    def __init__(self, name: str, forms: set[str]) -> None:
        self.name = name
        self.forms = forms

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if dotted(node.func) == self.name and ast.dump(node) in self.forms:
            return ast.Name(id=self.name, ctx=ast.Load())
        self.generic_visit(node)
        return node


def inline_aliases(tree: ast.Module) -> None:
    """Puts functions and layers where names for them are called, in place.

    A name `activation` that is never called becomes a function instead.
    """
    functions = {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
    for holder in [node for node in ast.walk(tree) if hasattr(node, "body")]:
        for statement in list(holder.body) if isinstance(holder.body, list) else []:
            name = _assigned(statement)
            if not name or not _is_callable(statement.value, functions):
                continue
            if name == ENTRY and holder is tree:
                place = tree.body.index(statement)
                tree.body[place] = _function(statement.value)
            elif _is_only_called(tree, name) and _is_fixed(tree, statement.value):
                holder.body.remove(statement)
                _inline(tree, name, statement.value)
                holder.body = holder.body or [ast.Pass()]


def _is_callable(value: ast.expr | None, functions: set[str]) -> bool:
    if isinstance(value, ast.Call):
        return dotted(value.func).startswith("torch.nn.")
    name = dotted(value) if value is not None else ""
    return name in functions or name.startswith(_CALLABLES)


def _function(value: ast.expr) -> ast.FunctionDef:
    node = ast.parse(f"def {ENTRY}(x):\n    return _(x)").body[0]
    assert isinstance(node, ast.FunctionDef)
    returned = node.body[0]
    assert isinstance(returned, ast.Return) and returned.value is not None
    returned.value = substitute(returned.value, {"_": value})
    return node


def _is_only_called(tree: ast.Module, name: str) -> bool:
    """Whether a name is bound once, and otherwise only called."""
    called = {
        id(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    loads = [node for node in uses if isinstance(node.ctx, ast.Load)]
    is_parameter = any(isinstance(one, ast.arg) and one.arg == name for one in ast.walk(tree))
    once = len(uses) - len(loads) == 1 and not is_parameter
    return once and bool(loads) and all(id(node) in called for node in loads)


def _is_fixed(tree: ast.Module, value: ast.expr) -> bool:
    """Whether an expression means the same wherever it stands: no name in it changes."""
    read = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
    bound = [
        part.arg if isinstance(part, ast.arg) else part.id
        for part in ast.walk(tree)
        if isinstance(part, ast.arg)
        or (isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
    ]
    return all(bound.count(name) <= 1 for name in read)


def _inline(tree: ast.Module, name: str, value: ast.expr) -> None:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == name
        ):
            node.func = substitute(value, {})
