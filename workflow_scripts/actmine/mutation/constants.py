"""Finds the constants of a candidate that scale something, and perturbs them."""

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeGuard

import numpy as np

from actmine.functions.spelling import dotted
from actmine.functions.table import TABLE, called
from actmine.mutation.inference import Inference
from actmine.mutation.trees import Site, children
from actmine.mutation.values import Kind

DIGITS = 3  # significant ones of every constant that an edit writes [ours]
SPREAD = 0.4  # standard deviation of a scaling's logarithm: mostly ×0.7 to ×1.5 [ours]
NEGLIGIBLE = 1e-4  # a smaller number guards a division and scales nothing [ours]
FLIP_RATE = 0.05  # how often a factor or a term changes its sign [ours]
MAX_POWER = 4  # of integer exponents [ours]
# Keywords whose numbers are values and not dims, shapes or modes.
VALUE_KEYWORDS = {key for row in TABLE.values() for key in row.arguments[1:]} - {"exponent"}


class Role(StrEnum):
    """What a number may become: FLOAT and FACTOR any number, of which FACTOR holds ints too."""

    FACTOR = "factor"
    FLOAT = "float"
    EXPONENT = "exponent"
    FIXED = "fixed"


@dataclass(frozen=True, kw_only=True)
class Literal:
    """A number in a tree, at its place, with what it may become."""

    site: Site
    value: float
    role: Role
    signed: bool


def literals(tree: ast.Module, inference: Inference) -> list[Literal]:
    """The numbers that may be perturbed, in source order."""
    site = Site(node=ast.Constant(0), parent=tree, field="body", index=0, carrier="")
    return [
        literal
        for statement in tree.body
        for literal in _visit(statement, site, Role.FLOAT, inference)
    ]


def _visit(node: ast.AST, site: Site, role: Role, inference: Inference) -> Iterator[Literal]:
    """The numbers of a node that stands at a site, or somewhere within it."""
    if role is Role.FIXED:
        return
    if isinstance(node, ast.Constant):
        if _may_change(node.value, role):
            signed = isinstance(site.parent, ast.BinOp) and role is Role.FACTOR
            yield Literal(site=site, value=node.value, role=role, signed=signed)
        return
    for child, field, index in children(node):
        inner = _role(node, field, role, inference)
        if isinstance(child, ast.expr):
            place = Site(node=child, parent=node, field=field, index=index, carrier="")
            yield from _visit(child, place, inner, inference)
        else:
            yield from _visit(child, site, inner, inference)


def _may_change(value: object, role: Role) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    if not math.isfinite(value) or 0 < abs(value) < NEGLIGIBLE:
        return False
    return not (role is Role.FLOAT and isinstance(value, int))


def _role(node: ast.AST, field: str, role: Role, inference: Inference) -> Role:
    """The role of the numbers directly in a field of a node."""
    match node:
        case ast.BinOp(op=op):
            tensor = inference.kind(node) in (Kind.FULL, Kind.PART)
            if isinstance(op, ast.Pow) and field == "right":
                return Role.EXPONENT
            if isinstance(op, (ast.FloorDiv, ast.Mod)):
                return Role.FIXED
            return Role.FACTOR if tensor else role
        case ast.Compare():
            tensor = inference.kind(node) is Kind.MASK
            return Role.FACTOR if tensor else Role.FIXED
        case ast.Call():
            return _argument_role(node, field)
        case ast.keyword(arg=name):
            return role if name in VALUE_KEYWORDS else Role.FIXED
        case ast.If() | ast.IfExp() if field == "test":
            return Role.FIXED
        case ast.Subscript() | ast.JoinedStr():
            return Role.FIXED
    return Role.FLOAT if isinstance(node, ast.stmt) or role is Role.EXPONENT else role


def _argument_role(node: ast.Call, field: str) -> Role:
    name = dotted(node.func)
    if field == "func":
        # The receiver of a method is an expression like any other.
        return Role.FLOAT if isinstance(node.func, ast.Attribute) else Role.FIXED
    if name == "range":
        return Role.FIXED
    last = node.func.attr if isinstance(node.func, ast.Attribute) else name
    # Elsewhere whole numbers may be dims or counts.
    values = len(set(called(last).arguments) - {"exponent"}) > 1
    return Role.FACTOR if field == "keywords" or values else Role.FLOAT


def round_digits(value: float) -> float:
    """The number with DIGITS significant digits."""
    return float(f"{value:.{DIGITS}g}")


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number of DIGITS digits, uniform in its logarithm."""
    return round_digits(math.exp(rng.uniform(math.log(low), math.log(high))))


def perturb(literal: Literal, rng: np.random.Generator) -> float:
    """Another number for a literal: scaled, rarely with its sign changed; never the same.

    Returns:
        a whole number where a whole exponent stood, else one of DIGITS significant digits.
    """
    value = literal.value
    if literal.role is Role.EXPONENT and value == int(value) and value >= 1:
        # Fractions of a negative base are not numbers, so whole exponents stay whole.
        choices = [n for n in (value - 1, value + 1) if 1 <= n <= MAX_POWER] or [2]
        return int(choices[int(rng.integers(len(choices)))])
    if value == 0:
        return round_digits(rng.normal(0, 0.3)) or 0.1
    scale = math.exp(rng.normal(0, SPREAD))
    flip = literal.signed and rng.random() < FLIP_RATE
    new = round_digits(value * scale * (-1 if flip else 1))
    return new if new != value else round_digits(value * (1 + SPREAD))
