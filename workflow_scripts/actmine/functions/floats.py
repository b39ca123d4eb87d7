"""The values of the table's functions at numbers, from the meanings that stand in it."""

import math
from collections.abc import Callable
from functools import cache
from types import CodeType
from typing import Any

from actmine.functions.table import TABLE


def _exp(x: float) -> float:
    """Infinite where it overflows: 1 / (1 + exp(-x)) is 0 far below zero."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


# SymPy's functions by its names for them, where `math` has another name or none.
_OWN: dict[str, Callable[..., float]] = {
    "Abs": abs,
    "Max": max,
    "Min": min,
    "Piecewise": lambda condition, yes, no: yes if condition else no,
    "ceiling": math.ceil,
    "exp": _exp,
    "loggamma": math.lgamma,
    "sign": lambda x: float(x > 0) - float(x < 0),
}


@cache
def value_of(name: str) -> Callable[..., float] | None:
    """A function of the table on numbers, its last arguments by default as torch has them.

    Returns: None where the table has no meaning, or Python none of its parts. What is called
        raises OverflowError, ValueError or ZeroDivisionError where it has no value.
    """
    row = TABLE[name]
    text = row.floats or row.meaning
    if row.primitive or not text:
        return _OWN.get(row.primitive) or getattr(math, row.primitive, None)
    head = ", ".join(
        f"{key}={row.defaults[key]}" if key in row.defaults else key for key in row.arguments
    )
    # The table is ours; no text of a candidate comes here.
    function = compile(f"lambda {head}: {text}", f"<{name}>", "eval")
    (body,) = (part for part in function.co_consts if isinstance(part, CodeType))
    names: dict[str, Any] = {"pi": math.pi, "inf": math.inf, "round": round}
    names |= {part: value_of(part) for part in body.co_names if part not in names}
    made: Callable[..., float] = eval(function, names)
    return None if None in names.values() else made
