"""Puts full names where a source uses imported or customary short ones."""

import ast
from collections.abc import Iterator

from actmine.functions.spelling import dotted

# Short names that a reply may use without an import, as everybody writes them.
CUSTOMARY = {
    "np": "numpy",
    "jnp": "jax.numpy",
    "jnn": "jax.nn",
    "lax": "jax.lax",
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "tf": "tensorflow",
}
_FUNCTIONAL = "torch.nn.functional"


def bound_names(tree: ast.AST) -> set[str]:
    """Every name that a tree gives a value, imports aside."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case (
                ast.Name(id=name, ctx=ast.Store() | ast.Del())
                | ast.arg(arg=name)
                | ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.ExceptHandler(name=str() as name)
            ):
                found.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found.update(names)
    return found


def spell_out(tree: ast.Module) -> None:
    """Writes full names and drops the imports, in place; `F` stays short.

    An import whose name is bound to something else too, or that brings in everything,
    stays as it is: the gate says why it cannot.
    """
    bound = bound_names(tree)
    names = {short: full for short, full in CUSTOMARY.items() if short not in bound}
    first: dict[str, str] = {}
    for node in ast.walk(tree):
        for name, full in _imported(node):
            if name in bound or first.setdefault(name, full) != full:
                bound.add(name)
                first.pop(name, None)
    names.update(first)
    for name in bound:
        names.pop(name, None)
    _FullNames(names).visit(tree)
    _drop_imports(tree, set(names))


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Each name that an import binds, with what it stands for."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            root = alias.name.split(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (root, root)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        for alias in node.names:
            if alias.name != "*":
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


class _FullNames(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        full = self.names.get(node.id)
        return node if full is None else _chain(full)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if dotted(node) == _FUNCTIONAL:
            return ast.Name(id="F", ctx=ast.Load())
        return node


def _chain(full: str) -> ast.expr:
    if full == _FUNCTIONAL:
        full = "F"
    first, *rest = full.split(".")
    node: ast.expr = ast.Name(id=first, ctx=ast.Load())
    for part in rest:
        node = ast.Attribute(value=node, attr=part, ctx=ast.Load())
    return node


def _drop_imports(tree: ast.Module, spelled: set[str]) -> None:
    for node in ast.walk(tree):
        for field in ("body", "orelse"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                kept = [one for one in block if not _is_spelled(one, spelled)]
                if not kept and block and field == "body" and node is not tree:
                    kept = [ast.Pass()]
                setattr(node, field, kept)


def _is_spelled(node: ast.stmt, spelled: set[str]) -> bool:
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return True
    found = list(_imported(node))
    return bool(found) and all(name in spelled for name, _ in found)
