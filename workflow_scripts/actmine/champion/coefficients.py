"""Finds the numbers of a candidate that may be learned, and gives them names."""

import ast
import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from actmine.champion.module_constants import is_literal, number_statements
from actmine.mutation.constants import NEGLIGIBLE
from actmine.mutation.inference import Inference, infer
from actmine.mutation.trees import children, functions
from actmine.mutation.values import Kind

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div)


@dataclass(frozen=True, kw_only=True)
class Parametrised:
    """A program whose coefficients are arguments.

    Attributes:
        function: `activation` with the coefficients as arguments after its input.
        values: what the coefficients are in the source, by name, in source order.
    """

    function: ast.FunctionDef
    values: dict[str, float]


def parametrised(tree: ast.Module, *, name: str, taken: frozenset[str]) -> Parametrised:
    """The entry function with each number that scales or shifts a tensor as an argument.

    Exponents, bounds and what stands in helpers keep their values, as many would not run as
    tensors or have no gradient; so do numbers that only guard a division. [ours]

    Args:
        tree: admitted; it is not changed.
        name: of the new function.
        taken: names that no coefficient may have.
    """
    tree = copy.deepcopy(tree)
    constants = {
        name: float(ast.literal_eval(statement.value))
        for name, statement in number_statements(tree).items()
        if is_literal(statement.value)
    }
    function = functions(tree)["activation"]
    local = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    values: dict[str, float] = {}
    named: dict[str, str] = {}
    operands = sorted(
        _operands(function, infer(tree)),
        key=lambda found: (found[2].lineno, found[2].col_offset),
    )
    for parent, field, number in operands:
        text = number.id if isinstance(number, ast.Name) else ""
        if text and (text in local or text not in constants):
            continue
        value = constants[text] if text else ast.literal_eval(number)
        if 0 < abs(value) < NEGLIGIBLE or not math.isfinite(value):
            continue
        # One name stands for one number, wherever it is used.
        chosen = named.get(text) or free_name(f"c{len(values) + 1}", taken)
        if text:
            named[text] = chosen
        values[chosen] = float(value)
        setattr(parent, field, ast.Name(id=chosen, ctx=ast.Load()))
    function.name = name
    function.args.args[1:1] = [ast.arg(arg=name) for name in values]
    return Parametrised(function=ast.fix_missing_locations(function), values=values)


def _operands(
    function: ast.FunctionDef, inference: Inference
) -> Iterator[tuple[ast.AST, str, Any]]:
    """(parent, field, node) of each number or name that meets a tensor in arithmetic."""
    waiting: list[ast.AST] = [function]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, _ARITHMETIC):
            for field, other in (("left", node.right), ("right", node.left)):
                if inference.kind(other) not in (Kind.FULL, Kind.PART):
                    continue
                parent: ast.AST = node
                operand = getattr(node, field)
                while isinstance(operand, ast.UnaryOp) and isinstance(operand.op, ast.USub):
                    parent, field, operand = operand, "operand", operand.operand
                if is_literal(operand) or isinstance(operand, ast.Name):
                    yield parent, field, operand
        waiting.extend(child for child, _, _ in children(node))


def free_name(name: str, taken: frozenset[str]) -> str:
    """The name, with underscores behind it where others have it already."""
    return free_name(f"{name}_", taken) if name in taken else name
