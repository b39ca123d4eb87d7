"""Recorded operations against calls of the function that they were recorded from."""

import pytest
import torch

from actmine.functions.catalog import CATALOG
from actmine.gate.static import load
from actmine.lab.operations import Called, CannotRecordError, Recorded
from compiled_functions import called

SHAPE = (3, 8, 6)


def drawn(seed, *, scale=2.0):
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed)) * scale


def require_alike(function, kind=Recorded):
    """At several inputs, in turn, forward alone as well."""
    applied = kind(function, torch.zeros(SHAPE), torch.zeros(SHAPE))
    for seed in range(3):
        x, slope = drawn(seed), drawn(seed + 10)
        applied.x.copy_(drawn(99))
        applied.forward()
        applied.x.copy_(x)
        applied.slope_y.copy_(slope)
        applied.forward()
        applied.backward()
        assert torch.equal(applied.x, x)
        expected = called(function, x, slope)
        for seen, wanted in zip((applied.y, applied.slope_x), expected, strict=True):
            torch.testing.assert_close(seen, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("known", CATALOG, ids=lambda known: known.key)
@pytest.mark.parametrize("kind", [Recorded, Called])
def test_every_known_activation(known, kind):
    require_alike(torch.func.vmap(load(known.source)), kind)


def written_in_place(x):
    y = torch.zeros_like(x)
    y[..., ::2] = x[..., ::2].sin()
    y.mul_(2.0).add_(x)
    return y


def with_scratch(x):
    kept = torch.ones(4)
    kept += 1.0
    return x * kept.sum() + torch.cat([x[..., 3:], x[..., :3].exp()], dim=-1)


def sorted_rows(x):
    values, places = torch.sort(x, dim=-1)
    return values * places.to(x.dtype) + torch.topk(x, 1, dim=-1).values


FORMS = {
    "x itself": lambda x: x,
    "a view": lambda x: x.transpose(-1, -2).transpose(-1, -2),
    "turned": lambda x: x.flip(-1),
    "written in place": written_in_place,
    "with constants of its own": with_scratch,
    "of several results": sorted_rows,
    "with work that nobody needs": lambda x: (x.sin(), x.exp().cumsum(-1), x.tanh())[2],
    "a detached part": lambda x: x.detach().abs() * x,
    "a row's value everywhere": lambda x: x.mean(dim=-1, keepdim=True).expand_as(x) + 0.1 * x,
    "of complex numbers": lambda x: torch.fft.ifft(torch.fft.fft(x).conj()).real,
    "chosen": lambda x: torch.where(x > 0, x, torch.where(x < -1, 0.5, x.square())),
    "masked": lambda x: x.masked_fill(x < 0, 0.2) + (x > 1) * x,
    "whole numbers": lambda x: x * torch.arange(6) + x.argmax(dim=-1, keepdim=True),
    "wider": lambda x: (x.double() * 0.1).sin().float(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", [Recorded, Called])
def test_every_form(form, kind):
    require_alike(FORMS[form], kind)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x if x.sum() > 0 else -x,
        lambda x: x * x.mean().item(),
        lambda x: x + x[x > 0].mean(),
        lambda x: x * len(x.nonzero()),
        lambda x: x + torch.rand_like(x),
        lambda x: x if torch.equal(x, x.abs()) else -x,
        lambda x: (torch.fft.fft(x) * 1j).conj().imag + x,
    ],
)
def test_what_depends_on_values_or_cannot_be_kept_is_not_recorded(function):
    with pytest.raises(CannotRecordError):
        Recorded(function, torch.zeros(SHAPE), torch.zeros(SHAPE))
