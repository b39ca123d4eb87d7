"""Finds the sub-expressions of a syntax tree that may be edited, and edits them."""

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actmine.functions.spelling import dotted
from actmine.functions.table import called
from actmine.mutation.inference import Inference
from actmine.mutation.values import Kind


@dataclass(frozen=True, kw_only=True)
class Site:
    """A place in a tree that holds an expression.

    Attributes:
        index: the place in a list of expressions, where the field is one.
        carrier: a name for a tensor of the input's shape that is readable there.
    """

    node: ast.expr
    parent: ast.AST
    field: str
    index: int | None
    carrier: str

    def put(self, new: ast.expr) -> None:
        """Replaces the expression, in the tree itself."""
        if self.index is None:
            setattr(self.parent, self.field, new)
        else:
            getattr(self.parent, self.field)[self.index] = new


def names_in(tree: ast.AST, context: type[ast.expr_context]) -> list[str]:
    """The names that a tree reads (`ast.Load`) or binds (`ast.Store`), as often as it does."""
    return [
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, context)
    ]


def functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """The functions of the module by name, in source order."""
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def children(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """The direct children of a node with their places, in source order."""
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            yield value, field, None
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, ast.AST):
                    yield item, field, index


def tensor_sites(tree: ast.Module, inference: Inference) -> list[Site]:
    """Every expression that surely has the input's shape, in source order."""
    return [
        site
        for function in functions(tree).values()
        if (carrier := _carrier(function, inference))
        for site in _sites_below(function, carrier, inference)
    ]


def _carrier(function: ast.FunctionDef, inference: Inference) -> str:
    for parameter in function.args.args:
        if inference.kind(parameter) is Kind.FULL:
            return parameter.arg
    return ""


def _sites_below(node: ast.AST, carrier: str, inference: Inference) -> Iterator[Site]:
    for child, field, index in children(node):
        if isinstance(child, (ast.Lambda, ast.arguments)) or reads_shape_only(node):
            continue
        if isinstance(child, ast.expr) and _is_editable(child, inference):
            yield Site(node=child, parent=node, field=field, index=index, carrier=carrier)
        yield from _sites_below(child, carrier, inference)


def _is_editable(node: ast.expr, inference: Inference) -> bool:
    value = inference.values.get(node)
    if value is None or isinstance(getattr(node, "ctx", None), ast.Store):
        return False
    low, high = value.bounds
    return value.kind is Kind.FULL and low < high  # a constant tensor reads no input


def reads_shape_only(node: ast.AST) -> bool:
    """Whether a node reads but the shape of what stands below it: no edit there matters."""
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        return "shape_only" in called(name).traits
    return isinstance(node, ast.Attribute) and node.attr in ("shape", "ndim")


def template(text: str, *args: ast.expr) -> ast.expr:
    """A template's expression with copies of `args` for its holes `_`, `_2`, `_3`."""
    names = ["_", *(f"_{place}" for place in range(2, len(args) + 1))]
    return substitute(ast.parse(text, mode="eval").body, dict(zip(names, args, strict=True)))


def substitute(node: ast.expr, replacements: dict[str, ast.expr]) -> ast.expr:
    """A copy of an expression with names replaced by copies of expressions."""

    class Substitution(ast.NodeTransformer):
        def visit_Name(self, name: ast.Name) -> ast.expr:
            new = replacements.get(name.id)
            return name if new is None else copy.deepcopy(new)

    made: ast.expr = Substitution().visit(copy.deepcopy(node))
    return made


def constant(value: float) -> ast.expr:
    """The literal of a number; a negative one is spelled with a minus, as a parser would."""
    if value < 0:
        return ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=-value))
    return ast.Constant(value=value)


def size(tree: ast.AST) -> int:
    """The number of expressions and statements, the measure of bloat."""
    return sum(isinstance(node, (ast.expr, ast.stmt)) for node in ast.walk(tree))


def unary_call(node: ast.expr) -> tuple[str, ast.expr] | None:
    """`("tanh", a)` for `torch.tanh(a)`, `F.tanh(a)` and `a.tanh()`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    name = dotted(node.func)
    if name.startswith(("torch.", "F.")):
        return (node.func.attr, node.args[0]) if node.args else None
    return None if node.args or name.startswith("math.") else (node.func.attr, node.func.value)


def operands(node: ast.expr) -> list[ast.expr]:
    """Both sides of an operator; the arguments of a call, then what it is a function of."""
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.Call(args=args):
            call = unary_call(node)
            return [*args, *([call[1]] if call else [])]
    return []


def identifiers(tree: ast.AST) -> set[str]:
    """Every name that a tree reads, binds or passes by keyword."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name):
                names.add(name)
            case ast.keyword(arg=str() as name):
                names.add(name)
    return names


def drop_unused(tree: ast.Module) -> None:
    """Removes helpers, constants and local names that no result depends on, in place."""
    for function in functions(tree).values():
        while _drop_locals(function):
            pass
    definitions = {name: node for node in tree.body for name in _defined(node)}
    needed, waiting = set[str](), ["activation"]
    while waiting:
        name = waiting.pop()
        if name not in needed and name in definitions:
            needed.add(name)
            waiting.extend(sorted(identifiers(definitions[name])))
    tree.body = [node for node in tree.body if needed & set(_defined(node))]


def _defined(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef):
        return [statement.name]
    return names_in(statement, ast.Store)


def _drop_locals(function: ast.FunctionDef) -> bool:
    """Drops assignments to names that are never read; true if there was one."""
    read = set(names_in(function, ast.Load))
    return any(_drop_from(node, read) for node in ast.walk(function))


def blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The lists of statements that a statement holds: its body, then its `else`."""
    for field in ("body", "orelse"):
        block = getattr(node, field, None)
        if isinstance(block, list):  # a lambda's body is an expression
            yield block


def _drop_from(holder: ast.AST, read: set[str]) -> bool:
    dropped = False
    for block in blocks(holder):
        kept = [statement for statement in block if not _is_unread(statement, read)]
        if len(kept) < len(block):
            # Only a branch with a counterpart must stay, and a block needs a statement.
            branch = isinstance(holder, ast.If) and holder.orelse and block is holder.body
            block[:] = kept or [ast.Pass()] if branch else kept
            dropped = True
    return dropped


def _is_unread(statement: ast.stmt, read: set[str]) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name not in read
        case ast.For(body=[]) | ast.If(body=[], orelse=[]):
            return True
    return False


def straight_locals(function: ast.FunctionDef) -> dict[str, ast.expr]:
    """The names that a function assigns once, on its own level, and their expressions."""
    stored = [parameter.arg for parameter in function.args.args]
    stored += names_in(function, ast.Store)
    return {
        statement.targets[0].id: statement.value
        for statement in function.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and not isinstance(statement.value, ast.List)  # it may grow by `append`
        and stored.count(statement.targets[0].id) == 1
    }


def returns_of(function: ast.FunctionDef) -> Sequence[ast.expr]:
    """The expressions that a function may return."""
    return [
        node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value
    ]
