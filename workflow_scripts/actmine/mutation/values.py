"""What an expression of a candidate may be: its kind, and bounds on its numbers."""

import ast
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, partial

from actmine.functions.table import ANYTHING, Range

INPUT: Range = (-5e3, 5e3)  # the contract's scale of 1e3 times 5 standard deviations [ours]
EXACT = 2**53  # a larger whole number is kept as a float, whose products stay short
SMALL = 64  # an exponent of whole numbers; others are of floats
MAX_ITEMS = 4096  # of a sequence and those within it; a longer one is unknown [ours]
OVERFLOW = 1e30  # float32 ends at 3.4e38; gradients need some of that [ours]


class Kind(StrEnum):
    """FULL has the input's shape; PART only broadcasts with it; MASK is boolean."""

    FULL = "full"
    PART = "part"
    MASK = "mask"
    NUMBER = "number"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Value:
    """What is known of an expression without running it.

    Attributes:
        bounds: (low, high) of its numbers for inputs within INPUT; infinite if unknown.
        items: the elements, where it is a sequence of known length.
        function: the definition, where it is a helper or a lambda.
        hazard: it may overflow, or leave the domain of a function.
    """

    kind: Kind
    bounds: Range = ANYTHING
    items: "tuple[Value, ...] | None" = None
    function: ast.FunctionDef | ast.Lambda | None = None
    hazard: bool = False

    @cached_property
    def count(self) -> int:
        """How many values it holds, itself among them."""
        return 1 + sum(item.count for item in self.items or ())

    @property
    def is_tensor(self) -> bool:
        """Whether it is a real tensor that broadcasts with the input."""
        return self.kind in (Kind.FULL, Kind.PART)

    @property
    def number(self) -> float | None:
        """The value of a number that is known exactly."""
        low, high = self.bounds
        return low if self.kind is Kind.NUMBER and low == high else None


OTHER = Value(kind=Kind.OTHER)


def number(low: float, high: float | None = None) -> Value:
    """A Python scalar, known exactly or to lie in a range."""
    bounds = _short(low), _short(low if high is None else high)
    return Value(kind=Kind.NUMBER, bounds=bounds)


def _short(value: float) -> float:
    """A number whose arithmetic takes no time, whatever a program makes of it."""
    if isinstance(value, int) and abs(value) > EXACT:
        return safely(float)(value)
    return value


def join(left: Value, right: Value) -> Value:
    """What holds for both of two values."""
    if left == right:
        return left
    kinds = {left.kind, right.kind}
    kind = left.kind if len(kinds) == 1 else Kind.OTHER
    if kinds == {Kind.FULL, Kind.PART}:
        kind = Kind.PART
    hazard = left.hazard or right.hazard
    return Value(kind=kind, bounds=hull((*left.bounds, *right.bounds)), hazard=hazard)


def hull(numbers: Iterable[float]) -> Range:
    """The smallest range over the numbers; a NaN makes it unbounded."""
    found = list(numbers)
    return ANYTHING if any(map(math.isnan, found)) else (min(found), max(found))


def overflows(bounds: Range, *inputs: Range) -> bool:
    """Whether finite inputs lead beyond OVERFLOW."""
    known = all(math.isfinite(end) for pair in inputs for end in pair)
    return known and max(map(abs, bounds)) > OVERFLOW


def even(bounds: Range, function: Callable[[float], float]) -> Range:
    """Bounds of a function of the absolute value that grows with it."""
    near, far = sorted((abs(bounds[0]), abs(bounds[1])))
    return function(0.0 if bounds[0] <= 0 <= bounds[1] else near), function(far)


def safely(function: Callable[[float], float]) -> Callable[[float], float]:
    """The function with overflow read as infinity and a domain error as NaN."""

    def safe(value: float) -> float:
        try:
            result = function(value)
        except OverflowError:
            # True of exp, cosh and powers above zero, and of the odd functions.
            return math.inf if value > 0 else -math.inf
        except (ValueError, ZeroDivisionError):
            return math.nan
        return result if isinstance(result, (int, float)) else math.nan

    return safe


def _power(base: Range, exponent: Range) -> tuple[Range, bool]:
    """Bounds of a power, and whether a value or a gradient may be missing."""
    low, high = base
    if exponent[0] != exponent[1]:
        if low <= 0:
            return ANYTHING, True
        ends = [abs(safely(partial(math.pow, b))(e)) for b in base for e in exponent]
        return hull(ends), False
    n = exponent[0]
    raised = safely(lambda value: _short(value**n if abs(n) <= SMALL else float(value) ** n))
    if n == int(n) and n >= 0:
        if n % 2 == 0:
            return even(base, raised), False
        return (raised(low) if low >= 0 else -raised(-low), raised(high)), False
    # Below 1 the gradient at zero is infinite; a fraction of a negative number is NaN.
    outside = low <= 0 if n < 1 else low < 0
    return (ANYTHING, True) if outside else (hull((raised(low), raised(high))), False)


def _bounds(operator: ast.operator, left: Range, right: Range) -> tuple[Range, bool]:
    match operator:
        case ast.Add():
            return hull((left[0] + right[0], left[1] + right[1])), False
        case ast.Sub():
            return hull((left[0] - right[1], left[1] - right[0])), False
        case ast.Mult():
            # 0 * inf is 0 here: an unknown bound times an exact zero.
            return hull(a * b if a and b else 0.0 for a in left for b in right), False
        case ast.Div() if right[0] <= 0 <= right[1]:
            return ANYTHING, True
        case ast.Div():
            return hull(a / b for a in left for b in right), False
        case ast.Pow():
            return _power(left, right)
        case ast.Mod():
            bounds = (0.0, right[1]) if right[0] > 0 else ANYTHING
            return bounds, right[0] <= 0 <= right[1]
        case ast.FloorDiv() if right[0] == right[1] != 0:
            return hull((left[0] // right[0], left[1] // right[0])), False
    return ANYTHING, False


def common_kind(left: Kind, right: Kind) -> Kind:
    """What arithmetic makes of two kinds."""
    kinds = {left, right}
    if Kind.OTHER in kinds:
        return Kind.OTHER
    # Arithmetic makes numbers of a mask, which has the full shape.
    if kinds & {Kind.FULL, Kind.MASK}:
        return Kind.FULL
    return Kind.PART if Kind.PART in kinds else Kind.NUMBER


def combine(operator: ast.operator, left: Value, right: Value) -> Value:
    """What an arithmetic operator makes of two values."""
    if isinstance(operator, (ast.BitAnd, ast.BitOr, ast.BitXor)):
        return left if left.kind is right.kind is Kind.MASK else OTHER
    kind = common_kind(left.kind, right.kind)
    bounds, outside = _bounds(operator, left.bounds, right.bounds)
    hazard = outside or overflows(bounds, left.bounds, right.bounds)
    low, high = bounds
    return Value(kind=kind, bounds=(_short(low), _short(high)), hazard=hazard)


def signed(operator: ast.unaryop, operand: Value) -> Value:
    """What a sign, or the negation of a mask, makes of a value."""
    match operator:
        case ast.USub():
            return combine(ast.Sub(), number(0), operand)
        case ast.UAdd():
            return operand
        case ast.Invert() if operand.kind is Kind.MASK:
            return operand
    return OTHER


def factors_of(node: ast.expr) -> tuple[list[ast.expr], bool]:
    """The factors of a product without their signs, and whether these make it negative."""
    match node:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            (first, minus), (second, other) = factors_of(left), factors_of(right)
            return first + second, minus != other
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            factors, minus = factors_of(operand)
            return factors, not minus
    return [node], False


def narrow(value: Value, powers: Iterable[tuple[Value, int]], *, negated: bool) -> Value:
    """A product's value, its bounds cut to what its factors and their powers allow.

    Args:
        powers: each different factor and how often it occurs.
        negated: the signs within the product make it negative.
    """
    total = number(-1 if negated else 1)
    for factor, count in powers:
        power = combine(ast.Pow(), factor, number(count))
        total = combine(ast.Mult(), total, power)
    low, high = max(total.bounds[0], value.bounds[0]), min(total.bounds[1], value.bounds[1])
    return Value(kind=value.kind, bounds=(low, high), hazard=value.hazard)
