"""Every formula against the operator of torch that it stands for, on both kinds of vectors."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from actmine.lab.formulas import FORMULAS, LOGIC
from compiled_functions import LOOPS, compiled_for

aten = torch.ops.aten
SPECIAL = [
    0.0,
    -0.0,
    torch.inf,
    -torch.inf,
    torch.nan,
    1e-30,
    3e38,
    -3e38,
    1.0,
    -1.0,
    3.0,
    -3.0,
]
EDGES = [0.5, -0.5, 6.0, 20.0, -20.0, 88.0, -88.0, 104.0, -104.0, 125.0, 1e4, -1e5]
X = torch.cat([torch.linspace(-9, 9, 488), torch.tensor(SPECIAL + EDGES)])
OTHER = X[torch.randperm(512, generator=torch.Generator().manual_seed(0))]
Function = Callable[[torch.Tensor], Any]

PLAIN = (
    "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp exp2 expm1 log log2 log10 "
    "log1p erf erfc floor ceil trunc round frac square reciprocal sqrt rsqrt abs neg sgn sign "
    "sinc sigmoid"
)


def beside(name: str, other: Function) -> Function:
    """One of torch's functions of x and something else."""
    return lambda x: getattr(torch, name)(x, other(x))


def to_the(power: float) -> Function:
    """A power of x."""
    return lambda x: x**power


def of_masks(name: str) -> Function:
    """One of torch's functions of two masks."""
    return lambda x: getattr(torch, name)(x > 0.5, x < 2)


# What a function of x alone can do with an operator, by the operator's name.
USES: dict[str, list[Function]] = {
    **{name: [getattr(torch, name)] for name in PLAIN.split()},
    "clone": [torch.clone],
    "lift_fresh_copy": [lambda x: aten.lift_fresh_copy(x)],
    "_to_copy": [lambda x: (x > 1).float(), lambda x: x.to(torch.float32, copy=True)],
    "empty_like": [lambda x: torch.empty_like(x).copy_(x) * x],
    "new_empty": [lambda x: x.new_empty(x.shape).copy_(x) * x],
    "zeros_like": [lambda x: torch.zeros_like(x) - x, lambda x: torch.zeros_like(x).add_(x)],
    "new_zeros": [lambda x: x.new_zeros(x.shape) - x],
    "ones_like": [lambda x: torch.ones_like(x) - x],
    "new_ones": [lambda x: x.new_ones(x.shape) - x],
    "full_like": [lambda x: torch.full_like(x, 0.3) - x],
    "new_full": [lambda x: x.new_full(x.shape, 0.3) - x],
    "copy_": [lambda x: torch.empty_like(x).copy_(x) + x],
    "add": [lambda x: x + x.abs(), lambda x: torch.add(x, 0.3, alpha=2), lambda x: x + (x > 1)],
    "sub": [lambda x: x - 1.5, lambda x: torch.sub(x, x.sin(), alpha=3)],
    "rsub": [lambda x: 1 - x, lambda x: torch.rsub(x, 0.3, alpha=2)],
    "mul": [
        lambda x: x * x,
        lambda x: 0.1 * x,
        lambda x: x * torch.tensor(0.7),
        lambda x: x * (x > 0),
    ],
    "div": [lambda x: x / 3, lambda x: 2.0 / (x * x + 1), lambda x: x / x.exp()],
    "pow": [
        *(to_the(power) for power in (2, 3, 0.5, -0.5, -1, -2, 1, 0, 1.7, 5)),
        lambda x: 1.3**x,
        lambda x: x.abs() ** x,
    ],
    "atan2": [lambda x: torch.atan2(x, x.cos())],
    "logaddexp": [lambda x: torch.logaddexp(x, 0.5 * x)],
    "addcmul": [lambda x: torch.addcmul(x, x, x.sigmoid(), value=0.5)],
    "addcdiv": [lambda x: torch.addcdiv(x, x, x * x + 1, value=0.5)],
    "lerp": [
        lambda x: torch.lerp(x, x.sigmoid(), 0.3),
        lambda x: torch.lerp(x, x.sigmoid(), x.cos()),
    ],
    **{
        name: [beside(name, lambda _: 0.5), beside(name, torch.abs)]
        for name in ("gt", "ge", "lt", "le", "eq", "ne")
    },
    "isnan": [torch.isnan],
    "maximum": [lambda x: torch.maximum(x, x.sin()), lambda x: torch.maximum(x.sin(), x)],
    "minimum": [lambda x: torch.minimum(x, x.sin()), lambda x: torch.minimum(x.sin(), x)],
    "clamp": [lambda x: x.clamp(-1, 2), lambda x: x.clamp(max=1), lambda x: x.clamp(min=0.5)],
    "clamp_min": [lambda x: aten.clamp_min(x, 0.5)],
    "clamp_max": [lambda x: aten.clamp_max(x, 0.5)],
    "relu": [torch.relu],
    "threshold": [lambda x: aten.threshold(x, 0.5, 3.0)],
    "threshold_backward": [lambda x: aten.threshold_backward(x.cos(), x, 0.5)],
    "sigmoid_backward": [lambda x: aten.sigmoid_backward(x, 0.9 * x.cos())],
    "tanh_backward": [lambda x: aten.tanh_backward(x, 0.9 * x.cos())],
    "silu": [lambda x: aten.silu(x)],
    "silu_backward": [lambda x: aten.silu_backward(x.cos(), x)],
    "gelu": [lambda x: aten.gelu(x), lambda x: aten.gelu(x, approximate="tanh")],
    "gelu_backward": [
        lambda x: aten.gelu_backward(x.cos(), x),
        lambda x: aten.gelu_backward(x.cos(), x, approximate="tanh"),
    ],
    "mish": [lambda x: aten.mish(x)],
    "mish_backward": [lambda x: aten.mish_backward(x.cos(), x)],
    "softplus": [lambda x: aten.softplus(x), lambda x: aten.softplus(x, 2.0, 5.0)],
    "softplus_backward": [lambda x: aten.softplus_backward(x.cos(), x, 2.0, 5.0)],
    "log_sigmoid_forward": [lambda x: aten.log_sigmoid_forward(x)[0]],
    "log_sigmoid_backward": [lambda x: aten.log_sigmoid_backward(x.cos(), x, (-x.abs()).exp())],
    "elu": [lambda x: aten.elu(x), lambda x: aten.elu(x, 1.5, 1.1, 0.7)],
    "celu": [lambda x: aten.celu(x, 1.5)],
    "elu_backward": [
        lambda x: aten.elu_backward(x.cos(), 1.5, 1.1, 0.7, True, x),
        lambda x: aten.elu_backward(x.cos(), 1.5, 1.1, 0.7, False, x),
    ],
    "leaky_relu": [lambda x: aten.leaky_relu(x), lambda x: aten.leaky_relu(x, 0.2)],
    "leaky_relu_backward": [lambda x: aten.leaky_relu_backward(x.cos(), x, 0.2, False)],
    "hardtanh": [lambda x: aten.hardtanh(x), lambda x: aten.hardtanh(x, -0.5, 6.0)],
    "hardtanh_backward": [lambda x: aten.hardtanh_backward(x.cos(), x, -0.5, 6.0)],
    "hardsigmoid": [lambda x: aten.hardsigmoid(x)],
    "hardsigmoid_backward": [lambda x: aten.hardsigmoid_backward(x.cos(), x)],
    "hardswish": [lambda x: aten.hardswish(x)],
    "hardswish_backward": [lambda x: aten.hardswish_backward(x.cos(), x)],
    "hardshrink": [lambda x: aten.hardshrink(x), lambda x: aten.hardshrink(x, 1.0)],
    "hardshrink_backward": [lambda x: aten.hardshrink_backward(x.cos(), x, 1.0)],
    "softshrink": [lambda x: aten.softshrink(x), lambda x: aten.softshrink(x, 1.0)],
    "softshrink_backward": [lambda x: aten.softshrink_backward(x.cos(), x, 1.0)],
    "where": [lambda x: torch.where(x > 0.5, x, -x), lambda x: torch.where(x > 0.5, 0.2, x)],
    "masked_fill": [
        lambda x: x.masked_fill(x < 0, 0.2),
        lambda x: (x * 1).masked_fill_(x < 0, 0.2),
    ],
    **{
        name: [of_masks(name)]
        for kind in ("logical", "bitwise")
        for name in (f"{kind}_and", f"{kind}_or", f"{kind}_xor")
    },
    "logical_not": [lambda x: torch.logical_not(x > 0.5), lambda x: (x > 0.5).logical_not_()],
    "bitwise_not": [lambda x: ~(x > 0.5)],
}


def test_every_formula_is_tried():
    assert USES.keys() == FORMULAS.keys() | LOGIC.keys()


@pytest.mark.parametrize("instructions", LOOPS)
@pytest.mark.parametrize("name", USES)
def test_a_formula_is_torchs_operator_or_nearer_to_the_truth(name, instructions):
    for function in USES[name]:
        made = compiled_for(instructions, function, X)
        apart = torch.ones(len(X), dtype=torch.bool)
        for expected in (function(X).float(), function(X.double()).float()):
            apart &= ~torch.isclose(made, expected, rtol=2e-6, atol=4e-7, equal_nan=True)
        assert not apart.any(), X[apart]
