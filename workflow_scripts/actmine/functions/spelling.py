"""How a source spells what it takes from torch and math."""

import ast
import math

ROOTS = frozenset({"torch", "F", "math"})
CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf}


def dotted(node: ast.AST) -> str:
    """`torch.special.expit` for such an attribute chain, else an empty text."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])
