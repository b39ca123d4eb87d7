"""What the table says that a function means is what torch computes; what grows, ends."""

import ast
import time

import numpy as np
import pytest
import sympy
import torch

from actmine.functions.symbols import NoFormulaError, Reader, definition, numeric
from actmine.functions.table import TABLE
from table_rows import MASKS, arguments, call, names, spelled_out

X = sympy.Symbol("x")
MEANT = [one for one in TABLE.values() if one.meaning and one.spelled]
NAMED = [one for one in TABLE.values() if one.latex]


def read(text):
    return Reader().read(ast.parse(text, mode="eval").body, {"x": X})


@pytest.mark.filterwarnings("ignore:To copy construct")
@names(MEANT)
def test_the_formula_of_every_row_has_torchs_values(one):
    args = arguments(one)
    symbols = [sympy.Symbol(f"x{place}") for place in range(len(args))]
    given = [
        sympy.StrictGreaterThan(symbol, 0.5) if arg.dtype is torch.bool else symbol
        for symbol, arg in zip(symbols, args, strict=True)
    ]
    bound = dict(zip(one.arguments, given, strict=False))
    if one.name == "clamp":
        bound["min"] = sympy.Integer(-9)
    reader = Reader()
    found = numeric(spelled_out(reader.applied(one, bound), reader.used))
    numbers = [arg.double().numpy() for arg in torch.broadcast_tensors(*args)]
    told = sympy.lambdify(symbols, found, "scipy")(*numbers) * np.ones_like(numbers[0])
    measured = call(one, one.spelled[0]).expand(told.shape).numpy()
    np.testing.assert_allclose(told, measured, rtol=1e-6, atol=1e-9)


def test_a_row_without_a_formula_is_refused_by_its_name():
    for one in TABLE.values():
        if one.spelled and not one.meaning and not one.name.startswith(("fft", "ifft")):
            with pytest.raises(NoFormulaError, match=rf"no formula says {one.name} "):
                read(f"{one.spelled[0].replace('torch.special', 'torch.special')}(x)")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("torch.arcsinh(x)", "x.asinh()"),
        ("torch.clamp(x, max=1)", "torch.clamp_max(x, 1)"),
        ("x.clip(-1.0, 2.0)", "torch.clamp(x, min=-1.0, max=2.0)"),
        ("torch.special.expit(x)", "x.sigmoid()"),
        ("x.where(x > 0, 2 * x)", "torch.where(x > 0, x, 2 * x)"),
        ("torch.gt(x, 0) * x", "(x > 0) * x"),
        ("torch.logical_and(x > 0, x < 1) * x", "((x > 0) & (x < 1)) * x"),
        ("abs(x) + pow(x, 2)", "torch.abs(x) + torch.square(x)"),
        ("x // 2", "torch.floor_divide(x, 2)"),
        ("torch.add(x, x, alpha=2)", "3 * x"),
        ("(x > 0).float() * x", "(x > 0) * x"),
    ],
)
def test_two_spellings_have_one_formula(one, other):
    assert read(one) == read(other)


def test_a_mask_in_arithmetic_is_one_or_zero():
    body = read("x * (x > 0) + ~(x > 1)")
    told = sympy.lambdify(X, body)(np.array([-1.0, 0.5, 2.0]))
    assert told.tolist() == [1.0, 1.5, 2.0]


def nested(text, times, start="x"):
    for _ in range(times):
        start = text.replace("_", start)
    return start


HOSTILE = {
    "doubling": (nested("torch.clamp(_ + x, -1.0, 1.0) * _", 12), "more than 300 parts"),
    "fractions": (nested("torch.frac(_)", 60), "more than 300 parts"),
    "branches": (nested("torch.where(_ > 0, _, -_)", 9), "more than 300 parts"),
    "maxima": (nested("torch.maximum(_, torch.minimum(x, 2 * _))", 9), "more than 300 parts"),
    "sums": (" + ".join(f"torch.where(x > {n}, x, {n})" for n in range(90)), "300 parts"),
    "powers": (nested("(3 * _) ** 64", 6), "digits|beyond float64"),
    "powers of numbers": (nested("(_) ** 9", 9, "1.5"), "beyond float64"),
    "ratios": (nested("(_) ** 64", 9, "1000001 / 1000000") + " * x", "beyond float64"),
    "towers": (nested("math.exp(_)", 6, "1.5") + " * x", "not real and finite"),
    "floors": (f"x * math.floor({nested('math.exp(_)', 4, '2')})", "not real and finite"),
    "long numbers": ("x * 10 ** 60 * 7.0 ** 64 * 10 ** 63 * 1e250", "beyond float64"),
    "large exponents": ("x ** 65", "power above 64"),
    "complex": ("(-8) ** 0.5 * x", "not real"),
    "poles": ("x / (1 - 1)", "no value"),
    "undefined": ("math.log(0) * x", "beyond float64"),
}


@pytest.mark.parametrize(("text", "why"), HOSTILE.values(), ids=HOSTILE)
def test_what_grows_without_end_is_no_formula_at_once(text, why):
    started = time.process_time()
    with pytest.raises(NoFormulaError, match=why):
        read(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "text",
    [
        nested("torch.maximum(_, torch.tanh(_))", 5),
        nested("torch.where(_ > 0, x, -_)", 6),
        nested("_ ** 2 + 1", 30),
        " * ".join(f"torch.clamp(x, -{n}.5, {n}.5)" for n in range(25)),
        " + ".join(f"{n}.25 * torch.abs(x - {n}) ** 0.5" for n in range(20)),
        nested("1 / (1 + torch.abs(_))", 20),
    ],
)
def test_what_is_long_but_bounded_is_written_soon(text):
    started = time.process_time()
    assert sympy.latex(read(text))
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("math.sqrt(2 / math.pi) * x", r"\frac{\sqrt{2} x}{\sqrt{\pi}}"),
        ("x / 3 + 0.1", r"\frac{x}{3} + 0.1"),
        ("2.0 * x ** 2.0", "2 x^{2}"),
        ("x * 2 ** 40", "1099511627776 x"),
        ("x + F.gelu(1.0 * 2)", "x + 1.95449973610364"),
    ],
)
def test_numbers_keep_the_form_that_one_reads(text, latex):
    assert sympy.latex(read(text)) == latex


@names(NAMED)
def test_a_named_function_stands_under_its_name(one):
    reader = Reader()
    head, meaning = definition(one, reader)
    assert head.func == sympy.Function(one.latex) and not meaning.has(head.func)
    assert len(head.args) == len(one.arguments) and not MASKS & set(one.arguments)
