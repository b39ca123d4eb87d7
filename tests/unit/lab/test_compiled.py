"""Compiled functions against calls of torch, and which functions are compiled."""

import random
from functools import partial
from itertools import product

import pytest
import torch

from actmine import capability
from actmine.capability import VECTOR_TARGETS
from actmine.functions.catalog import CATALOG
from actmine.gate.static import load
from actmine.lab import compiled as compiled_module
from actmine.lab.compiled import CannotCompileError, Compiled, compiled
from actmine.lab.members import over_members
from actmine.lab.operations import CannotRecordError, Recorded
from compiled_functions import HERE, LOOPS, called

pytestmark = pytest.mark.skipif(HERE is None, reason="nothing is compiled on this machine")

SHAPES = [(3, 8, 6), (2, 16, 4), (5, 3, 7), (1, 4, 4), (1, 17, 1)]
COUPLED = {"Turbulent", "FISG", "Phase-Flipped"}  # read other features, or other rows


def drawn(shape, seed, *, scale=2.0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * scale


def one_by_one(function, x):
    return torch.stack([function(member) for member in x])


def require_alike(function, shape):
    """At several inputs, in turn, forward alone as well."""
    applied = compiled(function)(torch.zeros(shape), torch.zeros(shape))
    assert isinstance(applied, Compiled)
    for seed in range(3):
        x, slope = drawn(shape, seed), drawn(shape, seed + 10)
        applied.x.copy_(drawn(shape, 99))
        applied.forward()
        applied.x.copy_(x)
        applied.slope_y.copy_(slope)
        applied.forward()
        applied.backward()
        assert torch.equal(applied.x, x)
        expected = called(partial(one_by_one, function), x, slope)
        for seen, wanted in zip((applied.y, applied.slope_x), expected, strict=True):
            torch.testing.assert_close(seen, wanted, rtol=5e-5, atol=5e-5)


@pytest.mark.parametrize("instructions", LOOPS)
@pytest.mark.parametrize("known", CATALOG, ids=lambda known: known.key)
def test_every_known_pointwise_activation(known, instructions, monkeypatch):
    target = VECTOR_TARGETS[instructions]
    monkeypatch.setattr(compiled_module, "vector_target", lambda: target)
    function = load(known.source)
    if known.name in COUPLED:
        with pytest.raises(CannotCompileError):
            require_alike(function, SHAPES[0])
        return
    for shape in SHAPES:
        require_alike(function, shape)


def near(made, function, x):
    """Where a value and a slope are torch's, in float32 or in float64."""
    found = torch.zeros(2, *x.shape[1:], dtype=torch.bool)
    for given in (x[0], x[0].double()):
        y, slope = (one.float() for one in called(function, given, torch.ones_like(given)))
        expected = torch.stack([y, slope])
        found |= torch.isclose(made, expected, rtol=1e-3, atol=1e-4, equal_nan=True)
    return found


def within(one, other):
    return lambda x: one(other(x))


def times(one, other):
    return lambda x: one(x) * other(x)


@pytest.mark.parametrize("scale", [1.0, 5.0, 30.0])
def test_known_activations_within_and_times_each_other(scale):
    pointwise = [load(one.source) for one in CATALOG if one.name not in COUPLED]
    pairs = random.Random(0).sample(list(product(pointwise, repeat=2)), 60)
    x = drawn((1, 64, 8), 3, scale=scale)
    for one, other in pairs:
        for function in (within(one, other), times(one, other)):
            applied = compiled(function)(x, torch.ones_like(x))
            applied.forward()
            applied.backward()
            assert near(torch.cat([applied.y, applied.slope_x]), function, x).all()


def written_in_place(x):
    y = torch.zeros_like(x)
    y += x.sin()
    return y.mul_(2.0).add_(x).clamp_(max=3.0)


def with_scratch(x):
    kept = torch.ones(4)
    kept += 1.0
    return x * kept.sum() + x * torch.full_like(x, 0.3)


def of_its_shape(x):
    return x / x.shape[0] + x.shape[1] * torch.tanh(x.flatten().reshape(x.shape))


FORMS = {
    "x itself": lambda x: x,
    "nearly a constant": lambda x: torch.full_like(x, 0.3) + 0 * x,
    "a view": lambda x: x.unsqueeze(0).squeeze(0).sin().view(-1).view(x.shape),
    "written in place": written_in_place,
    "with constants of its own": with_scratch,
    "of its shape": of_its_shape,
    "with work that nobody needs": lambda x: (x.sin(), x.exp().cumsum(-1), x.tanh())[2],
    "a detached part": lambda x: x.detach().abs() * x,
    "chosen": lambda x: torch.where(x > 0, x, torch.where(x < -1, 0.5, x.square())),
    "masked": lambda x: x.masked_fill(x < 0, 0.2) + (x > 1) * x + (x < 0).float(),
    "of masks": lambda x: torch.where(((x > 0) & (x < 1)) | ~(x > -1), x, x.exp()),
    "one value for all": lambda x: x * torch.linspace(0, 1, 3).mean() + torch.tensor(0.5),
    "powers": lambda x: x**2 + 0.1 * x**3 + (x.abs() + 0.1) ** 1.7 + 1.1**x,
    "the same again and again": lambda x: x.exp().tanh() * x.exp().tanh() + x.exp(),
}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_every_form(form, shape):
    require_alike(FORMS[form], shape)


BY_PLACE = {
    "a factor a feature": lambda x: x * torch.arange(x.shape[1]),
    "a shift a row": lambda x: torch.sin(x + torch.linspace(0, 1, len(x)).unsqueeze(-1)),
    "another function for every other feature": lambda x: torch.where(
        torch.arange(x.shape[1]) % 2 == 0, x.sin(), x.tanh()
    ),
    "a factor a place": lambda x: x * torch.arange(x.numel()).reshape(x.shape) / x.numel(),
    "of a view": lambda x: (x.flatten() * torch.arange(x.numel())).reshape(x.shape) / 9,
}


@pytest.mark.parametrize("shape", [(3, 8, 6), (2, 16, 4), (1, 4, 4), (4, 32, 32)], ids=str)
@pytest.mark.parametrize("form", BY_PLACE)
def test_constants_may_differ_by_place(form, shape):
    require_alike(BY_PLACE[form], shape)


@pytest.mark.parametrize("form", BY_PLACE)
def test_constants_that_differ_by_place_take_whole_vectors_of_a_network(form):
    with pytest.raises(CannotCompileError):
        require_alike(BY_PLACE[form], (5, 3, 7))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.flip(-1),
        lambda x: x - x.mean(dim=-1, keepdim=True),
        lambda x: x * torch.softmax(x, dim=-1),
        lambda x: torch.cat([x[..., 3:], x[..., :3].exp()], dim=-1),
        lambda x: x.transpose(0, 1).contiguous().view(x.shape) * x,
        lambda x: (x.double() * 0.1).sin().float(),
        lambda x: x * x.argmax(dim=-1, keepdim=True),
        lambda x: torch.lgamma(x.abs() + 1),
        lambda x: x[:, :1] * x,
        lambda x: torch.fft.ifft(torch.fft.fft(x)).real,
        lambda x: torch.zeros(x.shape).add_(x.exp()),
        lambda x: (x.unsqueeze(-1) + torch.arange(2.0)).sum(dim=-1),
    ],
)
def test_what_is_not_elementwise_or_has_no_formula_is_not_compiled(function):
    with pytest.raises(CannotCompileError):
        require_alike(function, SHAPES[0])


@pytest.mark.parametrize("function", [lambda x: x if x.sum() > 0 else -x, torch.rand_like])
def test_what_depends_on_values_is_not_recorded(function):
    with pytest.raises((CannotRecordError, RuntimeError)):
        require_alike(function, SHAPES[0])


def test_a_network_has_the_same_bits_alone_and_beside_others():
    function = load(CATALOG[5].source)
    x, slope = drawn((6, 16, 8), 0), drawn((6, 16, 8), 1)
    whole = compiled(function)(x, slope)
    single = zip(x.split(1), slope.split(1), strict=True)
    alone = [compiled(function)(one, its) for one, its in single]
    for applied in (whole, *alone):
        applied.forward()
        applied.backward()
    assert torch.equal(whole.y, torch.cat([one.y for one in alone]))
    assert torch.equal(whole.slope_x, torch.cat([one.slope_x for one in alone]))


def test_less_than_a_vector_is_not_compiled():
    x = torch.zeros(1, 2, 2)
    with pytest.raises(CannotCompileError, match="less than one vector"):
        compiled(torch.sin)(x, x)


def kind_of(function):
    x = drawn((3, 8, 6), 0)
    return type(over_members(function, [x]).apply(x, torch.ones_like(x)))


def test_networks_are_trained_with_what_is_fastest(monkeypatch):
    assert kind_of(torch.sin) is Compiled
    assert kind_of(lambda x: x - x.mean(dim=-1, keepdim=True)) is Recorded
    monkeypatch.setattr(compiled_module, "vector_target", lambda: None)
    assert kind_of(torch.sin) is Recorded


@pytest.fixture
def asked_anew():
    capability.vector_target.cache_clear()
    yield
    capability.vector_target.cache_clear()


@pytest.mark.usefixtures("asked_anew")
@pytest.mark.parametrize("lacking", ["_runs_new_code", "sleef", "sgemm"])
def test_where_something_is_lacking_nothing_is_compiled(lacking, monkeypatch):
    monkeypatch.setattr(capability, lacking, lambda *_: None)
    assert capability.vector_target() is None


def test_what_is_compiled_for_is_part_of_what_bits_depend_on():
    assert f"LLVM {HERE.cpu}" in capability.cpu_capability()
