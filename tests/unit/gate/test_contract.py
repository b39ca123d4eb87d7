"""The behaviour contract: what it refuses, with which advice, and how it labels coupling."""

import random
import time

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.random import mtrand

from actmine.functions.catalog import CATALOG
from actmine.gate.contract import ContractError, coupling_at
from actmine.gate.raised import LIMIT
from actmine.gate.state import GlobalState
from actmine.gate.static import load
from actmine.records.candidate import Coupling
from probed import check, probe

torch.set_num_threads(1)

BATCH, FEATURE, POINTWISE = Coupling.BATCH, Coupling.FEATURE, Coupling.POINTWISE
COUPLED_FINDS = {"turbulent": BATCH, "fisg": FEATURE, "phase_flipped": FEATURE}


def reason_of(activation):
    with pytest.raises(ContractError) as caught:
        check(activation)
    return str(caught.value)


# --- the catalog


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.key)
def test_every_known_activation_passes_with_the_right_label(entry):
    assert check(load(entry.source)) is COUPLED_FINDS.get(entry.key, POINTWISE)


def test_a_check_asks_for_few_values():
    asked = []

    def activation(x):
        asked.append(x.numel())
        return F.gelu(x)

    check(activation)
    assert len(asked) < 150 and sum(asked) < 1_000_000


# --- values


@pytest.mark.parametrize(
    ("activation", "where"),
    [
        (torch.log, "at ordinary inputs, scale 1"),
        (torch.sqrt, "at ordinary inputs, scale 1"),
        (lambda x: x / 0, "at ordinary inputs, scale 1"),
        (torch.exp, "at inputs of scale 1000"),
        (lambda x: torch.exp(x * x) / torch.exp(x * x), "at inputs of scale 1000"),
        (lambda x: x**13, "at inputs of scale 1000"),
        (lambda x: x * torch.sin(x) / x, "at an input of zeros"),
        (lambda x: (x - x.mean()) / x.std(), "at an input of zeros"),
    ],
)
def test_refuses_values_that_are_not_finite(activation, where):
    reason = reason_of(activation)
    assert reason.startswith(f"output not finite {where} (first at x = ")
    assert "bound the argument of exp, e.g. with torch.clamp" in reason


@pytest.mark.parametrize("activation", [lambda x: x**3, lambda x: torch.exp(x.clamp(-20, 20))])
def test_accepts_what_is_large_but_finite(activation):
    assert check(activation) is POINTWISE


# --- gradients


@pytest.mark.parametrize(
    "activation", [torch.sign, lambda x: torch.round(x), lambda x: 0.0 * x + 1.0]
)
def test_refuses_a_gradient_of_zero_everywhere(activation):
    assert "the gradient is zero everywhere at ordinary inputs" in reason_of(activation)


@pytest.mark.parametrize("activation", [lambda x: x.detach(), torch.zeros_like])
def test_refuses_an_output_without_gradient(activation):
    assert "no gradient with respect to x" in reason_of(activation)


def test_refuses_a_gradient_that_is_not_finite_behind_a_finite_value():
    def activation(x):
        return torch.where(x > 0, torch.sqrt(x.abs()), x) + x

    reason = reason_of(activation)
    assert reason.startswith("gradient not finite at an input of zeros")
    assert "torch.where differentiates both branches" in reason


def test_refuses_an_overflow_in_the_branch_that_is_not_taken():
    reason = reason_of(lambda x: torch.where(x > 20, x, torch.log(1 + torch.exp(x))))
    assert reason.startswith("gradient not finite at inputs of scale 1000")


@pytest.mark.parametrize("activation", [lambda x: torch.exp(-x * x), F.relu])
def test_needs_a_gradient_at_scale_one_only(activation):
    assert check(activation) is POINTWISE


def test_sees_the_gradient_of_a_softmax():
    assert check(lambda x: torch.softmax(x, dim=-1)) is FEATURE


# --- type, shape, dtype


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        (lambda x: 1.0, "returns float, not a tensor: return f(x)"),
        (lambda x: None, "returns NoneType, not a tensor"),
        (lambda x: (x, x), "returns tuple, not a tensor"),
        (lambda x: x.sum(), r"returns shape () for input shape (128, 64)"),
        (lambda x: x[:1], r"returns shape (1, 64) for input shape (128, 64)"),
        (lambda x: x.t(), r"returns shape (64, 128) for input shape (128, 64)"),
        (lambda x: x.double(), "returns torch.float64, not torch.float32"),
        (lambda x: torch.fft.fft(x), "returns torch.complex64, not torch.float32"),
        (lambda x: x > 0, "returns torch.bool, not torch.float32"),
    ],
)
def test_refuses_another_type_shape_or_dtype(activation, message):
    assert message in reason_of(activation)


def test_refuses_a_function_that_knows_one_width_only():
    reason = reason_of(lambda x: x * torch.linspace(1.0, 2.0, 64))
    assert reason.startswith("raised RuntimeError: ")
    assert "(input shape (7, 5))" in reason


def test_refuses_a_function_that_fails_for_one_row():
    reason = reason_of(lambda x: F.relu(x) / (x.shape[0] > 1))
    assert reason.startswith("output not finite at a batch of one row (first at x = ")


def test_exempts_batch_statistics_from_the_batch_of_one():
    assert check(lambda x: x / (x.std(0) + 0.1)) is BATCH


# --- purity


@pytest.mark.parametrize(
    "activation", [lambda x: x.add_(1), lambda x: F.relu(x, True), lambda x: x.copy_(x)]
)
def test_refuses_a_change_of_the_input(activation):
    assert "changes its input in place" in reason_of(activation)


def set_dtype():
    torch.set_default_dtype(torch.float64)


def patch_loss():
    F.mse_loss = lambda *_: torch.zeros(())


@pytest.mark.parametrize(
    ("act", "undo", "name"),
    [
        (set_dtype, lambda _: torch.set_default_dtype(torch.float32), "default dtype"),
        (
            lambda: torch.set_grad_enabled(False),
            lambda _: torch.set_grad_enabled(True),
            "grad mode",
        ),
        (lambda: torch.set_num_threads(2), lambda _: torch.set_num_threads(1), "thread count"),
        (
            lambda: torch.use_deterministic_algorithms(True),
            lambda _: torch.use_deterministic_algorithms(False),
            "deterministic algorithms",
        ),
        (lambda: torch.manual_seed(0), lambda _: None, "torch random stream"),
        (lambda: torch.rand(1), lambda _: None, "torch random stream"),
        (lambda: np.random.random(), lambda _: None, "numpy random stream"),
        (lambda: random.random(), lambda _: None, "python random stream"),
        (patch_loss, lambda old: setattr(F, "mse_loss", old), "torch.nn.functional.mse_loss"),
    ],
)
def test_refuses_a_change_of_global_state(act, undo, name):
    torch.manual_seed(123)  # so that seeding again would show
    loss = F.mse_loss

    def activation(x):
        act()
        return F.relu(x)

    try:
        assert f"changes global state ({name})" in reason_of(activation)
    finally:
        undo(loss)


def test_refuses_a_patched_optimizer():
    adam = torch.optim.Adam

    def activation(x):
        torch.optim.Adam = torch.optim.SGD  # type: ignore[assignment, misc]
        return F.relu(x)

    try:
        assert "torch.optim.Adam" in reason_of(activation)
    finally:
        torch.optim.Adam = adam  # type: ignore[misc]


def test_refuses_another_generator_in_place_of_numpys():
    own = mtrand.get_bit_generator()

    def activation(x):
        mtrand.set_bit_generator(np.random.PCG64())
        return F.relu(x)

    try:
        assert "changes global state (numpy random stream)" in reason_of(activation)
    finally:
        mtrand.set_bit_generator(own)


def test_state_is_unchanged_when_nothing_happens():
    assert GlobalState.now().changes() == []


def test_refuses_randomness_that_restores_the_stream():
    def activation(x):
        state = torch.get_rng_state()
        torch.manual_seed(time.perf_counter_ns())
        noise = torch.randn_like(x)
        torch.set_rng_state(state)
        return x + noise

    assert "two calls on one input differ" in reason_of(activation)


def test_refuses_state_that_outlives_the_call():
    calls = []

    def activation(x):
        calls.append(1)
        return x * len(calls)

    assert "two calls on one input differ" in reason_of(activation)


def test_refuses_state_that_changes_late():
    calls = []

    def activation(x):
        calls.append(1)
        return F.relu(x) + (1.0 if len(calls) > 25 else 0.0)

    with pytest.raises(ContractError, match="the output changes from call to call"):
        check(activation)


def test_refuses_reliance_on_memory_order():
    def activation(x):
        return x.as_strided(x.shape, (x.shape[1], 1))

    assert "a non-contiguous input" in reason_of(activation)


# --- failures


def test_reports_an_exception_with_its_type_and_message():
    def activation(x):
        return x.no_such_method()

    reason = reason_of(activation)
    assert reason.startswith("raised AttributeError: 'Tensor' object has no attribute")


def test_shortens_a_long_message():
    def activation(x):
        raise ValueError("long " * 1000)

    assert len(reason_of(activation)) <= LIMIT


def test_reports_a_failing_backward():
    def activation(x):
        y = x.clone()
        z = y * y
        y.add_(1)
        return z

    assert reason_of(activation).startswith("backward raised RuntimeError: ")


def test_an_exit_is_a_failure_like_any_other():
    def activation(x):
        raise SystemExit(3)

    assert reason_of(activation).startswith("raised SystemExit: 3")


# --- coupling


@pytest.mark.parametrize(
    ("label", "activation"),
    [
        (BATCH, lambda x: x - x.mean()),
        (BATCH, lambda x: x - x.mean(0)),
        (BATCH, lambda x: torch.roll(x, 1, 0)),
        (BATCH, lambda x: torch.roll(x, -1, 0)),
        (BATCH, lambda x: torch.roll(x, 64, 0)),
        (BATCH, lambda x: torch.cumsum(x, 0)),
        (BATCH, lambda x: torch.cumsum(x.flip(0), 0).flip(0)),
        (BATCH, lambda x: x.flip(0)),
        (BATCH, lambda x: x / (1e-3 + x.abs().max())),
        (BATCH, lambda x: torch.where(x.mean() > 1, F.relu(x), F.gelu(x))),
        (BATCH, lambda x: torch.softmax(x, 0)),
        (BATCH, lambda x: torch.sort(x, dim=0).values),
        (BATCH, lambda x: x * torch.arange(x.shape[0])[:, None]),
        (BATCH, lambda x: x / x.shape[0]),
        (BATCH, lambda x: torch.cat([x[1::2], x[::2]])),
        (FEATURE, lambda x: x - x.mean(1, keepdim=True)),
        (FEATURE, lambda x: torch.roll(x, 1, 1)),
        (FEATURE, lambda x: torch.roll(x, -1, -1)),
        (FEATURE, lambda x: torch.roll(x, 32, 1)),
        (FEATURE, lambda x: torch.cumsum(x, 1)),
        (FEATURE, lambda x: torch.cumsum(x.flip(1), 1).flip(1)),
        (FEATURE, lambda x: x * torch.arange(x.shape[1])),
        (FEATURE, lambda x: x * torch.cos(torch.arange(x.shape[-1]) * 0.1)),
        (FEATURE, lambda x: torch.cat([x[:, 1:], x[:, :1]], dim=1)),
        (FEATURE, lambda x: torch.sort(x, dim=1).values),
        (FEATURE, lambda x: torch.fft.irfft(torch.fft.rfft(x) * 1j, n=x.shape[-1])),
        (FEATURE, lambda x: x / x.shape[1]),
        (FEATURE, lambda x: F.layer_norm(x, (x.shape[-1],))),
        (POINTWISE, lambda x: x),
        (POINTWISE, lambda x: torch.sin(1000 * x)),
        (POINTWISE, lambda x: x * 1e-3),
        (POINTWISE, lambda x: torch.stack([x, x]).mean(0)),
        (POINTWISE, lambda x: x.flip(0).flip(0)),
    ],
)
def test_labels_coupling(label, activation):
    assert check(activation) is label


def test_a_probe_is_its_keys_own_and_spread_evenly():
    x = probe((128, 64))
    assert torch.equal(x, probe((128, 64)))
    assert x.dtype is torch.float32 and x.abs().max() <= 3.0
    counts = torch.histc(x, bins=12, min=-3.0, max=3.0)
    assert counts.min() > 0.9 * counts.max()


@pytest.mark.parametrize("value", [torch.inf, torch.nan])
def test_outputs_that_are_not_finite_are_never_alike(value):
    x, random_rows = probe((8, 4)), np.random.default_rng(0)
    assert coupling_at(lambda x: torch.full_like(x, value), x, random_rows) is BATCH
