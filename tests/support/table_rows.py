"""Calls torch's functions as the rows of the table say, with arguments that fit them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import sympy
import torch

from actmine.functions.symbols import Reader, definition
from actmine.functions.table import Function
from actmine.gate.library import namespace

OFFERED = namespace()
MASKS = {"condition", "mask"}  # arguments that are no numbers
BOOLEAN = {"logical_and", "logical_or", "logical_not"}


def names(rows: Sequence[Function]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("one", rows, ids=lambda one: one.name)


def function(spelled: str) -> Any:
    """What a source that spells it so would call; a method takes its tensor first."""
    root, *parts = spelled.split(".")
    if root == "x":
        return getattr(torch.Tensor, parts[0])
    found: Any = OFFERED[root]
    for part in parts:
        found = getattr(found, part)
    if root == "math":
        return lambda *args: torch.tensor(
            [found(*map(float, row)) for row in zip(*args, strict=True)]
        )
    return found


def inputs(one: Function, count: int = 241) -> torch.Tensor:
    """Numbers of ±4, of which none is whole, within the domain: float64."""
    low, high = max(one.domain[0], -4.0), min(one.domain[1], 4.0)
    return torch.linspace(low, high, count + 2, dtype=torch.float64)[1:-1] + 1e-4 * (low < -2)


def arguments(one: Function) -> list[torch.Tensor]:
    """A tensor for each argument without a default; where a mask is due, a mask."""
    made = []
    for place, name in enumerate(one.arguments[: len(one.arguments) - len(one.defaults)]):
        x = inputs(one).roll(7 * place)
        made.append(x > 0.3 if name in MASKS or one.name in BOOLEAN else x)
    if one.name in ("pow", "float_power", "xlogy", "xlog1py"):
        return [x.abs() + 0.1 for x in made]
    if one.name in ("prelu", "full_like", "clamp_min", "clamp_max", "threshold", "masked_fill"):
        return [
            torch.tensor(0.3 + n, dtype=x.dtype) if x.dtype.is_floating_point and n else x
            for n, x in enumerate(made)
        ]
    return made


def call(one: Function, spelled: str) -> torch.Tensor:
    args: list[Any] = arguments(one)
    if spelled == "x.where":
        args = [args[1], args[0], args[2]]
    if one.name in ("full_like", "threshold"):
        args = [args[0], *map(float, args[1:])]
    if one.name == "clamp":
        args.append(-9.0)  # it wants one bound at least
    if spelled.startswith("math."):
        args = list(torch.broadcast_tensors(*args))
    value: torch.Tensor = function(spelled)(*args)
    return value.double()


def spelled_out(expression: Any, used: Mapping[str, Function]) -> Any:
    """The expression over functions that SymPy knows."""
    for one in used.values():
        reader = Reader()
        head, meaning = definition(one, reader)
        value = sympy.Lambda(head.args, spelled_out(meaning, reader.used))
        expression = expression.replace(head.func, value)
    return expression
