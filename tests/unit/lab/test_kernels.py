"""Every kernel that takes the place of one of torch's, against it."""

import numpy as np
import pytest
import torch

from actmine.lab.kernels import _COMPOSED, _EXACT, _HAS_PARTS, _UFUNCS, _WIDE, faster

SHAPE = (2, 40, 8)
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-40, -1e-40, 1e-30, 3e38, -3e38, 1.0, -1.0]


def values(seed, *, scale=3.0):
    """Ordinary numbers, and every special one."""
    x = torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed)) * scale
    x.view(-1)[:: 640 // len(SPECIAL)][: len(SPECIAL)] = torch.tensor(SPECIAL)
    return x


def both(name, *args):
    """What torch gives, and what the kernel in its place does."""
    packet, overload = name.split(".")
    operator = getattr(getattr(torch.ops.aten, packet), overload)
    expected = operator(*args)
    out = torch.empty_like(expected)
    call, given, options = faster(operator, args, {}, out)
    with np.errstate(all="ignore"):
        call(*given, **options)
    return expected, out


def same_bits(a, b):
    return torch.equal(a.contiguous().view(torch.uint8), b.contiguous().view(torch.uint8))


@pytest.mark.parametrize("name", _EXACT)
def test_what_is_exact_gives_the_same_bits(name):
    x = values(0)
    other = 0.3 if name.endswith("Scalar") else values(1)
    expected, out = both(name, x, other)
    finite = ~expected.isnan() if expected.is_floating_point() else slice(None)
    assert same_bits(expected[finite], out[finite])
    assert torch.equal(expected.isnan(), out.isnan())


def test_what_is_cut_off_below_zero_has_the_same_bits():
    expected, out = both("relu.default", values(0))
    assert same_bits(expected, out)


@pytest.mark.parametrize("name", sorted(_WIDE.keys() & _UFUNCS.keys()))
@pytest.mark.parametrize("scale", [0.3, 3.0, 1e3])
def test_functions_are_within_rounding(name, scale):
    expected, out = both(name, values(2, scale=scale))
    torch.testing.assert_close(out, expected, rtol=1e-6, atol=1e-6, equal_nan=True)


@pytest.mark.skipif(not _HAS_PARTS, reason="this processor's exponentials are torch's")
@pytest.mark.parametrize("name", _COMPOSED)
@pytest.mark.parametrize("scale", [0.3, 3.0, 20.0, 1e3])
def test_what_is_made_of_several_functions_is_within_rounding(name, scale):
    slopes = [values(6, scale=1.0)] if "backward" in name else []
    expected, out = both(name, *slopes, values(2, scale=scale))
    torch.testing.assert_close(out, expected, rtol=1e-6, atol=1e-6, equal_nan=True)


def test_a_softplus_of_another_steepness_is_torchs():
    operator = torch.ops.aten.softplus.default
    assert faster(operator, (values(2), 2), {}, torch.empty(SHAPE)) is None


@pytest.mark.parametrize("no", [values(4), torch.tensor(0.0), torch.tensor(torch.nan)])
def test_a_choice_gives_the_bits_of_what_is_chosen(no):
    condition = values(5) > 0.5
    expected, out = both("where.self", condition, values(3), no)
    assert same_bits(expected, out)


@pytest.mark.parametrize(
    "args",
    [
        (torch.randn(SHAPE), torch.randn(2, 1, 8)),  # spread over rows
        (torch.randn(SHAPE).transpose(0, 1), torch.randn(40, 2, 8)),  # in another order
        (torch.randn(SHAPE).double(), 2.0),
        (torch.randn(SHAPE) > 0, torch.randn(SHAPE)),
    ],
    ids=["broadcast", "transposed", "float64", "bool"],
)
def test_the_rest_is_torchs(args):
    out = torch.ops.aten.mul.Tensor(*args)
    assert faster(torch.ops.aten.mul.Tensor, args, {}, out) is None


def test_a_multiple_is_subtracted_by_torch():
    x, operator = values(0), torch.ops.aten.rsub.Scalar
    assert faster(operator, (x, 1.0, 2.0), {}, torch.empty_like(x)) is None
