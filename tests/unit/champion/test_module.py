"""The champion's file is the candidate, to the bit, in a form that one can use."""

import ast
from typing import Any

import pytest
import torch

from actmine.champion.coefficients import parametrised
from actmine.champion.module_text import NO_CHAMPION, champion_text, interface
from actmine.functions.catalog import CATALOG
from actmine.gate.static import admit, load

MINED = '''def activation(x):
    """gelu(x) + 0.0408 * exp(-erf(x))."""
    return F.gelu(x) + 0.0408 * torch.exp(-torch.erf(x))
'''
HELPERS = """import math
from torch import sigmoid

SLOPE = 0.3
EPSILON = 1e-6


def bent(y, power=2):
    return y.abs() ** power


def activation(x):
    y = SLOPE * x
    y += sigmoid(x) / (bent(x) + EPSILON + math.pi)
    return y - SLOPE * torch.clamp(x, min=-1.5)
"""
LOOP = """def activation(x):
    total = x
    for k in range(1, 4):
        total = total + torch.sin(k * x) / (k + 1)
    return total
"""
NAMED = """Activation = 2.0
c1 = 0.5


def activation(x):
    return Activation * torch.tanh(c1 * x) + 3.0
"""
INFINITE = """def activation(x):
    return torch.relu(x - 1e999) + 0.5 * torch.sin(x)
"""
SOURCES = {one.key: one.source for one in CATALOG} | {
    "infinite": INFINITE,
    "mined": MINED,
    "helpers": HELPERS,
    "loop": LOOP,
    "named": NAMED,
}
# What takes seconds is run on a few of every kind: smooth, kinked, row- and batch-coupled.
FEW = ("mined", "helpers", "loop", "gmtu", "leaky_relu", "turbulent", "fisg")


def imported(key):
    text = champion_text(SOURCES[key], title=key, origin="Of a test.")
    names: dict[str, Any] = {}
    exec(compile(text, f"{key}.py", "exec"), names)
    return names


def owner(names):
    return names.get("Activation_") or names["Activation"]


def inputs(dtype=torch.float32):
    return 3 * torch.randn(16, 24, generator=torch.Generator().manual_seed(1)).to(dtype)


@pytest.mark.parametrize("key", SOURCES)
def test_function_and_module_give_the_candidates_bits_and_gradients(key):
    names, candidate = imported(key), load(SOURCES[key])
    expected, gradient = values(candidate)
    for form in (names["activation"], owner(names)()):
        found, slope = values(form)
        assert torch.equal(found, expected) and torch.equal(slope, gradient)


def values(function):
    x = inputs().requires_grad_()
    y = function(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    return y.detach(), slope


@pytest.mark.parametrize("key", SOURCES)
def test_the_learnable_form_starts_as_the_function(key):
    names = imported(key)
    layer = owner(names)(learnable=True)
    torch.testing.assert_close(layer(inputs()), names["activation"](inputs()))
    assert not list(owner(names)().parameters())


def test_coefficients_are_the_numbers_that_scale_or_shift_a_tensor():
    learned = parametrised(admit(HELPERS), name="learned", taken=frozenset())
    assert list(learned.values.values()) == [0.3]  # bounds, guards and helpers stay
    assert ast.unparse(learned.function).count("c1 * x") == 1
    layer = imported("mined")["Activation"](learnable=True)
    layer(inputs()).sum().backward()
    (coefficient,) = layer.parameters()
    assert coefficient.item() == pytest.approx(0.0408) and coefficient.grad.abs() > 0


def test_a_name_of_the_candidate_is_not_taken_from_it():
    layer = imported("named")["Activation_"](learnable=True)
    assert [round(one.item(), 3) for one in layer.parameters()] == [2.0, 0.5, 3.0]
    assert set(imported("named")) >= {"activation", "Activation_"}
    assert list(interface(SOURCES["named"])[1]) == [
        name for name, _ in layer.named_parameters()
    ]


def test_an_input_is_left_as_it_was():
    x = inputs()
    imported("helpers")["activation"](x)
    assert torch.equal(x, inputs())


@pytest.mark.parametrize("learnable", [False, True])
@pytest.mark.parametrize("key", ["mined", "helpers", "gmtu", "loop", "named", "turbulent"])
def test_gradients_and_second_derivatives_are_right(key, learnable):
    layer = owner(imported(key))(learnable=learnable).double()
    x = inputs(torch.float64)[:3, :4].clone().requires_grad_()
    assert torch.autograd.gradcheck(layer, x)
    assert torch.autograd.gradgradcheck(layer, x)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("learnable", [False, True])
def test_the_precision_of_the_input_is_kept(dtype, learnable):
    for key in ("mined", "helpers", "gmtu", "leaky_relu", "turbulent"):
        names = imported(key)
        y = owner(names)(learnable=learnable)(inputs(dtype))
        assert y.dtype == dtype
        exact = names["activation"](inputs(torch.float64))
        error = 60 * torch.finfo(dtype).eps
        if learnable:  # parameters are float32
            error = max(error, 1e-5)
        torch.testing.assert_close(y.double(), exact, rtol=error, atol=error)


@pytest.mark.parametrize(
    ("key", "learnable"), [*((key, False) for key in FEW), ("mined", True)]
)
def test_compile_and_export_capture_the_whole_function(key, learnable):
    layer, x = owner(imported(key))(learnable=learnable), inputs()
    captured = torch.compile(layer, backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(captured(x), layer(x))
    exported = torch.export.export(layer, (x,)).module()
    torch.testing.assert_close(exported(x), layer(x))


@pytest.mark.slow
def test_compiled_to_machine_code_it_gives_the_same_values():
    layer = imported("mined")["Activation"]()
    torch.testing.assert_close(torch.compile(layer)(inputs()), layer(inputs()))


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
@pytest.mark.parametrize("learnable", [False, True])
def test_torchscript_takes_what_is_written_in_a_file(learnable, tmp_path, monkeypatch):
    for key in ("mined", "gmtu", "leaky_relu", "turbulent", "phase_flipped"):
        path = tmp_path / f"scripted_{key}.py"
        path.write_text(champion_text(SOURCES[key], title=key, origin="Of a test."))
        monkeypatch.syspath_prepend(str(tmp_path))
        layer = __import__(path.stem).Activation(learnable=learnable)
        torch.testing.assert_close(torch.jit.script(layer)(inputs()), layer(inputs()))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_gpu_it_gives_the_same_values():
    layer = imported("mined")["Activation"](learnable=True)
    expected = layer(inputs())
    torch.testing.assert_close(layer.cuda()(inputs().cuda()).cpu(), expected)


def test_where_nothing_qualified_the_file_says_so():
    names: dict[str, Any] = {}
    exec(NO_CHAMPION, names)
    assert "No mined function" in names["__doc__"] and "activation" not in names
