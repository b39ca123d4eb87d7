"""The plain spelling in which a source is read, and the normal form in which it runs."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from actmine.functions.spelling import ROOTS
from actmine.gate.library import ANNOTATIONS, CONSTANTS, FUNCTIONS, MODULES
from actmine.gate.names import check_identifier
from actmine.gate.refusal import refuse, why_no_name

ENTRY = "activation"
_TYPE_MODULES = frozenset({"typing", "collections.abc"})
_NO_IMPORT = (
    "is not offered; torch, math and F (torch.nn.functional) are at hand, "
    "call their functions by full name"
)
_NO_NUMPY = "is not offered; write math.pi and math.sqrt for numbers, torch for tensors"


def spelled_plainly(tree: ast.Module) -> ast.Module:
    """The tree as if its author had written full names, and functions in order.

    What comes out is read by the gate like any other source, so nothing here needs trust.

    Raises:
        Refusal: an import is not offered, or an imported name is also something else.
    """
    if names := _imported_names(tree):
        _check_kept(tree, names)
        tree = _transformed(_FullNames(names), tree)
    tree.body = _in_order([_function_of(statement) for statement in tree.body])
    return ast.fix_missing_locations(tree)


def _transformed(transformer: ast.NodeTransformer, tree: ast.Module) -> ast.Module:
    changed = transformer.visit(tree)
    assert isinstance(changed, ast.Module)
    return ast.fix_missing_locations(changed)


def _imported_names(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for, as a dotted name of the library."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for alias in node.names:
            name, full = _imported(node, alias)
            if names.setdefault(name, full) != full:
                refuse(node, f"imports `{name}` a second time; give each its own name")
            if name in ROOTS and name != "F" and name != full:
                refuse(node, f"gives `{name}` another meaning; {_NO_IMPORT}")
    return {name: full for name, full in names.items() if name != full}


def _imported(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> tuple[str, str]:
    """The name that an import binds, and what it stands for: itself if it is a type."""
    module = node.module if isinstance(node, ast.ImportFrom) else None
    if module is None and isinstance(node, ast.Import) and alias.name in MODULES:
        name = alias.asname or alias.name.split(".")[0]
        check_identifier(name, node)
        return name, alias.name if alias.asname else name
    if module == "__future__" and alias.name == "annotations" and alias.asname is None:
        return alias.name, alias.name
    is_type = module in _TYPE_MODULES or (module, alias.name) == ("torch", "Tensor")
    if is_type and alias.name in ANNOTATIONS and alias.asname is None:
        return alias.name, alias.name
    full = f"{module}.{alias.name}"
    name = alias.asname or alias.name
    if module not in MODULES or alias.name == "*":
        numpy = (module or alias.name).split(".")[0] == "numpy"
        refuse(node, _NO_NUMPY if numpy else _NO_IMPORT)
    if full not in FUNCTIONS | CONSTANTS | MODULES:
        refuse(node, why_no_name(full))
    check_identifier(name, node)
    return name, full


def _check_kept(tree: ast.Module, names: Mapping[str, str]) -> None:
    """An imported name must mean the same wherever it stands, or the full name would not."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.Name(id=name, ctx=ast.Store())
                | ast.arg(arg=name)
                | ast.FunctionDef(name=name)
            ) if name in names:
                refuse(node, f"gives `{name}`, which is imported, another meaning; rename it")


class _FullNames(ast.NodeTransformer):
    """Puts the full name of the library where an imported one stands."""

    def __init__(self, names: Mapping[str, str]) -> None:
        # The namespace holds `F` under this very name.
        self.names = {n: full for n, full in names.items() if (n, full) != _FUNCTIONAL}

    def visit_Name(self, node: ast.Name) -> ast.expr:
        full = self.names.get(node.id)
        if full is None:
            return node
        tree = ast.parse(full, mode="eval").body
        for part in ast.walk(tree):
            ast.copy_location(part, node)
        return tree


_FUNCTIONAL = ("F", "torch.nn.functional")


def _function_of(statement: ast.stmt) -> ast.stmt:
    """`activation = lambda x: …` as the function that it is; any other statement as it is."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as value) if (
            name == ENTRY
        ):
            function = ast.parse(f"def {ENTRY}():\n    return None").body[0]
            assert isinstance(function, ast.FunctionDef)
            function.args = value.args
            function.body = [ast.copy_location(ast.Return(value=value.body), value.body)]
            return ast.copy_location(function, statement)
    return statement


def _in_order(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """A module's statements with each function below what it uses, otherwise as written.

    Python looks a name up when the function is called; the gate reads from top to bottom,
    which rules out recursion. Where the uses are circular the order stays as it is.
    """
    if len(body) < 2:
        return list(body)
    place = {name: at for at, statement in enumerate(body) for name in _bound_by(statement)}
    ordered: dict[int, ast.stmt] = {}
    being_placed: set[int] = set()

    def put(index: int) -> bool:
        """Places a statement below what it uses; False where that goes in a circle."""
        if index in ordered:
            return True
        if index in being_placed:
            return False
        being_placed.add(index)
        used = [place[name] for name in _used_by(body[index]) if name in place]
        # A constant is computed where it stands: what it uses must stand above.
        deferred = _is_function(body[index])
        if not all(put(other) for other in used if deferred or other < index):
            return False
        ordered[index] = body[index]
        return True

    return list(ordered.values()) if all(map(put, range(len(body)))) else list(body)


def _is_function(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.FunctionDef) or (
        isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda)
    )


def _bound_by(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.FunctionDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [name for target in targets for name in _names_in(target)]
        case ast.AnnAssign(target=target):
            return list(_names_in(target))
    return []


def _used_by(statement: ast.stmt) -> Iterator[str]:
    bound = set() if isinstance(statement, ast.FunctionDef) else set(_bound_by(statement))
    return (name for name in _names_in(statement) if name not in bound)


def _names_in(node: ast.AST) -> Iterator[str]:
    return (part.id for part in ast.walk(node) if isinstance(part, ast.Name))


_BLOCKS = (ast.FunctionDef, ast.For, ast.If)


class _Normaliser(ast.NodeTransformer):
    """Drops imports, annotations and free-standing text; spells `y += …` out.

    In place, `y += …` would change a tensor that the caller still holds.
    """

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, _BLOCKS) and not node.body:
            node.body = [ast.copy_location(ast.Pass(), node)]
        return node

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        return None

    visit_ImportFrom = visit_Import  # noqa: N815 -- named by the syntax

    def visit_Expr(self, node: ast.Expr) -> Any:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        assert node.value is not None
        plain = ast.Assign(targets=[node.target], value=node.value)
        return self.generic_visit(ast.copy_location(plain, node))

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        plain = ast.Assign(targets=[node.target], value=spelled_out(node))
        return self.generic_visit(ast.copy_location(plain, node))


def spelled_out(node: ast.AugAssign) -> ast.BinOp:
    """`y + …`, the right-hand side that stands for `y += …`."""
    assert isinstance(node.target, ast.Name)
    left = ast.copy_location(ast.Name(id=node.target.id, ctx=ast.Load()), node.target)
    return ast.copy_location(ast.BinOp(left=left, op=node.op, right=node.value), node)


def normalise(tree: ast.Module) -> ast.Module:
    """The normal form of a tree that has been read and found admissible."""
    return _transformed(_Normaliser(), tree)


LOOP_GUARD = "__bounded__"  # a name that no source can say
# By what may make a whole number or a list grow, such names too.
GROWTH_GUARDS: dict[type[ast.operator], str] = {
    ast.Add: "__sum__",
    ast.Mult: "__product__",
    ast.Pow: "__power__",
}


class _Guard(ast.NodeTransformer):
    """Wraps what each loop iterates over in a call of LOOP_GUARD, and arithmetic that grows."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        name = GROWTH_GUARDS.get(type(node.op))
        if name is None or _is_float(node.left) or _is_float(node.right):
            return node
        guard = ast.Name(id=name, ctx=ast.Load())
        return ast.Call(func=guard, args=[node.left, node.right], keywords=[])

    def visit_For(self, node: ast.For | ast.comprehension) -> Any:
        self.generic_visit(node)
        guard = ast.Name(id=LOOP_GUARD, ctx=ast.Load())
        node.iter = ast.Call(func=guard, args=[node.iter], keywords=[])
        return node

    visit_comprehension = visit_For


def _is_float(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def guarded(tree: ast.Module) -> ast.Module:
    """The tree with every loop, whole number and list stopped at its bound when it runs."""
    return _transformed(_Guard(), tree)
