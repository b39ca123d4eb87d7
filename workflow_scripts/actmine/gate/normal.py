"""The normal form of an admitted source: what runs, and nothing beside it."""

import ast
from typing import Any


class _Normaliser(ast.NodeTransformer):
    """Drops imports, annotations and free-standing text; spells `y += …` out.

    In place, `y += …` would change a tensor that the caller still holds.
    """

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, ast.FunctionDef | ast.For | ast.If) and not node.body:
            node.body = [ast.copy_location(ast.Pass(), node)]
        return node

    def visit_Import(self, node: ast.Import) -> None:
        return None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        return None

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
    normal = _Normaliser().visit(tree)
    assert isinstance(normal, ast.Module)
    return ast.fix_missing_locations(normal)


LOOP_GUARD = "__bounded__"  # a name that no source can say


class _Guard(ast.NodeTransformer):
    """Wraps what each loop iterates over in a call of LOOP_GUARD."""

    def _wrap(self, items: ast.expr) -> ast.expr:
        guard = ast.Name(id=LOOP_GUARD, ctx=ast.Load())
        return ast.Call(func=guard, args=[items], keywords=[])

    def visit_For(self, node: ast.For) -> Any:
        self.generic_visit(node)
        node.iter = self._wrap(node.iter)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        self.generic_visit(node)
        node.iter = self._wrap(node.iter)
        return node


def guard_loops(tree: ast.Module) -> ast.Module:
    """The tree with every loop stopped at its bound when it runs."""
    guarded = _Guard().visit(tree)
    assert isinstance(guarded, ast.Module)
    return ast.fix_missing_locations(guarded)
