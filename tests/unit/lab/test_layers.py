"""Slopes by hand against autograd's."""

from functools import partial
from itertools import pairwise
from math import prod

import pytest
import torch

from actmine.lab.layers import Layers, Parameters
from actmine.lab.operations import Called, Recorded

MEMBERS, ROWS = 3, 16
FUNCTIONS = {
    "pointwise": torch.nn.functional.gelu,
    "feature-coupled": lambda x: x * torch.softmax(x, dim=-1),
    "batch-coupled": lambda x: x - x.mean(dim=(-1, -2), keepdim=True),
    "the same": lambda x: x,
}


def parameters(sizes, seed):
    generator = torch.Generator().manual_seed(seed)
    count = sum(prod(pair) + pair[1] for pair in pairwise(sizes))
    flat = 0.5 * torch.randn(MEMBERS * count, generator=generator)
    return flat, Parameters.within(flat, members=MEMBERS, sizes=sizes)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS.keys())
@pytest.mark.parametrize("hidden", [(5,), (7, 5), (4, 4, 4), (1, 3)], ids=str)
@pytest.mark.parametrize("kind", [Recorded, Called])
def test_losses_and_slopes_are_those_of_autograd(function, hidden, kind):
    sizes = (2, *hidden, 1)
    flat, known = parameters(sizes, 0)
    flat_slopes, slopes = parameters(sizes, 1)
    layers = Layers(partial(kind, function), sizes, members=MEMBERS, rows=ROWS)
    for seed in (2, 3):  # the second in used memory
        generator = torch.Generator().manual_seed(seed)
        x = torch.randn(MEMBERS, ROWS, 2, generator=generator)
        y = torch.randn(MEMBERS, ROWS, generator=generator)
        loss = layers.differentiate(known, slopes, x, y)
        leaf = flat.clone().requires_grad_()
        expected = squared_errors(function, leaf, sizes, x, y)
        (gradient,) = torch.autograd.grad(expected.sum(), leaf)
        torch.testing.assert_close(loss, expected)
        torch.testing.assert_close(flat_slopes, gradient, rtol=1e-4, atol=1e-5)


def squared_errors(function, flat, sizes, x, y):
    """(member,) by plain products."""
    shapes = [(MEMBERS, *pair) for pair in pairwise(sizes)]
    shapes += [(MEMBERS, 1, size) for size in sizes[1:]]
    parts = [
        part.view(shape)
        for part, shape in zip(flat.split(list(map(prod, shapes))), shapes, strict=True)
    ]
    layers = len(sizes) - 1
    for layer, (weight, bias) in enumerate(zip(parts[:layers], parts[layers:], strict=True)):
        x = x @ weight + bias
        x = function(x) if layer < layers - 1 else x
    return (x.squeeze(-1) - y).square().mean(dim=1)
