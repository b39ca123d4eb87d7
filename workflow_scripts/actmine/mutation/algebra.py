"""Shortens the arithmetic of a candidate by the rules of algebra, through SymPy.

The tree is walked: numbers, signs, sums, products, quotients and small whole powers become
SymPy's, and everything else a symbol. No text reaches SymPy, whose parser executes it.
"""

import ast
import copy
import math
import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from actmine.mutation.trees import constant, size

MAX_NODES = 200  # of one piece of arithmetic [ours]
MAX_POWER = 6  # a whole exponent of one symbol; others are left alone [ours]
DIGITS = 6  # significant ones of a number that arithmetic makes [ours]
SHORT = 1e6  # whole numbers below it keep all their digits [ours]
OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}

Expression = Any  # SymPy's, which has no types


def is_arithmetic(node: ast.AST) -> bool:
    """Whether a node is a sum, a difference, a product, a quotient or a sign."""
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, (ast.USub, ast.UAdd))
    return isinstance(node, ast.BinOp) and type(node.op) in OPERATORS


def shortened(node: ast.expr) -> ast.expr | None:
    """The arithmetic at the top of an expression with its like terms and factors merged.

    What stands within calls, subscripts and other powers is left as it is.

    Returns: an expression of fewer nodes; None where there is none, and where nothing but a
        number would be left, as that is no tensor any more.
    """
    if not is_arithmetic(node) or size(node) > MAX_NODES:
        return None
    import sympy  # half a second that others must not pay

    atoms: dict[str, ast.expr] = {}
    expression = _symbolic(node, atoms)
    if expression.is_number or expression.has(sympy.zoo, sympy.nan, sympy.oo):
        return None
    spelled = {str(place): atom for place, atom in enumerate(atoms.values())}
    try:
        forms = expression, sympy.factor_terms(expression)
        made = [_written(form, spelled) for form in forms]
    except OverflowError:  # a number beyond float64
        return None
    best = min(made, key=size)
    # A copy: one part of the old expression may stand in several places of the new one.
    return copy.deepcopy(best) if size(best) < size(node) else None


def rounded(value: float) -> float:
    """A number of DIGITS significant digits; a short whole one without a point stays.

    Raises:
        OverflowError: it is beyond float64.
    """
    if isinstance(value, int) and abs(value) < SHORT:
        return value
    return float(f"{float(value):.{DIGITS}g}")


def _symbolic(node: ast.expr, atoms: dict[str, ast.expr]) -> Expression:
    import sympy

    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(
            value, bool
        ) and math.isfinite(value):
            exact = Fraction(repr(value))  # 0.1 is a tenth, so that sums stay short
            return sympy.Rational(exact.numerator, exact.denominator)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _symbolic(operand, atoms)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_symbolic(operand, atoms)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_symbolic(left, atoms), _symbolic(right, atoms))
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() as power)):
            base = _symbolic(left, atoms)
            # Of symbols alone: powers of numbers within powers would fill the memory.
            if base.is_Symbol and 1 <= power <= MAX_POWER:
                return base**power
    spelled = ast.dump(node)
    atoms.setdefault(spelled, node)
    return sympy.Symbol(str(list(atoms).index(spelled)))


def _written(expression: Expression, atoms: dict[str, ast.expr]) -> ast.expr:
    """The expression as a tree again."""
    if expression.is_Symbol:
        return atoms[expression.name]
    if expression.is_Rational:
        above, below = int(expression.p), int(expression.q)
        short = below == 1 and abs(above) < SHORT
        return constant(above if short else rounded(above / below))
    if expression.is_Add:
        return _sum(expression.as_ordered_terms(), atoms)
    if expression.is_Pow and expression.exp.is_Integer and expression.exp > 0:
        power = constant(int(expression.exp))
        return ast.BinOp(left=_written(expression.base, atoms), op=ast.Pow(), right=power)
    return _product(expression, atoms)


def _sum(terms: Sequence[Expression], atoms: dict[str, ast.expr]) -> ast.expr:
    # One without a minus goes first, where there is one.
    first = sorted(terms, key=lambda term: bool(term.could_extract_minus_sign()))
    total = _written(first[0], atoms)
    for term in first[1:]:
        negative = term.could_extract_minus_sign()
        right = _written(-term if negative else term, atoms)
        total = ast.BinOp(left=total, op=ast.Sub() if negative else ast.Add(), right=right)
    return total


def _product(expression: Expression, atoms: dict[str, ast.expr]) -> ast.expr:
    """A product with its sign, its number first, and one quotient."""
    number, rest = expression.as_coeff_Mul()
    above = [factor for factor in rest.as_ordered_factors() if not _is_below(factor)]
    below = [1 / factor for factor in rest.as_ordered_factors() if _is_below(factor)]
    sign, number = (-1, -number) if number < 0 else (1, number)
    factors = [_written(factor, atoms) for factor in above]
    if number != 1 or not factors:
        factors.insert(0, _written(number, atoms))
    made = factors[0]
    for factor in factors[1:]:
        made = ast.BinOp(left=made, op=ast.Mult(), right=factor)
    for factor in below:
        made = ast.BinOp(left=made, op=ast.Div(), right=_written(factor, atoms))
    return made if sign > 0 else ast.UnaryOp(op=ast.USub(), operand=made)


def _is_below(factor: Expression) -> bool:
    return bool(factor.is_Pow and factor.exp.is_Integer and factor.exp < 0)
