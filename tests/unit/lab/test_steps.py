"""Steps on a device: the same as on a processor, and nothing in one waits for a value."""

from contextlib import contextmanager
from functools import partial
from unittest.mock import patch

import numpy as np
import pytest
import torch
from torch.optim import Adam
from torch.optim.lr_scheduler import CosineAnnealingLR

from actmine.gate.static import load
from actmine.lab.ensemble import Ensemble
from actmine.lab.fit import Stretches, fit, train
from actmine.lab.operations import Called
from actmine.lab.steps import cosine_rates
from actmine.lab.work import FitSettings, prepare

CPU, META = torch.device("cpu"), torch.device("meta")
SOURCES = {
    "pointwise": "F.gelu(x) + 0.1 * torch.sin(3 * x)",
    "feature-coupled": "x * torch.softmax(x, dim=-1) + 0.3 * x",
    "batch-coupled": "torch.tanh((x - x.mean()) / (x.std(unbiased=False) + 1e-6)) + 0.1 * x",
}


def settings(optimizer="adam", depth=2):
    rate = {"adam": 0.01, "sgd": 0.03}[optimizer]
    shape = {"width": 12, "depth": depth, "steps": 40, "batch": 32}
    return FitSettings(**shape, learning_rate=rate, optimizer=optimizer, seed=3)


def ensemble_on(device, expression, work, asked):
    activation = torch.func.vmap(load(f"def activation(x):\n    return {expression}\n"))
    return Ensemble(
        partial(Called, activation),
        work,
        learning_rate=asked.learning_rate,
        optimizer=asked.optimizer,
        place=device,
    )


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("expression", SOURCES.values(), ids=SOURCES)
def test_a_device_takes_the_steps_that_a_processor_takes(smoke_suite, expression, optimizer):
    asked = settings(optimizer, depth=3 if optimizer == "sgd" else 2)
    work, _ = prepare(smoke_suite, replicates=(0, 1), settings=asked)
    source = f"def activation(x):\n    return {expression}\n"
    usual = fit(
        load(source), work, learning_rate=asked.learning_rate, optimizer=asked.optimizer
    )
    there = train(ensemble_on(CPU, expression, work, asked), work)
    for name in ("train", "test", "curve"):
        np.testing.assert_allclose(
            getattr(there, name), getattr(usual, name), rtol=2e-4, atol=2e-5
        )


def test_two_fits_on_a_device_give_the_same_bits(smoke_suite):
    asked = settings()
    work, _ = prepare(smoke_suite, replicates=(0,), settings=asked)
    expression = SOURCES["pointwise"]
    one, two = (train(ensemble_on(CPU, expression, work, asked), work) for _ in range(2))
    assert np.array_equal(one.test, two.test) and np.array_equal(one.curve, two.curve)


def test_rates_are_those_of_the_schedule():
    parameter = torch.zeros(1, requires_grad=True)
    optimizer = Adam([parameter], lr=0.01)
    schedule = CosineAnnealingLR(optimizer, T_max=30)
    rates = []
    for _ in range(30):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert cosine_rates(0.01, 30).tolist() == torch.tensor(rates).tolist()
    assert rates[0] == 0.01 and rates[-1] < 1e-4


class Still:
    """An optimizer that changes nothing: on `meta` torch has no fused one."""

    def __init__(self):
        self.param_groups = [{"lr": torch.zeros((), device=META)}]
        self.state = {}
        self.steps = 0

    def step(self):
        self.steps += 1


@contextmanager
def optimized_by(still):
    with patch.object(Ensemble, "optimizers", return_value=[still]):
        yield


@pytest.mark.parametrize("expression", SOURCES.values(), ids=SOURCES)
def test_nothing_in_a_step_reads_a_value_or_leaves_the_device(smoke_suite, expression):
    """There are no values on `meta`: what asked for one, or mixed devices, would raise."""
    asked = settings()
    work, _ = prepare(smoke_suite, replicates=(0,), settings=asked)
    ensemble = ensemble_on(META, expression, work, asked)
    still = Still()
    with optimized_by(still):
        ensemble.on_train_start()
        for stretch in Stretches(work, stops=[1, 5]):
            ensemble.training_step(stretch, 0)
    assert ensemble.taken == still.steps == 5
    assert ensemble.last_loss.device == META and len(ensemble.last_loss) == len(work.weights[0])


def test_what_reads_a_value_in_a_step_is_found_out(smoke_suite):
    asked = settings()
    work, _ = prepare(smoke_suite, replicates=(0,), settings=asked)

    def waiting(x):
        return x * float(x.detach().mean())

    ensemble = Ensemble(partial(Called, waiting), work, learning_rate=0.01, place=META)
    with optimized_by(Still()), pytest.raises(RuntimeError, match=r"meta"):
        ensemble.on_train_start()
        for stretch in Stretches(work, stops=[1]):
            ensemble.training_step(stretch, 0)


def test_more_networks_stand_in_a_block_on_a_device(smoke_suite):
    asked = settings()
    work, _ = prepare(smoke_suite, replicates=tuple(range(200)), settings=asked)
    expression = SOURCES["pointwise"]
    here = Ensemble(partial(Called, torch.tanh), work, learning_rate=0.01)
    assert len(here.blocks) > len(ensemble_on(META, expression, work, asked).blocks) == 1
