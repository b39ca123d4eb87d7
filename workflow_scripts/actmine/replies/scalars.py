"""Refuses code that takes a whole tensor for one number, or a number for a tensor."""

import ast

from actmine.gate.library import MATH
from actmine.replies.syntax import ReplyError

# What gives a shape, a type, or one value for all.
_SINGLE = {
    *("shape", "ndim", "dtype", "device", "size", "dim", "numel", "all", "any", "item", "mean"),
    *("sum", "max", "min", "amax", "amin", "std", "var", "norm", "prod", "median"),
}


def refuse_scalars(function: ast.FunctionDef) -> None:
    """Refuses `if x > 0:`, `max(x, 0)`, `math.exp(x)` and `torch.sqrt(2)`.

    Raises:
        ReplyError: it names what does the same for each element, or for a number.
    """
    arguments = [*function.args.posonlyargs, *function.args.args]
    tensors = {arguments[0].arg} if arguments else set()
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_of(value, tensors):
                tensors.add(name)
    for node in ast.walk(function):
        instead = _instead(node, tensors)
        if instead:
            written = " ".join(ast.unparse(node).split())
            raise ReplyError(f"`{written[:60]}` {instead}")


def _instead(node: ast.AST, tensors: set[str]) -> str:
    """What is wrong with a part of a function, and the remedy; empty if nothing is."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) if _is_of(test, tensors):
            return "asks a whole tensor; write torch.where(condition, a, b) instead of `if`"
        case ast.Call(func=ast.Name(id="max" | "min"), args=[_, _, *_] as args):
            if any(_is_of(argument, tensors) for argument in args):
                return "asks a whole tensor; write torch.clamp, or torch.maximum of two tensors"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="math"), attr=name), args=args):
            if any(_is_of(argument, tensors) for argument in args):
                return f"is given a tensor; write it with torch, as torch.{name}"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="torch"), attr=name), args=args):
            if name in MATH and args and all(map(_is_number, args)):
                return f"is given a number; write math.{name}"
    return ""


def _is_of(node: ast.expr, tensors: set[str]) -> bool:
    """Whether a value is a whole tensor for sure, computed of the named ones."""
    match node:
        case ast.Name(id=name):
            return name in tensors
        case ast.BinOp(left=left, right=right):
            parts = [left, right]
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            parts = [] if isinstance(operator, ast.Is | ast.IsNot) else [left, right]
        case ast.BoolOp(values=parts):
            pass
        case ast.UnaryOp(operand=operand):
            parts = [operand]
        case ast.Call(func=ast.Attribute(value=value, attr=name), args=args):
            parts = [] if name in _SINGLE else [value, *args]
        case ast.Call(func=ast.Name(id="abs"), args=parts):
            pass
        case _:
            return False
    return any(_is_of(part, tensors) for part in parts)


def _is_number(node: ast.expr) -> bool:
    match node:
        case ast.BinOp(left=left, right=right):
            return _is_number(left) and _is_number(right)
        case ast.UnaryOp(operand=operand):
            return _is_number(operand)
        case ast.Attribute(value=ast.Name(id="math")):
            return True
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)
