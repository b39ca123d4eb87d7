"""Reads the constants off a candidate that may be tuned, and writes others in their places.

A source is read in a signed form: a sign before a number belongs to it, and `a - 0.5 * b` is
`a + (-0.5) * b`. So a constant keeps its place among the numbers whatever its sign becomes.
"""

import ast
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeGuard

from actmine.functions.spelling import dotted
from actmine.functions.table import called
from actmine.gate.static import admit
from actmine.mutation.constants import literals, round_digits
from actmine.mutation.inference import infer
from actmine.mutation.rendering import render
from actmine.mutation.trees import Site, children, constant
from actmine.mutation.values import OVERFLOW

MAX_CONSTANTS = 12  # of one function: six measurements a batch teach no more [ours]
NEAR_ZERO = 0.1  # a signed constant moves by sums below it and by factors above it [ours]
DECIMALS = 4  # of a signed constant: less scales nothing [ours]
MAX_CHANGE = 5.0  # a constant stays within a factor of e⁵ = 148 of where it began [ours]
SHOWN = 3  # changes that a summary names [ours]


class Scale(StrEnum):
    """How a constant moves: RATIO by factors, SIGNED through zero as well."""

    RATIO = "ratio"
    SIGNED = "signed"


@dataclass(frozen=True, kw_only=True)
class Constant:
    """A number of a source that may be tuned.

    Attributes:
        index: its place among all numbers of the source, in order, signs joined to them.
        value: with its sign; not 0.
    """

    index: int
    value: float
    scale: Scale

    def __post_init__(self) -> None:
        if self.index < 0 or not math.isfinite(self.value) or self.value == 0:
            raise ValueError(f"{self}: a finite number other than 0 at a place from 0 on")

    @property
    def start(self) -> float:
        """Its coordinate: where a step of 1 is about a factor of e."""
        return self.coordinate(self.value)

    def coordinate(self, value: float) -> float:
        """The coordinate of another value of this constant."""
        if self.scale is Scale.SIGNED:
            return math.asinh(value / NEAR_ZERO)
        return math.log(value / self.value)

    def at(self, coordinate: float) -> float:
        """The value at a coordinate as it is written: cut to MAX_CHANGE, with few digits."""
        near = min(max(coordinate, self.start - MAX_CHANGE), self.start + MAX_CHANGE)
        if self.scale is Scale.SIGNED:
            return round(round_digits(NEAR_ZERO * math.sinh(near)), DECIMALS)
        return round_digits(self.value * math.exp(near))


def constants_of(source: str) -> tuple[Constant, ...]:
    """The numbers that scale or shift something, in source order, MAX_CONSTANTS at most.

    Exponents, dims and counts are structure, and so are 0 and the whole number 1. Where
    there are too many, those written with a point go first.

    Raises:
        Refusal: the gate refuses the source.
    """
    tree = _signed(source)
    place = {id(site.node): index for index, site in enumerate(_numbers(tree))}
    fixed = _in_exponents(tree)
    tunable = [
        literal
        for literal in literals(tree, infer(tree))
        if id(literal.site.node) not in fixed and not _is_structure(literal.value)
    ]
    first = sorted(tunable, key=lambda literal: isinstance(literal.value, int))[:MAX_CONSTANTS]
    constants = [
        Constant(index=place[id(it.site.node)], value=float(it.value), scale=_scale(it.site))
        for it in first
    ]
    return tuple(sorted(constants, key=lambda constant: constant.index))


def rewritten(source: str, new: Mapping[int, float], *, name: str) -> str:
    """The source with new numbers at some places among its numbers, and a new docstring.

    Args:
        new: by the index of a constant; written as given.
        name: of the function that the source defines, for the docstring.

    Raises:
        Refusal: the gate refuses the source.
    """
    tree = _signed(source)
    changes = []
    for index, site in enumerate(_numbers(tree)):
        value = new.get(index)
        if value is not None and _number(site.node) != value:
            changes.append(f"{_number(site.node):g} -> {value:g}")
            site.put(ast.Constant(value=value))
    more = f" and {len(changes) - SHOWN} more" if len(changes) > SHOWN else ""
    plain = ast.fix_missing_locations(_Unsign().visit(tree))
    return render(plain, parent=name, summary=", ".join(changes[:SHOWN]) + more)


def structure_of(source: str) -> str:
    """What a source computes but for the constants that may be tuned; no program.

    Raises:
        Refusal: the gate refuses the source.
    """
    tree = _signed(source)
    tuned = {constant.index for constant in constants_of(source)}
    for index, site in enumerate(list(_numbers(tree))):
        if index in tuned:
            site.put(ast.Constant(value=None))
    return ast.dump(tree)


def numbers_of(source: str) -> list[float]:
    """Every number of a source, signs joined to them, in the order of their places."""
    return [_number(site.node) for site in _numbers(_signed(source))]


def _signed(source: str) -> ast.Module:
    tree: ast.Module = _Sign().visit(admit(source))
    return ast.fix_missing_locations(tree)


def _numbers(tree: ast.AST) -> Iterator[Site]:
    for child, field, index in children(tree):
        if _is_number(child):
            yield Site(node=child, parent=tree, field=field, index=index, carrier="")
        yield from _numbers(child)


def _is_number(node: ast.AST | None) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _number(node: ast.expr) -> float:
    assert isinstance(node, ast.Constant) and isinstance(node.value, (int, float))
    return node.value


def _is_structure(value: float) -> bool:
    return value == 0 or abs(value) > OVERFLOW or (isinstance(value, int) and abs(value) == 1)


def _scale(site: Site) -> Scale:
    """SIGNED for a term or a factor, where another sign is as good."""
    match site.parent:
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult()):
            return Scale.SIGNED
        case ast.BinOp(op=ast.Div()) if site.field == "left":
            return Scale.SIGNED
    return Scale.RATIO


def _in_exponents(tree: ast.Module) -> set[int]:
    """The ids of the numbers within exponents, and of those that names there stand for."""
    exponents: list[ast.AST] = []
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(op=ast.Pow(), right=right):
                exponents.append(right)
            case ast.Call(func=ast.Attribute(attr=attr) as func) if (
                "exponent" in called(attr).arguments
            ):
                exponents.extend(node.args[dotted(func).startswith("torch.") :])
    inside = [part for exponent in exponents for part in ast.walk(exponent)]
    names = {part.id for part in inside if isinstance(part, ast.Name)}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in names:
                inside.extend(ast.walk(value))
            case ast.arguments(args=args, defaults=defaults) if defaults:
                late = zip(args[-len(defaults) :], defaults, strict=True)
                inside.extend(default for arg, default in late if arg.arg in names)
    return {id(part) for part in inside}


def _leading(node: ast.expr) -> ast.Constant | None:
    """The number that a product begins with."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        node = node.left
    return node if _is_number(node) else None


class _Sign(ast.NodeTransformer):
    """Joins signs to the numbers behind them."""

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        if not _is_number(node.operand) or not isinstance(node.op, (ast.USub, ast.UAdd)):
            return node
        sign = -1 if isinstance(node.op, ast.USub) else 1
        return ast.Constant(value=sign * _number(node.operand))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        number = _leading(node.right)
        if isinstance(node.op, ast.Sub) and number is not None:
            number.value = -_number(number)
            node.op = ast.Add()
        return node


class _Unsign(ast.NodeTransformer):
    """Spells negative numbers as a parser would, and their sums as differences."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        number = _leading(node.right)
        if isinstance(node.op, ast.Add) and number is not None and _number(number) < 0:
            number.value = -_number(number)
            node.op = ast.Sub()
        self.generic_visit(node)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return constant(_number(node)) if _is_number(node) else node
