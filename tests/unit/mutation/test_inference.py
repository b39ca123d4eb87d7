import ast
import math

import pytest
import torch

from actmine.functions.catalog import CATALOG
from actmine.functions.table import TABLE
from actmine.gate.static import admit, load
from actmine.mutation.inference import infer
from actmine.mutation.ranges import elementwise
from actmine.mutation.trees import drop_unused, tensor_sites
from actmine.mutation.values import INPUT, Kind, Value
from hard_sources import HARD
from mutation_sources import SOURCES

# Sampled values are float32, bounds are not.
SLACK = 1e-4
SAMPLED = [
    one
    for one in TABLE.values()
    if one.is_unary and one.traits - {"moves"} and one.spelled and one.name != "cbrt"
]


def returned(expression: str) -> Value:
    return infer(admit(f"def activation(x):\n    return {expression}\n")).result


def hazards(expression: str) -> int:
    return infer(admit(f"def activation(x):\n    return {expression}\n")).hazards


@pytest.mark.parametrize("one", SAMPLED, ids=lambda one: one.name)
@pytest.mark.parametrize("ends", [(-3.0, 2.0), (0.5, 4.0), (-4.0, -0.5)])
def test_bounds_hold_what_torch_computes(one, ends):
    low, high = ends
    x = torch.linspace(low, high, 1001)
    y = load(f"def activation(x):\n    return {one.spelled[0]}(x)\n")(x)
    value = elementwise(one, Value(kind=Kind.FULL, bounds=ends), plain=True)
    if value.hazard:
        return
    low, high = value.bounds
    assert low - SLACK <= y.min() and y.max() <= high + SLACK


@pytest.mark.parametrize("known", CATALOG, ids=lambda known: known.key)
def test_bounds_hold_what_the_catalog_computes(known):
    low, high = infer(admit(known.source)).result.bounds
    x = torch.linspace(*INPUT, 128 * 64).reshape(128, 64)
    for scale in (1.0, 1e-3):
        y = load(known.source)(scale * x)
        slack = SLACK * (1 + y.abs().max())
        assert low - slack <= y.min() and y.max() <= high + slack


@pytest.mark.parametrize("name", SOURCES)
def test_bounds_hold_what_written_sources_compute(name):
    low, high = infer(admit(SOURCES[name])).result.bounds
    y = load(SOURCES[name])(torch.linspace(*INPUT, 128 * 64).reshape(128, 64))
    assert low - 1 <= y.min() and y.max() <= high + 1


def test_kinds_tell_tensors_from_statistics_and_numbers():
    source = """
def activation(x):
    mean = x.mean(dim=-1, keepdim=True)
    row = x.mean(dim=-1)
    mask = x > 0
    n = x.shape[-1]
    return torch.where(mask, x - mean, 0.0) / n + row.sum()
"""
    tree = admit(source)
    inference = infer(tree)
    kinds = {
        node.targets[0].id: inference.kind(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert kinds == {
        "mean": Kind.PART,
        "row": Kind.OTHER,
        "mask": Kind.MASK,
        "n": Kind.NUMBER,
    }


def test_only_expressions_of_the_input_shape_are_sites():
    tree = admit("def activation(x):\n    return x * x.mean() + torch.zeros_like(x).sum()\n")
    found = [ast.unparse(site.node) for site in tensor_sites(tree, infer(tree))]
    assert found == ["x * x.mean() + torch.zeros_like(x).sum()", "x * x.mean()", "x", "x"]


@pytest.mark.parametrize(
    "expression",
    [
        "torch.exp(x)",
        "1 / x",
        "torch.log(x)",
        "torch.sqrt(torch.abs(x))",
        "x ** 0.5",
        "x ** 12",
    ],
)
def test_hazards_are_seen(expression):
    assert hazards(expression) == 1


@pytest.mark.parametrize(
    "expression",
    [
        "torch.exp(-x * x)",
        "torch.exp(-0.5 * x * x)",
        "torch.exp(-x ** 2 / 3)",
        "x / (1 + torch.abs(x))",
        "torch.log(1 + x * x)",
        "torch.exp(torch.clamp(x, max=5.0))",
        "x ** 3",
    ],
)
def test_safe_expressions_are_no_hazards(expression):
    assert hazards(expression) == 0


def test_overflow_below_zero_is_minus_infinity():
    assert returned("torch.sinh(x)").bounds == (-float("inf"), float("inf"))


def test_square_of_an_expression_is_not_negative():
    assert returned("torch.tanh(x) * torch.tanh(x)").bounds == (0.0, 1.0)


def test_helpers_that_call_helpers_end():
    source = "def h0(z):\n    return torch.tanh(z)\n"
    for k in range(1, 15):
        source += f"def h{k}(z):\n    return h{k - 1}(h{k - 1}(h{k - 1}(z)))\n"
    tree = ast.parse(source + "def activation(x):\n    return h14(x)\n")
    assert infer(tree).values


@pytest.mark.parametrize("name", HARD)
def test_what_never_runs_is_followed_to_an_end(name):
    infer(admit(HARD[name]))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("3 ** 4 * 2", 162, 162),
        ("(9 ** 60) ** 8", math.inf, math.inf),
        ("-(2 ** 60) * 2 ** 60", -(2.0**120), -(2.0**120)),
        ("-((9 ** 60) ** 9)", -math.inf, -math.inf),
        ("(2 ** 53) * (2 ** 53)", 2.0**106, 2.0**106),
        ("1e308 * 10 // 3", -math.inf, math.inf),
    ],
)
def test_whole_numbers_beyond_float64_are_floats(text, low, high):
    found = infer(admit(f"def activation(x):\n    n = {text}\n    return x * 0 + n\n"))
    assert found.result.bounds == (low, high)


def test_small_whole_numbers_stay_whole():
    tree = admit("def activation(x):\n    n = 3 ** 4 * 2\n    return x * n\n")
    values = [value.number for value in infer(tree).values.values() if value.number == 162]
    assert values and all(isinstance(value, int) for value in values)


def test_helpers_read_the_names_of_the_module_and_not_of_their_caller():
    source = """
K = 0.5
def scaled(z):
    return K * z
def activation(x):
    K = torch.tanh(x)
    return scaled(x) + K
"""
    tree = ast.parse(source)
    inference = infer(tree)
    (product,) = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
    )
    assert inference.kind(product.left) is Kind.NUMBER


def test_unused_definitions_are_dropped_and_used_ones_stay():
    source = """
A, B = 0.5, 2.0
C = 3.0
def used(x):
    dead = x * 7
    return x * A
def unused(x):
    return C * x
def activation(x):
    lost = unused(x)
    return used(x)
"""
    tree = admit(source)
    drop_unused(tree)
    text = ast.unparse(tree)
    assert "A, B" in text and "used(x)" in text
    assert "dead" not in text and "C" not in text and "lost" not in text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("torch.clamp(x, max=1.0)", "torch.clamp_max(x, 1.0)"),
        ("x.clip(max=1.0)", "x.clamp_max(1.0)"),
        ("torch.clip(x, -2.0)", "torch.clamp_min(x, -2.0)"),
        ("x.clip(-1.0, 2.0)", "torch.clamp_max(x.clamp_min(-1.0), max=2.0)"),
        ("torch.arcsinh(x)", "x.asinh()"),
        ("x.arctan()", "torch.atan(x)"),
        ("torch.special.expit(x)", "F.sigmoid(x)"),
        ("x.true_divide(x + 6e3)", "x / (x + 6e3)"),
        ("torch.add(x, x, alpha=2)", "x + 2 * x"),
        ("torch.fmax(x, torch.sin(x))", "torch.maximum(x, torch.sin(x))"),
    ],
)
def test_two_spellings_of_one_function_are_one(one, other):
    assert returned(one) == returned(other)
    assert returned(one).kind is Kind.FULL


def test_a_bound_from_above_is_one():
    assert returned("torch.clamp(x, max=1.0)").bounds == (INPUT[0], 1.0)
    assert hazards("torch.exp(x.clamp_max(5.0))") == 0


def test_hazards_within_a_functions_meaning_are_seen():
    assert hazards("torch.xlogy(torch.tanh(x), x)") == 1
    assert hazards("torch.exp2(1e300 * x)") == 2
    assert hazards("torch.fmod(x, 2.0)") == 0 == hazards("torch.tan(torch.tanh(x))")


def test_a_remainder_of_c_may_be_negative():
    low, high = returned("torch.fmod(x, 2.0)").bounds
    y = torch.fmod(torch.linspace(-9, 9, 101), 2.0)
    assert low <= y.min() < 0 < y.max() <= high
