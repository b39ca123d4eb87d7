"""Drops types from a program and gives its docstrings one spelling; it computes the same."""

import ast
import inspect

DOCSTRING_LIMIT = 1200  # characters; a longer text is no description [ours]


def tidy(tree: ast.Module) -> None:
    """Tidies a program in place."""
    _Tidier().visit(tree)
    ast.fix_missing_locations(tree)


_BLOCKS = ast.FunctionDef | ast.ClassDef | ast.If | ast.For | ast.While | ast.With | ast.Try


class _Tidier(ast.NodeTransformer):
    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, _BLOCKS) and not node.body:  # it held declarations alone
            node.body = [ast.Pass()]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        self.generic_visit(node)
        match node.body:
            case [ast.Expr(value=ast.Constant(value=str() as text)), *rest] if rest:
                about = _bounded(text)
                docstring = [ast.Expr(value=ast.Constant(value=about))] if about else []
                node.body = [*docstring, *rest]
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        self.generic_visit(node)
        return ast.Assign(targets=[node.target], value=node.value)


def _bounded(text: str) -> str:
    """A docstring in one spelling, indented for a function's body; empty if it is too long."""
    lines = [_printable(line).rstrip() for line in inspect.cleandoc(text).split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    if len("\n".join(lines)) > DOCSTRING_LIMIT:
        return ""
    body = "\n".join(f"    {line}" if line and at else line for at, line in enumerate(lines))
    return f"{body}\n    " if len(lines) > 1 else body


def _printable(line: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in line)
