"""How many steps a loop can take, read from its text."""

import ast
import operator
from collections.abc import Callable
from contextlib import suppress

from actmine.gate.library import MAX_TRIPS
from actmine.gate.names import Frame, Kind, Scope
from actmine.gate.refusal import Refusal, refuse

MAX_NESTED_TRIPS = 1024  # of loops within loops, multiplied [ours]
# A helper's own parameter can set its loop. It is taken as this, and `library.bounded`
# stops it at MAX_TRIPS when it runs.
ASSUMED_TRIPS = 32
LARGEST = 10**6  # of the integers that a bound may be computed from [ours]

_ARITHMETIC: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.FloorDiv: operator.floordiv,
    ast.Mult: operator.mul,
    ast.Sub: operator.sub,
}
_USE = "loop over a range of constants, or over a tuple or list written out"


def integer(node: ast.expr, scope: Scope) -> int | None:
    """The value of a loop's bound; None if it depends on a helper's parameter.

    Raises:
        Refusal: it is no integer, too large, or depends on data.
    """
    match node:
        case ast.Constant(value=int(value)) if abs(value) <= LARGEST:
            return int(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = integer(operand, scope)
            return None if inner is None else -inner
        case ast.BinOp(op=op) if type(op) in _ARITHMETIC:
            return _arithmetic(node, scope)
        case ast.Call(func=ast.Name(id="len"), args=[items]):
            return length(items, scope)
        case ast.Name():
            return _named_integer(node, scope)
    return refuse(node, f"is not a constant bound of a loop; {_USE}")


def _arithmetic(node: ast.BinOp, scope: Scope) -> int | None:
    left, right = integer(node.left, scope), integer(node.right, scope)
    if left is None or right is None:
        return None
    try:
        value = _ARITHMETIC[type(node.op)](left, right)
    except ZeroDivisionError:
        refuse(node, "divides by zero; write the bound as a constant")
    if abs(value) > LARGEST:
        refuse(node, f"is larger than {LARGEST}; {_USE}")
    return value


def _is_entry_tensor(name: str, scope: Scope) -> bool:
    holder = scope.holder(name)
    # Parameters are bound first, so the tensor's name leads.
    return holder is not None and holder.entry and next(iter(holder.bindings)) == name


def _named_integer(node: ast.Name, scope: Scope) -> int | None:
    holder, binding = scope.holder(node.id), scope.only(node.id)
    if holder is not None and node.id in holder.integers:
        return holder.integers[node.id]
    if binding is None or _is_entry_tensor(node.id, scope):
        refuse(node, f"bounds a loop but is not one constant; {_USE}")
    if binding.kind not in (Kind.PARAMETER, Kind.ITEM):
        refuse(node, f"bounds a loop but is no constant defined above; {_USE}")
    return None


def range_trips(node: ast.Call, scope: Scope) -> int:
    """The steps of a `range(...)`.

    Raises:
        Refusal: there are none to be told from the text, or more than MAX_TRIPS.
    """
    if node.keywords or not 1 <= len(node.args) <= 3:
        refuse(node, f"is no range; {_USE}")
    bounds = [integer(argument, scope) for argument in node.args]
    known = [bound for bound in bounds if bound is not None]
    if len(known) < len(bounds):
        return ASSUMED_TRIPS
    if len(known) == 3 and known[2] == 0:
        refuse(node, "has a step of zero; leave the step out")
    steps = len(range(*known))
    if steps > MAX_TRIPS:
        refuse(node, f"has {steps} steps; a loop may take {MAX_TRIPS}")
    return steps


def length(node: ast.expr, scope: Scope) -> int | None:
    """The items of what a loop iterates over; None if a helper's parameter sets it.

    Raises:
        Refusal: it is a tensor, or nothing whose length the text tells.
    """
    match node:
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return len(items)
        case ast.Call(func=ast.Name(id="range")):
            return range_trips(node, scope)
        case ast.Call(func=ast.Name(id="zip"), args=[_, *_] as items):
            lengths = [length(item, scope) for item in items]
            return min((n for n in lengths if n is not None), default=None)
        case ast.Call(
            func=ast.Name(id="enumerate" | "reversed" | "sorted" | "list" | "tuple"),
            args=[items, *_],
        ):
            return length(items, scope)
        case (
            ast.ListComp(generators=[clause, *more])
            | ast.GeneratorExp(generators=[clause, *more])
        ):
            return None if more else trips(clause.iter, scope)
        case ast.Subscript(value=items, slice=ast.Slice()):
            return length(items, scope)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            sides = length(left, scope), length(right, scope)
            return None if None in sides else sum(n for n in sides if n is not None)
        case ast.Name():
            return _named_length(node, scope)
    return refuse(node, f"has no length that the text tells; {_USE}")


def _named_length(node: ast.Name, scope: Scope) -> int | None:
    if _is_entry_tensor(node.id, scope):
        refuse(node, "is a tensor, whose length is the batch; use tensor operations instead")
    holder, binding = scope.holder(node.id), scope.only(node.id)
    if holder is None or (binding is not None and binding.kind is Kind.FUNCTION):
        refuse(node, f"is not something to loop over; {_USE}")
    return holder.lengths.get(node.id)


def remember(name: str, value: ast.expr, scope: Scope) -> None:
    """Notes what an assignment says about later loops.

    It is noted when the assignment is read, so that a chain of names costs one step each.
    """
    if scope.only(name) is None:
        return
    if isinstance(value, ast.Constant | ast.UnaryOp | ast.BinOp | ast.Name | ast.Call):
        with suppress(Refusal):
            scope.integers[name] = integer(value, scope)
    # A list may grow by `append` after this line; the module's own cannot.
    if isinstance(value, ast.Tuple) or scope.frame is Frame.MODULE:
        with suppress(Refusal):
            scope.lengths[name] = length(value, scope)


def trips(node: ast.expr, scope: Scope) -> int:
    """The steps of a loop over `node`, ASSUMED_TRIPS where a helper's parameter sets them.

    Raises:
        Refusal: the text does not bound them, or they exceed MAX_TRIPS.
    """
    steps = length(node, scope)
    if steps is None:
        return ASSUMED_TRIPS
    if steps > MAX_TRIPS:
        refuse(node, f"has {steps} items; a loop may take {MAX_TRIPS}")
    return steps
