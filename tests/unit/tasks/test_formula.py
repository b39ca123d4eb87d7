"""Rules of the formula reader: SymPy's syntax, NumPy's values, and nothing else."""

import numpy as np
import pytest

from actmine.tasks.formula import MAX_BYTES, FormulaError, parse_formula

X = np.linspace(0.1, 0.9, 7)
Y = np.linspace(-2.0, 3.0, 7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x + y*2 - 3/x", X + Y * 2 - 3 / X),
        ("-x**2", -(X**2)),
        ("2**-x", 2**-X),
        ("x**y**2", X ** (Y**2)),
        ("(x + y)**2", (X + Y) ** 2),
        ("+x - -y", X + Y),
        ("pi*x + E", np.pi * X + np.e),
        ("1.5e-3*x", 1.5e-3 * X),
        ("sqrt(x) + exp(y) + log(x) + ln(x)", np.sqrt(X) + np.exp(Y) + 2 * np.log(X)),
        ("sin(x)*cos(y)/tan(x)", np.sin(X) * np.cos(Y) / np.tan(X)),
        ("asin(x) + acos(x) + atan(y)", np.pi / 2 + np.arctan(Y)),
        ("sinh(x) + cosh(x) + tanh(y)", np.exp(X) + np.tanh(Y)),
        ("Abs(y) + sign(y)", np.abs(Y) + np.sign(Y)),
        ("Min(x, y, 0.5) + Max(x, y)", np.minimum(np.minimum(X, Y), 0.5) + np.maximum(X, Y)),
        ("chebyshevt(3, y)", 4 * Y**3 - 3 * Y),
        ("legendre(2, y)", (3 * Y**2 - 1) / 2),
        ("chebyshevt(0, x)", np.ones(7)),
    ],
)
def test_evaluates_as_numpy_does(text, expected):
    values = parse_formula(text).evaluate({"x": X, "y": Y})
    np.testing.assert_allclose(values, expected, rtol=1e-12)
    assert values.shape == (7,)


def test_lists_variables_in_order_of_appearance():
    assert parse_formula("b*sin(a) + b/c_1 + pi").variables == ("b", "a", "c_1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("__import__('os')", "character"),
        ("x.real", "Attribute"),
        ("().__class__", "Attribute"),
        ("x[0]", "character"),
        ("__import__(x)", "call of __import__"),
        ("eval(x)", "call of eval"),
        ("sin(x)(x)", "construct Call"),
        ("sin(*x)", "Starred"),
        ("log(x, base=2)", "character"),
        ("lambda: x", "character"),
        ("x if y else x", "IfExp"),
        ("x and y", "construct And"),
        ("not x", "Not"),
        ("x // y", "FloorDiv"),
        ("x^2", r"write \*\* for powers"),
        ("x @ y", "character"),
        ("(x, y)", "Tuple"),
        ("x; y", "character"),
        ("x\ny", "character"),
        ("True", "Constant"),
        ("2j*x", "Constant"),
        ("1e999*x", "beyond float64"),
        ("9" * 400, "beyond float64"),
        ("9" * 5000, "shorten it"),
        ("sin", "function sin without arguments"),
        ("sin()", "takes 1 argument"),
        ("sin(x, y)", "takes 1 argument"),
        ("chebyshevt(x, 2)", "order from 0 to 32"),
        ("chebyshevt(33, x)", "order from 0 to 32"),
        ("_x + 1", "names start with a letter"),
        ("x +", "not readable"),
        ("", "a formula is a text"),
        ("  ", "a formula is a text"),
        ("x" * (MAX_BYTES + 1), "shorten it"),
        ("θ", "character"),
        ("\ud800", "character"),
        ("x\0", "character"),
    ],
)
def test_refuses_what_is_no_formula(text, reason):
    with pytest.raises(FormulaError, match=reason):
        parse_formula(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1500 + "x" + ")" * 1500,
        "-" * 1500 + "x",
        "sin(" * 1500 + "x" + ")" * 1500,
        "x" + "**x" * 1500,
        "x" + "+x" * 3000,
        "Min(" + "x," * 3000 + "x)",
    ],
)
def test_refuses_nesting_and_size_beyond_the_caps(text):
    with pytest.raises(FormulaError):
        parse_formula(text)


def test_a_huge_power_overflows_at_once():
    assert np.isinf(parse_formula("9**9**9**9*x").evaluate({"x": X})).all()


def test_undefined_values_are_nan_without_a_warning(recwarn):
    values = parse_formula("log(-x) + 0/(x - x)").evaluate({"x": X})
    assert np.isnan(values).all()
    assert not [str(w.message) for w in recwarn.list]


def test_a_constant_keeps_its_value_whatever_is_passed():
    assert parse_formula("E + 0*x").evaluate({"x": X, "E": X})[0] == np.e


def test_missing_values_are_named():
    with pytest.raises(FormulaError, match="no values for y"):
        parse_formula("x + y").evaluate({"x": X})


def test_the_error_names_the_formula_and_what_is_allowed():
    with pytest.raises(FormulaError, match=r"'gamma\(x\)'.*allowed: .*sqrt, exp") as caught:
        parse_formula("gamma(x)")
    assert caught.value.formula == "gamma(x)"
