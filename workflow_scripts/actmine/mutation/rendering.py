"""Writes a program as readable source, with one line that says what changed."""

import ast
import re

from actmine.mutation.trees import Site, functions, size

FORMULA_LIMIT = 100  # characters of the formula in a docstring [ours]
PHRASE_LIMIT = 44  # characters of an expression in a summary [ours]
PHRASE_NODES = 60  # a larger expression is not spelled before it is cut [ours]


def phrase(node: ast.expr, *, limit: int = PHRASE_LIMIT) -> str:
    """An expression as a short text without module names, cut at the end if too long."""
    if size(node) > PHRASE_NODES and limit <= PHRASE_LIMIT:
        return "a longer expression"
    text = re.sub(
        r"\b(torch\.nn\.functional|torch\.special|torch|F|math)\.", "", ast.unparse(node)
    )
    return text if len(text) <= limit else text[: limit - 3].rstrip() + "..."


def replace_at(site: Site, new: ast.expr) -> str:
    """Replaces the expression of a site, in the tree itself, and says so."""
    site.put(new)
    return f"{phrase(site.node)} -> {phrase(new)}"


def render(tree: ast.Module, *, parent: str, summary: str) -> str:
    """The source of a program whose `activation` gets a new docstring of one line.

    Args:
        tree: admitted, so without docstrings; small, as `ast.unparse` recurses.
        parent: the name of the function that was changed.
        summary: what changed.
    """
    activation = functions(tree)["activation"]
    formula = f"A child of {parent}"
    match activation.body:
        case [ast.Return(value=ast.expr() as expression)]:
            formula = phrase(expression, limit=FORMULA_LIMIT)
    # A backslash or a quote would need escapes that no reader wants.
    line = re.sub(r"[\\\"]", "", f"{formula}. Changed: {summary.rstrip('.')}.")
    activation.body.insert(0, ast.Expr(value=ast.Constant(value=line)))
    blocks = [ast.unparse(ast.fix_missing_locations(node)) for node in tree.body]
    text = blocks[0]
    for before, block in zip(tree.body, blocks[1:], strict=False):
        text += ("\n\n\n" if isinstance(before, ast.FunctionDef) else "\n") + block
    # A function stands apart from the constants before it.
    return re.sub(r"(?<=[^\n])\n(?=def )", "\n\n\n", text) + "\n"


class _Tidy(ast.NodeTransformer):
    """Spells `a + -b * c` as `a - b * c`, and `a - -b` as `a + b`."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.BinOp:
        self.generic_visit(node)
        if isinstance(node.op, (ast.Add, ast.Sub)):
            positive = _without_minus(node.right)
            if positive is not None:
                node.right = positive
                node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        return node


def _without_minus(node: ast.expr) -> ast.expr | None:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return operand
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            positive = _without_minus(left)
            return None if positive is None else ast.BinOp(positive, ast.Mult(), right)
    return None


def tidy(tree: ast.Module) -> ast.Module:
    """The same program with signs written as a person would."""
    tidied: ast.Module = _Tidy().visit(tree)
    return tidied
