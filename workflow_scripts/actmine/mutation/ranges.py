"""Bounds of the functions of one number, given bounds of their argument."""

import math

from actmine.functions.floats import value_of
from actmine.functions.table import Function, Range
from actmine.mutation.values import Value, even, hull, overflows, safely


def elementwise(function: Function, given: Value, *, plain: bool) -> Value:
    """What a function returns that makes one number of one number.

    Args:
        plain: no slope or sharpness is given besides the argument.
    """
    low, high = given.bounds
    bounds = _bounds(function, given.bounds)
    if not plain:  # a slope or a sharpness was given: only the direction is sure
        bounds = hull((*bounds, low, high))
    least, most = function.domain
    hazard = low <= least > -math.inf or high >= most < math.inf
    hazard = hazard or ("pole" in function.traits and low <= 0 <= high)
    hazard = hazard or overflows(bounds, given.bounds)
    hazard = hazard or ("explodes" in function.traits and math.isinf(max(bounds)))
    return Value(kind=given.kind, bounds=bounds, hazard=hazard)


def _bounds(function: Function, given: Range) -> Range:
    low, high = given
    if "dips" in function.traits:
        return (function.range[0] if low < 0 else 0.0, max(high, 0.0))
    compute = value_of(function.name)
    if compute is None or ("pole" in function.traits and low <= 0 <= high):
        return function.range
    if "bowl" in function.traits:
        return even(given, safely(compute))
    if function.traits & {"increasing", "decreasing"}:
        # A monotone function's bounds are its values at the bounds, where it has these.
        ends = [safely(compute)(end) for end in given]
        return function.range if any(map(math.isnan, ends)) else hull(ends)
    return function.range
