import numpy as np
import pytest
import torch
from torch import nn

from actmine.gate.static import load
from actmine.lab.fit import Minibatches, fit
from actmine.lab.members import over_members
from actmine.lab.scoring import losses
from actmine.lab.trainer import DivergedError
from actmine.lab.work import FitSettings, prepare

SETTINGS = FitSettings(
    width=12, depth=2, steps=40, batch=32, learning_rate=0.01, optimizer="adam", seed=3
)
REPLICATES = (0, 1)
GELU = "def activation(x):\n    return F.gelu(x)"
BATCH_NORMAL = (
    "def activation(x):\n"
    "    z = (x - x.mean()) / (x.std(unbiased=False) + 1e-6)\n"
    "    return torch.tanh(z) + 0.1 * x"
)
BRANCHING = "def activation(x):\n    return x if x.sum() > 0 else 0.5 * x"


@pytest.fixture(scope="module")
def work_and_targets(smoke_suite):
    return prepare(smoke_suite, replicates=REPLICATES, settings=SETTINGS)


def alone(activation, suite, work, task, replicate):
    """One network trained the plain way: its own inputs, nn.Linear, a bare loop."""
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

    optimizer = torch.optim.Adam(nn.ModuleList(layers).parameters(), lr=SETTINGS.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=SETTINGS.steps)
    for rows in torch.from_numpy(work.minibatches[:, replicate].astype(np.int64)):
        optimizer.zero_grad()
        (predict(x[rows]) - y[rows]).square().mean().backward()
        optimizer.step()
        schedule.step()
    x_test = torch.from_numpy(work.x_test[task][:, : x.shape[1]].copy())
    with torch.no_grad():
        return torch.cat([predict(part) for part in x_test.split(SETTINGS.batch)]).numpy()


@pytest.mark.parametrize("source", [GELU, BATCH_NORMAL], ids=["pointwise", "batch-coupled"])
def test_the_stack_trains_each_network_as_it_would_train_alone(
    source, smoke_suite, work_and_targets
):
    work, _ = work_and_targets
    activation = load(source)
    fitted = fit(activation, work, learning_rate=SETTINGS.learning_rate)
    for task in range(len(smoke_suite.tasks)):
        for replicate in range(len(REPLICATES)):
            expected = alone(activation, smoke_suite, work, task, replicate)
            stacked = fitted.test[task * len(REPLICATES) + replicate]
            np.testing.assert_allclose(stacked, expected, rtol=2e-3, atol=2e-3)


def test_two_fits_give_the_same_bits(work_and_targets):
    work, _ = work_and_targets
    first, second = (fit(load(GELU), work, learning_rate=0.01) for _ in range(2))
    assert first.test.tobytes() == second.test.tobytes()
    assert first.curve.tobytes() == second.curve.tobytes()


def test_training_lowers_the_loss(work_and_targets):
    work, _ = work_and_targets
    curve = fit(load(GELU), work, learning_rate=0.01).curve
    assert curve[:, -1].mean() < 0.8 * curve[:, 0].mean()


def test_what_vmap_refuses_runs_member_by_member():
    x = torch.linspace(-3, 2, 3 * 8 * 4).reshape(3, 8, 4)
    branching = load(BRANCHING)
    expected = torch.stack([branching(member) for member in x])
    assert torch.equal(over_members(branching, [x])(x), expected)


def test_members_of_a_batch_coupled_function_do_not_mix():
    x = torch.randn(3, 8, 4, generator=torch.Generator().manual_seed(0))
    coupled = load(BATCH_NORMAL)
    stacked = over_members(coupled, [x])(x)
    torch.testing.assert_close(stacked[1], coupled(x[1]))


def test_a_fit_that_is_not_finite_is_named(work_and_targets):
    work, _ = work_and_targets
    with pytest.raises(DivergedError, match="not finite"):
        fit(load("def activation(x):\n    return torch.log(x)"), work, learning_rate=0.01)


def test_replicates_of_a_task_share_its_rows_and_differ_in_minibatches(work_and_targets):
    work, _ = work_and_targets
    x, y = next(iter(Minibatches(work)))
    assert y.shape == x.shape[:2]
    assert x.shape == (len(work.x_train) * 2, SETTINGS.batch, work.x_train.shape[2])
    assert not torch.equal(x[0], x[1])


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
