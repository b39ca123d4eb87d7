"""A formula is the function it was read from, or there is none."""

import numpy as np
import pytest
import sympy
import torch

from actmine.champion.formula import NoFormulaError, formula
from actmine.functions.catalog import CATALOG
from actmine.gate.static import Refusal, load

SOURCES = {one.key: one.source for one in CATALOG}
PROGRAMS = {"turbulent": "mean", "fisg": "helper", "phase_flipped": "roll", "gelu_tanh": "GELU"}
X = np.linspace(-2.9, 2.8, 64)


def written(body):
    return f"def activation(x):\n    {body}\n"


def assert_same(source):
    told = sympy.lambdify(sympy.Symbol("x"), formula(source).spelled_out(), "scipy")
    measured = load(source)(torch.from_numpy(X).reshape(2, 32)).reshape(-1).numpy()
    np.testing.assert_allclose(told(X) * np.ones_like(X), measured, atol=1e-12)


@pytest.mark.parametrize("key", sorted(SOURCES.keys() - PROGRAMS.keys()))
def test_the_formula_of_a_known_function_has_its_values(key):
    assert_same(SOURCES[key])


@pytest.mark.parametrize(
    "body",
    [
        "return F.gelu(x) + 0.0408 * torch.exp(-torch.erf(x))",
        "return F.elu(x, alpha=0.3) ** 2 - x.clamp(-1, 2).square()",
        "y = torch.where(x > 0.5, x, torch.sin(x))\n    return y / (1 + y * y)",
        "return torch.maximum(x, torch.tanh(x)) + math.pi * F.leaky_relu(x, 0.2)",
        "return F.hardtanh(x, -0.5, 0.7) + torch.clamp_min(x, 0.1) + 2 ** -3 * x",
    ],
)
def test_arguments_branches_and_assignments_are_read(body):
    assert_same(written(body))


@pytest.mark.parametrize("key", PROGRAMS)
def test_a_program_that_is_no_formula_says_what_is_in_the_way(key):
    with pytest.raises(NoFormulaError, match=PROGRAMS[key]):
        formula(SOURCES[key])


def test_a_loop_is_no_formula():
    with pytest.raises(NoFormulaError, match="loop"):
        formula(written("for k in range(3):\n        x = torch.sin(k * x)\n    return x"))


@pytest.mark.parametrize("body", ["return torch.pow(x, 99)", "return x * torch.pow(x, 65.5)"])
def test_a_power_that_nobody_would_read_is_not_computed(body):
    with pytest.raises(NoFormulaError, match="power above 64"):
        formula(written(body))


def test_what_the_gate_refuses_is_not_read():
    with pytest.raises(Refusal):
        formula(written("return __import__('os').getpid() * x"))


def test_latex_defines_each_name_that_it_uses():
    text = formula(written("return F.gelu(x) + 0.1 * torch.sin(x)")).latex()
    assert r"f(x) &= \operatorname{GELU}{\left(x \right)} + 0.1 \sin{\left(x \right)}" in text
    assert r"\operatorname{GELU}{\left(x \right)} &= \frac{x" in text
