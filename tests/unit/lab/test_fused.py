"""Networks in one call of machine code against the same by NumPy's and torch's calls."""

from functools import partial
from itertools import pairwise
from math import prod

import numpy as np
import pytest
import torch

from actmine.capability import VECTOR_TARGETS
from actmine.gate.static import load
from actmine.lab import compiled as compiled_module
from actmine.lab import fused as fused_module
from actmine.lab.compiled import compiled
from actmine.lab.ensemble import Ensemble
from actmine.lab.fit import fit
from actmine.lab.fused import Fused, fused
from actmine.lab.layers import Layers, Parameters
from actmine.lab.operations import Called, Recorded
from actmine.lab.work import FitSettings, prepare
from compiled_functions import HERE, LOOPS

pytestmark = pytest.mark.skipif(HERE is None, reason="nothing is compiled on this machine")

TASKS, ROWS, INPUTS = 3, 40, 3
SOURCE = "def activation(x):\n    return F.gelu(x) + 0.1 * torch.sin(3.0 * x)\n"


@pytest.fixture(params=LOOPS)
def target(request, monkeypatch):
    """Each of the instructions that this machine has."""
    target = VECTOR_TARGETS[request.param]
    for module in (compiled_module, fused_module):
        monkeypatch.setattr(module, "vector_target", lambda: target)
    return target


def drawn(*shape, seed):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def parameters(sizes, members, seed):
    """One vector, and its parts."""
    count = sum(prod(pair) + pair[1] for pair in pairwise(sizes))
    flat = 0.5 * drawn(members * count, seed=seed)
    return flat, Parameters.within(flat, members=members, sizes=sizes)


def both(sizes, *, members, batch, function):
    """The plain layers, and the same fused."""
    make = partial(Layers, sizes=sizes, members=members, rows=batch)
    over_members = torch.func.vmap(function)
    one = fused(make(compiled(function)))
    assert isinstance(one, Fused)
    return make(partial(Called, over_members)), one


@pytest.mark.parametrize("hidden", [(1,), (2, 1), (1, 1, 3)], ids=str)
@pytest.mark.parametrize(("batch", "replicates"), [(1, 1), (5, 2), (32, 3)])
def test_losses_slopes_and_predictions_are_the_same(target, hidden, batch, replicates):
    sizes = (INPUTS, *(target.lanes * count for count in hidden), 1)
    members = TASKS * replicates
    plain, one = both(sizes, members=members, batch=batch, function=load(SOURCE))
    _, known = parameters(sizes, members, 0)
    x, y = drawn(TASKS, ROWS, INPUTS, seed=1), drawn(TASKS, ROWS, seed=2)
    found = []
    for layers in (plain, one):
        flat, slopes = parameters(sizes, members, 3)  # to be written over
        losses = layers.on_minibatches(known, slopes, x, y)
        rows = [drawn(replicates * batch, seed=k).abs().mul(9).long() % ROWS for k in (4, 5)]
        taken = torch.stack([losses(some) for some in rows])
        seen = [(applied.x.clone(), applied.y.clone()) for applied in layers.applied]
        predicted = layers.predict(
            known, drawn(members, ROWS, INPUTS, seed=6)[:, 2 : 2 + batch]
        )
        found.append((taken, flat.clone(), *sum(seen, ()), predicted.clone()))
    for expected, given in zip(*found, strict=True):
        torch.testing.assert_close(given, expected, rtol=1e-4, atol=1e-4)


def test_what_is_not_compiled_or_no_whole_vector_stays_as_it_is(target):
    make = partial(Layers, members=2, rows=4)
    for layers in (
        make(partial(Recorded, torch.tanh), (INPUTS, target.lanes, 1)),
        make(compiled(torch.tanh), (INPUTS, target.lanes + 1, 1)),
        make(compiled(torch.tanh), (INPUTS, target.lanes, target.lanes // 2, 1)),
    ):
        assert fused(layers) is layers


@pytest.mark.parametrize(
    "change", [{}, {"depth": 1}, {"depth": 3}, {"optimizer": "sgd"}], ids=str
)
def test_a_fit_is_that_of_plain_layers(smoke_suite, target, change, monkeypatch):
    """To float32's rounding, which grows from step to step."""
    settings = FitSettings(
        **{"width": target.lanes, "depth": 2, "steps": 30, "batch": 24}
        | {"learning_rate": 0.01, "optimizer": "adam", "seed": 3}
        | change
    )
    work, _ = prepare(smoke_suite, replicates=(0, 1), settings=settings)
    trained = partial(
        fit,
        load(SOURCE),
        work,
        learning_rate=settings.learning_rate,
        optimizer=settings.optimizer,
    )
    one = trained()
    monkeypatch.setattr(fused_module, "vector_target", lambda: None)
    plain = trained()
    assert not np.array_equal(one.test, plain.test)  # it was another way
    for name in ("train", "test", "curve"):
        np.testing.assert_allclose(
            getattr(one, name), getattr(plain, name), rtol=2e-3, atol=2e-4
        )


def test_how_many_rows_are_predicted_at_once_changes_little(smoke_suite, target):
    settings = FitSettings(
        width=target.lanes,
        depth=2,
        steps=3,
        batch=24,
        learning_rate=0.01,
        optimizer="adam",
        seed=3,
    )
    work, _ = prepare(smoke_suite, replicates=(0,), settings=settings)
    ensemble = Ensemble(compiled(load(SOURCE)), work, learning_rate=0.01)
    whole = ensemble.predict(work.x_test)  # in parts, of which the last has fewer rows
    assert work.x_test.shape[1] % settings.batch
    for rows in (24, 7):
        some = ensemble.predict(np.ascontiguousarray(work.x_test[:, :rows]))
        np.testing.assert_allclose(some, whole[:, :rows], rtol=1e-5, atol=1e-5)
