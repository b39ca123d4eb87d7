"""A fit against networks that are trained one by one, the plain way."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from actmine.gate.static import load
from actmine.lab import ensemble
from actmine.lab.fit import Stretches, fit
from actmine.lab.scoring import losses
from actmine.lab.trainer import DivergedError
from actmine.lab.work import CHECKPOINTS, FitSettings, prepare

SETTINGS = FitSettings(
    width=12, depth=2, steps=40, batch=32, learning_rate=0.01, optimizer="adam", seed=3
)
REPLICATES = (0, 1)
GELU = "def activation(x):\n    return F.gelu(x)"
SOURCES = {
    "pointwise": GELU,
    "feature-coupled": "def activation(x):\n    return x * torch.softmax(x, dim=-1) + 0.3 * x",
    "batch-coupled": (
        "def activation(x):\n"
        "    z = (x - x.mean()) / (x.std(unbiased=False) + 1e-6)\n"
        "    return torch.tanh(z) + 0.1 * x"
    ),
    "by values": "def activation(x):\n    return F.silu(x) if x.mean() > 0 else torch.tanh(x)",
    "of complex numbers": (
        "def activation(x):\n"
        "    return 0.5 * x + torch.fft.irfft(torch.fft.rfft(x, dim=-1).conj(), n=12, dim=-1)"
    ),
}


@pytest.fixture(scope="module")
def work_and_targets(smoke_suite):
    return prepare(smoke_suite, replicates=REPLICATES, settings=SETTINGS)


def alone(activation, suite, work, task, replicate, settings):
    """Losses of each step and test predictions of one network: nn.Linear in a bare loop."""
    member = task * len(REPLICATES) + replicate
    x = torch.from_numpy(suite.tasks[task].x_train)
    y = torch.from_numpy(suite.tasks[task].y_train)
    layers = []
    for depth, (weight, bias) in enumerate(zip(work.weights, work.biases, strict=True)):
        w = torch.from_numpy(weight[member].copy())
        w = w[: x.shape[1]] if depth == 0 else w
        layer = nn.Linear(*w.shape)
        with torch.no_grad():
            layer.weight.copy_(w.T)
            layer.bias.copy_(torch.from_numpy(bias[member, 0].copy()))
        layers.append(layer)

    def predict(inputs):
        for layer in layers[:-1]:
            inputs = activation(layer(inputs))
        return layers[-1](inputs).squeeze(-1)

    parameters, rate = nn.ModuleList(layers).parameters(), settings.learning_rate
    optimizer = {
        "adam": lambda: torch.optim.Adam(parameters, lr=rate),
        "sgd": lambda: torch.optim.SGD(parameters, lr=rate, momentum=ensemble.MOMENTUM),
    }[settings.optimizer]()
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=settings.steps)
    curve = []
    for rows in torch.from_numpy(work.minibatches[:, replicate].astype(np.int64)):
        optimizer.zero_grad()
        loss = (predict(x[rows]) - y[rows]).square().mean()
        loss.backward()
        optimizer.step()
        schedule.step()
        curve.append(loss.item())
    x_test = torch.from_numpy(work.x_test[task][:, : x.shape[1]].copy())
    with torch.no_grad():
        test = torch.cat([predict(part) for part in x_test.split(settings.batch)]).numpy()
    stretches = np.array_split(curve, CHECKPOINTS)
    return np.array([part.mean() for part in stretches]), test


def require_alike(source, suite, settings):
    work, _ = prepare(suite, replicates=REPLICATES, settings=settings)
    activation = load(source)
    fitted = fit(
        activation, work, learning_rate=settings.learning_rate, optimizer=settings.optimizer
    )
    for task in range(len(suite.tasks)):
        for replicate in range(len(REPLICATES)):
            curve, test = alone(activation, suite, work, task, replicate, settings)
            member = task * len(REPLICATES) + replicate
            np.testing.assert_allclose(fitted.curve[member], curve, rtol=2e-3, atol=1e-5)
            np.testing.assert_allclose(fitted.test[member], test, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("kind", SOURCES)
def test_the_stack_trains_each_network_as_it_would_train_alone(kind, smoke_suite):
    require_alike(SOURCES[kind], smoke_suite, SETTINGS)


@pytest.mark.parametrize("change", [{"depth": 1}, {"depth": 3}, {"optimizer": "sgd"}])
def test_whatever_the_depth_and_the_optimizer(change, smoke_suite):
    require_alike(SOURCES["feature-coupled"], smoke_suite, replace(SETTINGS, **change))


def test_a_network_with_fewer_numbers_than_a_vector(smoke_suite):
    """Some networks together fill one, and are compiled; those of a task do not."""
    require_alike(GELU, smoke_suite, replace(SETTINGS, batch=1, width=5))


@pytest.mark.parametrize("kind", SOURCES)
def test_how_many_networks_are_trained_together_changes_nothing(
    kind, work_and_targets, monkeypatch
):
    work, _ = work_and_targets
    activation = load(SOURCES[kind])
    together = fit(activation, work, learning_rate=0.01)
    monkeypatch.setattr(ensemble, "BLOCK", 5 * SETTINGS.width * SETTINGS.batch)  # 2 tasks
    in_blocks = fit(activation, work, learning_rate=0.01)
    np.testing.assert_allclose(in_blocks.test, together.test, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(in_blocks.curve, together.curve, rtol=1e-5, atol=1e-6)


def test_two_fits_give_the_same_bits(work_and_targets):
    work, _ = work_and_targets
    first, second = (fit(load(GELU), work, learning_rate=0.01) for _ in range(2))
    assert first.test.tobytes() == second.test.tobytes()
    assert first.curve.tobytes() == second.curve.tobytes()


def test_training_lowers_the_loss(work_and_targets):
    work, _ = work_and_targets
    curve = fit(load(GELU), work, learning_rate=0.01).curve
    assert curve[:, -1].mean() < 0.8 * curve[:, 0].mean()


def test_a_fit_that_is_not_finite_is_named(work_and_targets):
    work, _ = work_and_targets
    with pytest.raises(DivergedError, match="not finite"):
        fit(load("def activation(x):\n    return torch.log(x)"), work, learning_rate=0.01)


def test_stretches_end_where_someone_looks_and_hold_every_step(work_and_targets):
    work, _ = work_and_targets
    stretches = list(Stretches(work, stops=[7, 40, 7, 25]))
    assert [len(rows) for rows in stretches] == [7, 18, 15]
    rows = torch.cat(stretches).view(work.minibatches.shape)
    assert np.array_equal(rows.numpy(), work.minibatches)


def test_a_replicate_is_the_same_whatever_others_there_are(smoke_suite):
    few, _ = prepare(smoke_suite, replicates=(1,), settings=SETTINGS)
    many, _ = prepare(smoke_suite, replicates=(0, 1, 2), settings=SETTINGS)
    assert np.array_equal(few.weights[1][0], many.weights[1][1])
    assert np.array_equal(few.minibatches[:, 0], many.minibatches[:, 1])


def test_absent_inputs_do_not_count_in_the_first_layers_fan_in(smoke_suite):
    work, _ = prepare(smoke_suite, replicates=(0,), settings=SETTINGS)
    for task, weight in zip(smoke_suite.tasks, work.weights[0], strict=True):
        assert not weight[task.inputs :].any()
        assert np.abs(weight[: task.inputs]).max() > 0.7 * task.inputs**-0.5


def test_losses_are_taken_against_the_rows_that_were_shuffled(work_and_targets):
    _, targets = work_and_targets
    members = len(targets.train) * len(REPLICATES)
    truth = np.concatenate([targets.id, targets.ood], axis=1)[:, targets.order]
    perfect = losses(
        np.repeat(targets.train, len(REPLICATES), axis=0),
        np.repeat(truth, len(REPLICATES), axis=0),
        targets=targets,
    )
    assert all(not np.any(table) for table in perfect.values())
    wrong = losses(
        np.zeros((members, targets.train.shape[1]), np.float32),
        np.zeros((members, len(targets.order)), np.float32),
        targets=targets,
    )
    np.testing.assert_allclose(
        np.array(wrong["ood"])[:, 0], np.square(targets.ood.astype(float)).mean(axis=1)
    )
