"""Refuses code that takes a whole tensor for one number, or a number for a tensor."""

import ast
import re

from actmine.gate.library import MATH
from actmine.gate.refusal import refusal_of, refuse

# What gives a shape, a type, or one value for all.
_SINGLE = {
    *("shape", "ndim", "dtype", "device", "size", "dim", "numel", "all", "any", "item", "mean"),
    *("sum", "max", "min", "amax", "amin", "std", "var", "norm", "prod", "median"),
}

_WHOLE, _TENSOR, _NUMBER = "asks a whole tensor", "is given a tensor", "is given a number"
# What Python and torch say of each when it runs.
_SAID = {
    "Boolean value of Tensor": _WHOLE,
    "converted to Python scalars": _TENSOR,
    "must be Tensor, not": _NUMBER,
    "is given (int": _NUMBER,
    "is given (float": _NUMBER,
}
_BOUND = {"maximum": "min", "minimum": "max", "max": "min", "min": "max"}
_RAISED = re.compile(r"line (\d{1,6}): raised ")  # in a child's words, who may say anything


def refuse_scalars(function: ast.FunctionDef) -> None:
    """Refuses `if x > 0:`, `max(x, 0)`, `math.exp(x)` and `torch.sqrt(2)`, before it runs.

    Raises:
        Refusal: it names what does the same for each element, or for a number.
    """
    arguments = [*function.args.posonlyargs, *function.args.args]
    tensors = {arguments[0].arg} if arguments else set()
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_of(value, tensors):
                tensors.add(name)
    for node in ast.walk(function):
        if instead := _instead(node, tensors):
            refuse(node, instead)


def explained(told: str, tree: ast.Module) -> str:
    """Why a source failed when it ran: the remedy, if it took a tensor for a number or so.

    Args:
        told: the error and its line, as the contract words it; returned if it is another.
        tree: of the source.
    """
    raised = _RAISED.match(told)
    fault = next((fault for said, fault in _SAID.items() if said in told), None)
    if raised is None or fault is None:
        return told
    for node in ast.walk(tree):
        instead = _instead(node, None)
        here = instead.startswith(fault) and _stands_at(node, int(raised[1]))
        if here and (fault is not _NUMBER or f"{_called(node)}()" in told.replace("_", "")):
            return str(refusal_of(node, instead))
    return told


def _called(node: ast.AST) -> str:
    """The last part of the name of a function that is called, in the letters torch tells."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name)):
            return name.replace("_", "")
    return ""


def _stands_at(node: ast.AST, line: int) -> bool:
    part = node.test if isinstance(node, ast.If | ast.IfExp) else node
    assert isinstance(part, ast.expr)
    return part.lineno <= line <= (part.end_lineno or part.lineno)


def _instead(node: ast.AST, tensors: set[str] | None) -> str:
    """What is wrong with a part of a function, and the remedy; empty if nothing is.

    Args:
        tensors: names of whole tensors; None where the part failed, so that whatever is no
            number may be one.
    """
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) if _is_of(test, tensors):
            return f"{_WHOLE}; write torch.where(condition, a, b) instead of `if`"
        case (
            ast.UnaryOp(op=ast.Not(), operand=asked)
            | ast.BoolOp(values=[asked, *_])
            | ast.Compare(ops=[_, _, *_], comparators=[asked, *_])
        ) if _is_of(asked, tensors):
            return f"{_WHOLE}; write (a > b) & (c > d), with | for `or` and ~ for `not`"
        case ast.Call(func=ast.Name(id="max" | "min"), args=[_, _, *_] as args):
            if any(_is_of(argument, tensors) for argument in args):
                return f"{_WHOLE}; write torch.clamp, or torch.maximum of two tensors"
        case ast.Call(func=ast.Name(id="float" | "int"), args=[argument]):
            if _is_of(argument, tensors):
                return f"{_TENSOR}; leave it out, or write torch.trunc to cut digits off"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="math"), attr=name), args=args):
            if any(_is_of(argument, tensors) for argument in args):
                return f"{_TENSOR}; write it with torch, as torch.{name}"
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="torch" | "F"), attr=name), args=args
        ):
            # `torch.max(x, 0)` has a meaning: along dim 0.
            bounded = args if name in ("maximum", "minimum") else args[:1]
            if name in _BOUND and any(map(_is_number, bounded)):
                return f"{_NUMBER}; write torch.clamp(x, {_BOUND[name]}=number)"
            if name in MATH and args and all(map(_is_number, args)):
                return f"{_NUMBER}; write math.{name}"
            if tensors is None and any(map(_is_number, args)):
                return f"{_NUMBER}; write what that gives, or torch.tensor(number)"
    return ""


def _is_of(node: ast.expr, tensors: set[str] | None) -> bool:
    """Whether a value is a whole tensor for sure, computed of the named ones."""
    if tensors is None:
        return not _is_number(node)
    match node:
        case ast.Name(id=name):
            return name in tensors
        case ast.BinOp(left=left, right=right):
            parts = [left, right]
        case ast.Compare(left=left, ops=operators, comparators=others):
            identity = any(isinstance(operator, ast.Is | ast.IsNot) for operator in operators)
            parts = [] if identity else [left, *others]
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
