"""The compute budget counts what a function really does, and refuses what it cannot count."""

import math
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from actmine.functions.catalog import CATALOG
from actmine.functions.table import OPERATORS
from actmine.gate import library
from actmine.gate.flops import (
    LISTED,
    OPERATION,
    PIECE,
    RULES,
    STEP,
    UnknownOperator,
)
from actmine.gate.static import load
from probed import count_flops

torch.set_num_threads(1)

# --- counted by hand, per element of (128, 64)


@pytest.mark.parametrize(
    ("activation", "flops"),
    [
        (lambda x: x + 1, 1.0),
        (lambda x: 2 * x + 1, 2.0),
        (lambda x: x / 3, 4.0),
        (F.relu, 1.0),
        (torch.exp, 8.0),
        (torch.tanh, 12.0),
        (torch.square, 1.0),
        (lambda x: x**3, 2.0),
        (lambda x: x**0.5, 4.0),
        (lambda x: x**-2, 5.0),
        (lambda x: x**2.7, 16.0),
        (lambda x: 2.0**x, 16.0),
        (lambda x: F.gelu(x) + 0.1 * torch.sin(x), 18.0 + 8.0 + 1.0 + 1.0),
        # a comparison, a selection, and the zero that torch makes of the number
        (lambda x: torch.where(x > 0, x, 0.0), 2.0 + 1 / 8192),
        # a mean is charged on its input, the difference on its output
        (lambda x: x - x.mean(), 1.0 + 1.0),
        (lambda x: x - x.mean(1, keepdim=True), 1.0 + 1.0),
        (lambda x: x.std(0) + x, 4.0 + 1.0),
        (lambda x: torch.softmax(x, -1), 15.0),
        (lambda x: torch.sort(x, dim=1).values, 6.0),
        (lambda x: torch.sort(x, dim=0).values, 7.0),
        # the run of a global median is everything
        (lambda x: x - x.median(), 13.0 + 1.0),
    ],
)
def test_small_functions_count_as_by_hand(activation, flops):
    assert count_flops(activation) == pytest.approx(flops, rel=1e-12)


def test_a_function_of_nothing_costs_next_to_nothing():
    assert 0 < count_flops(lambda x: x) < 0.1


def test_a_multivariate_gamma_costs_by_its_dimensions():
    assert count_flops(lambda x: torch.special.multigammaln(x, 2)) == 80.0
    assert count_flops(lambda x: torch.special.multigammaln(x, 1024)) == 40960.0


def _series(function, shift, x):
    return function(2, x + shift)


@pytest.mark.parametrize("function", [torch.polygamma, torch.special.zeta])
def test_a_zeta_series_costs_by_its_terms(function):
    near, far = (count_flops(partial(_series, function, shift)) for shift in (4, -1000))
    assert near == pytest.approx(1 + 40 + 16 * 9)
    assert far == pytest.approx(1 + 40 + 16 * 1009, rel=1e-3)
    assert count_flops(partial(torch.polygamma, 0)) == 40.0


def test_a_deviation_of_few_values_costs_as_that_of_sixteen():
    assert count_flops(lambda x: x.std(1)) == 4.0
    assert count_flops(lambda x: x.unsqueeze(1).std(1, False)) == 1.0 + 4 * 16


def test_a_median_of_few_values_costs_for_each_of_them():
    assert count_flops(lambda x: x.unsqueeze(1).median(1).values) == 1.0 + 8.0


def test_a_product_costs_two_per_multiplication():
    # (128, 64) @ (64, 128): 2·128·64·128; a transposed view of 64·128
    flops = count_flops(lambda x: x @ x.t())
    assert flops == pytest.approx((2 * 128 * 64 * 128 + 64 * 128) / (128 * 64))


def test_a_real_transform_costs_half_a_complex_one():
    real = count_flops(lambda x: torch.fft.rfft(x))
    assert real == pytest.approx(0.5 * 5 * math.log2(64))
    whole = count_flops(lambda x: torch.fft.fft(torch.complex(x, x)))
    # making the complex input: one complex element each, that is four
    assert whole == pytest.approx(5 * math.log2(64) + 4)
    back = count_flops(lambda x: torch.fft.irfft(torch.fft.rfft(x), n=64))
    assert back == pytest.approx(2 * real)


def test_complex_arithmetic_costs_four_times_as_much():
    def both(x):
        z = torch.complex(x, x)
        return torch.view_as_real(z * z)[..., 0]

    # complex 4, product 4, a view of two real elements charged as complex 8, selection 1
    assert count_flops(both) == pytest.approx(4.0 + 4.0 + 8.0 + 1.0)


def test_a_convolution_costs_two_per_weight_and_output():
    def smooth(x):
        return F.conv1d(x.unsqueeze(1), torch.full((1, 1, 3), 0.3), padding=1).squeeze(1)

    views, kernel = 2.0, 3 / 8192
    assert count_flops(smooth) == pytest.approx(2 * 3 + views + kernel)


def test_a_pool_costs_its_window():
    wide = count_flops(lambda x: F.avg_pool1d(x, 9, 1, 4))
    narrow = count_flops(lambda x: F.avg_pool1d(x, 3, 1, 1))
    assert wide - narrow == pytest.approx(6.0)


# --- nothing hides


@pytest.mark.parametrize("turns", [1, 2, 7, 50])
def test_a_loop_costs_as_often_as_it_turns(turns):
    def activation(x):
        y = x
        for _ in range(turns):
            y = torch.sin(y)
        return y

    assert count_flops(activation) == pytest.approx(8.0 * turns)


def test_a_loop_in_source_form_costs_as_often_as_it_turns():
    source = (
        "def activation(x):\n    for _ in range(12):\n        x = torch.sin(x)\n    return x"
    )
    assert count_flops(load(source)) == pytest.approx(96.0)


def test_tiny_operations_cost_what_handing_them_out_takes():
    # a view of a row, and one of its first
    assert count_flops(lambda x: [x[0, 0] for _ in range(40)]) > 2 * 40 * OPERATION


LISTED_NUMBERS = [0.5] * 640


def floor(operations: float) -> Any:
    return pytest.approx(OPERATION * operations, abs=0.4)


@pytest.mark.parametrize(
    ("activation", "flops"),
    [
        (lambda x: torch.cat((x[:1, :1],) * 40), floor(2 * 1.25 + 1 + 42 * PIECE)),
        (lambda x: x[0].unbind(0), floor(1.125 + 1 + 65 * PIECE)),
        (lambda x: torch.zeros((1,) * 64), floor(1 + 64 * PIECE)),
        (lambda x: torch.tensor(LISTED_NUMBERS), floor(1 + PIECE + 640 * LISTED)),
    ],
)
def test_what_takes_a_part_of_a_tiny_operation_is_counted(activation, flops):
    assert count_flops(activation) == flops


@pytest.mark.parametrize(
    "text",
    [
        "x + sum([i * j for i in range(32) for j in range(32)])",
        "[x.flatten(1, 1) for _ in range(32) for _ in range(32)][0]",
        "x * float(max([k for k in range(64) for _ in range(16)]))",
    ],
)
def test_steps_of_python_are_not_free(text):
    assert (
        count_flops(load(f"def activation(x):\n    return {text}\n"))
        > 1024 * 4 * STEP * OPERATION
    )


def test_counting_steps_leaves_the_trace_as_it_was():
    before = sys.gettrace()
    with pytest.raises(ZeroDivisionError):
        count_flops(lambda x: x * (1 / 0))
    assert sys.gettrace() is before


@pytest.mark.parametrize(
    ("activation", "flops"),
    [
        (lambda x: x.t().t(), 2.0),
        (lambda x: x.reshape(64, 128).reshape(128, 64), 2.0),
        (lambda x: x[:, :32].sin(), 0.5 + 4.0),
        (lambda x: x.clone(), 1.0),
        (lambda x: torch.roll(x, 1, 1), 1.0),
        (lambda x: torch.cat([x, x]), 2.0),
        (lambda x: x.unsqueeze(0).expand(5, 128, 64), 1.0 + 5.0),
        (lambda x: x.detach(), 1.0),
        (lambda x: x.double(), 1.0),
    ],
)
def test_views_and_copies_are_not_free(activation, flops):
    assert count_flops(activation) == pytest.approx(flops)


@pytest.mark.parametrize(
    "activation",
    [
        lambda x: torch.zeros(128, 64),
        lambda x: torch.full((128, 64), 2.0),
        lambda x: torch.ones_like(x),
        lambda x: torch.arange(8192),
        lambda x: torch.tensor([0.5] * 8192),
    ],
)
def test_constants_are_not_free(activation):
    assert count_flops(activation) >= 1.0


def test_the_count_is_per_element():
    small, large = (count_flops(F.gelu, batch=n, width=w) for n, w in [(2, 3), (128, 64)])
    assert small == large == 18.0


def test_an_error_of_the_function_passes_through():
    with pytest.raises(ZeroDivisionError):
        count_flops(lambda x: x * (1 / 0))


# --- unknown operators


def test_an_unknown_operator_is_refused_by_name():
    with pytest.raises(
        UnknownOperator, match=r"'cholesky' has no entry in the table of functions"
    ):
        count_flops(lambda x: torch.cholesky(x @ x.t()))


def test_an_unknown_operator_is_refused_also_behind_a_python_function():
    with pytest.raises(UnknownOperator, match="linalg_matrix_exp"):
        count_flops(lambda x: torch.linalg.matrix_exp(x[:64]) @ x.t())


# --- the table and the library agree

X = torch.rand(8, 6) * 0.8 + 0.1
Y = torch.rand(8, 6) * 0.8 + 0.1
INDEX = torch.zeros(8, 6, dtype=torch.long)
SAMPLES = [
    (X,), (X, Y), (X, 1), (X, 0), (X, 2), (X, 0.5), (X, 0.1, 0.9), (X, 0, 1), (X, 1, 1), (X,
    (8, 6)), (X, [6]), (X, 2, 1), (X, 0, 0, 2), (X, 0, (4, 2)), (X, Y, X), (X, X > 0.5, 0.5),
    (X, Y, 0.3), (X > 0.5,), (X > 0.5, X, Y), (X, INDEX), (X, INDEX, 1), (X, X.t()), ([X,
    Y],), ([X, Y], 1), (2, X), (1, X), (3,), (0.0, 1.0, 5), ((8, 6),), ((8, 6), 1.0), (X[0],
    Y[0]), (X, Y[0]), (torch.complex(X, Y),), (X, [1, 0]), (X, (1, 1)), (torch.float32,), (X,
    torch.float64),
]  # fmt: skip
# What no generic sample fits.
CALLS = {
    "torch.conv1d": lambda f: f(X[:, None], torch.ones(1, 1, 3)),
    "torch.cross": lambda f: f(X[:, :3], Y[:, :3], dim=1),
    "F.group_norm": lambda f: f(X[:, None].expand(8, 3, 6), 3),
    "torch.gather": lambda f: f(X, 1, INDEX),
    "x.gather": lambda f: f(X, 1, INDEX),
    "x.new_full": lambda f: f(X, (8, 6), 1.0),
    "torch.bucketize": lambda f: f(X, torch.linspace(0, 1, 5)),
    "F.local_response_norm": lambda f: f(X[:, None], 3),
    "F.prelu": lambda f: f(X, torch.tensor(0.1)),
    "torch.prelu": lambda f: f(X, torch.tensor(0.1)),
    "torch.view_as_complex": lambda f: f(torch.stack([X, Y], dim=-1)),
    "torch.view_as_real": lambda f: f(torch.complex(X, Y)),
    "torch.imag": lambda f: f(torch.conj(torch.complex(X, Y))),
    "x.unflatten": lambda f: f(X, 1, (2, 3)),
    "torch.unflatten": lambda f: f(X, 1, (2, 3)),
    "x.unfold": lambda f: f(X, 1, 3, 1),
    "x.masked_select": lambda f: f(X, X > 0.5),
    "special.multigammaln": lambda f: f(X + 3, 2),
    "torch.mvlgamma": lambda f: f(X + 3, 2),
    "x.new_tensor": lambda f: f(X, [1.0, 2.0]),
}


OWNERS = [
    ("torch", torch, library.TORCH),
    ("F", F, library.FUNCTIONAL),
    ("fft", torch.fft, library.FFT),
    ("special", torch.special, library.SPECIAL),
    ("x", torch.Tensor, library.METHODS),
]
LIBRARY = {
    f"{prefix}.{name}": getattr(owner, name)
    for prefix, owner, names in OWNERS
    for name in sorted(names)
}


def _called(args, function):
    return function(*args)


def _ignoring(call, _):
    return call()


@pytest.mark.filterwarnings("ignore::UserWarning")  # samples are tried regardless of fit
@pytest.mark.parametrize("name", LIBRARY)
def test_every_function_of_the_library_can_be_counted(name):
    function = LIBRARY[name]
    calls: list[Callable[[Any], Any]] = [partial(_called, args) for args in SAMPLES]
    if name in CALLS:
        calls.append(CALLS[name])
    worked = 0
    for call in calls:
        try:
            count_flops(partial(_ignoring, partial(call, function)))
            worked += 1
        except UnknownOperator:
            raise
        except (
            TypeError,
            ValueError,
            RuntimeError,
            IndexError,
            ArithmeticError,
            AttributeError,
        ):
            continue  # the sample does not fit this function
    assert worked, f"{name}: no sample fits; add a call to CALLS"


@pytest.mark.parametrize("name", sorted(library.PROPERTIES & set(dir(torch.Tensor))))
def test_every_property_of_the_library_can_be_counted(name):
    for tensor in (X, torch.complex(X, Y).conj()):
        try:
            count_flops(partial(_ignoring, partial(getattr, tensor, name)))
        except RuntimeError as error:
            assert "not implemented for tensors" in str(error) or "sparse" in str(error)


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_every_padding_can_be_counted(mode):
    assert count_flops(lambda x: F.pad(x[None], (1, 1), mode=mode)) > 1.0


@pytest.mark.parametrize(
    "activation",
    [
        lambda x: x[x > 0],
        lambda x: x[[0, 1]],
        lambda x: x[..., None, ::2],
        lambda x: x.abs().log() if x.mean() > 0 else x,
        lambda x: x * float(x.max()),
        lambda x: (x > 0) & (x < 1) | ~(x > 2),
        lambda x: x // 2 + x % 3 - (-x),
        lambda x: sum(x.split(16, 1)),
        lambda x: torch.norm(x, p=3) + x.norm(dim=1).sum(),
        lambda x: torch.prod(x) + torch.quantile(x, 0.3),
    ],
)
def test_everyday_expressions_can_be_counted(activation):
    assert count_flops(activation) > 0


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.key)
def test_every_known_activation_can_be_counted(entry):
    assert 1.0 <= count_flops(load(entry.source)) < 500.0


def test_every_rule_is_used_and_every_rule_that_is_named_exists():
    assert {one.cost for one in OPERATORS.values() if isinstance(one.cost, str)} == set(RULES)


def test_no_weight_is_zero():
    assert min(one.cost for one in OPERATORS.values() if isinstance(one.cost, int)) >= 1
