"""Reads products and options off a tree."""

import ast


def factors(node: ast.expr) -> list[ast.expr]:
    """The factors of a product without their signs; of anything else, itself."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return factors(node.left) + factors(node.right)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return factors(node.operand)
    return [node]


def is_negated(node: ast.expr) -> bool:
    """Whether the signs within a product make it negative."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return is_negated(node.left) != is_negated(node.right)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return not is_negated(node.operand)
    return False


def keeps_dim(call: ast.Call) -> bool:
    """Whether a call says `keepdim=True`."""
    return any(
        word.arg == "keepdim"
        and isinstance(word.value, ast.Constant)
        and word.value.value is True
        for word in call.keywords
    )
