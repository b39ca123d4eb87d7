"""Prepares what one candidate is trained on, and keeps back what it must not see."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from actmine.settings.networks import NetworkSettings

if TYPE_CHECKING:  # the child imports this module, and may hold no formula table
    from actmine.tasks.suite import Suite

Floats = NDArray[np.float32]

CHECKPOINTS = 12  # points of a learning curve
LOOKS = 2  # steps that are looked at, besides the first, the last and the predictions [ours]
FEW = 4  # networks that stand for a stack there: how many there are changes nothing [ours]

_INITIAL_WEIGHTS, _MINIBATCHES, _TEST_ORDER = range(3)


@dataclass(frozen=True, kw_only=True)
class FitSettings(NetworkSettings):
    """The networks, their training, and what is random in them.

    Attributes:
        seed: of initial weights, minibatches and the order of test rows.
    """

    seed: int


@dataclass(frozen=True, kw_only=True)
class Work:
    """All that a candidate's child is given. member = task × replicate, replicate fastest.

    Attributes:
        x_train: (task, row, input); inputs a task lacks are zero columns.
        y_train: (task, row).
        x_test: (task, row, input), ID and OOD rows shuffled together.
        minibatches: (step, replicate, batch) row numbers, the same for every task.
        weights: one (member, in, out) a layer. Rows of absent inputs are zero.
        biases: one (member, 1, out) a layer.
    """

    x_train: Floats
    y_train: Floats
    x_test: Floats
    minibatches: NDArray[np.int32]
    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]


@dataclass(frozen=True, kw_only=True)
class Targets:
    """What the parent alone holds, to score predictions with.

    Attributes:
        train, id, ood: (task, row) standardised targets.
        order: the test rows' shuffle; row k of `x_test` is row order[k] of ID then OOD.
        replicates: networks of a task.
    """

    train: Floats
    id: Floats
    ood: Floats
    order: NDArray[np.intp]
    replicates: int


def prepare(
    suite: Suite, *, replicates: tuple[int, ...], settings: FitSettings
) -> tuple[Work, Targets]:
    """Builds the same work for every candidate: common random numbers.

    Member m starts from the same weights and sees the same minibatches whatever the
    candidate, so that two candidates differ by their activation only.
    """
    inputs = suite.inputs
    x_test = np.stack(
        [_padded(np.concatenate([task.x_id, task.x_ood]), inputs) for task in suite.tasks]
    )
    order = _generator(settings.seed, _TEST_ORDER).permutation(x_test.shape[1])
    x_train = np.stack([_padded(task.x_train, inputs) for task in suite.tasks])
    weights, biases = _initial_parameters(suite, inputs, replicates, settings)
    work = Work(
        x_train=x_train,
        y_train=np.stack([task.y_train for task in suite.tasks]),
        x_test=np.ascontiguousarray(x_test[:, order]),
        minibatches=_minibatches(x_train.shape[1], replicates, settings),
        weights=weights,
        biases=biases,
    )
    targets = Targets(
        train=work.y_train,
        id=np.stack([task.y_id for task in suite.tasks]),
        ood=np.stack([task.y_ood for task in suite.tasks]),
        order=order,
        replicates=len(replicates),
    )
    return work, targets


def _generator(*key: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))


def _padded(x: Floats, inputs: int) -> Floats:
    return np.pad(x, ((0, 0), (0, inputs - x.shape[1])))


def _minibatches(
    rows: int, replicates: tuple[int, ...], settings: FitSettings
) -> NDArray[np.int32]:
    """Epochs of shuffled rows, cut into whole minibatches."""
    per_epoch = rows // settings.batch
    epochs = -(-settings.steps // per_epoch)
    columns = []
    for replicate in replicates:
        rng = _generator(settings.seed, _MINIBATCHES, replicate)
        shuffled = [rng.permutation(rows)[: per_epoch * settings.batch] for _ in range(epochs)]
        columns.append(np.concatenate(shuffled).reshape(-1, settings.batch)[: settings.steps])
    return np.stack(columns, axis=1).astype(np.int32)


def _initial_parameters(
    suite: Suite, inputs: int, replicates: tuple[int, ...], settings: FitSettings
) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
    """Uniform in ±1/√fan_in, as torch.nn.Linear draws; fan_in counts a task's own inputs."""
    sizes = [inputs, *[settings.width] * settings.depth, 1]
    members = len(suite.tasks) * len(replicates)
    weights = [
        np.zeros((members, fan_in, fan_out), np.float32) for fan_in, fan_out in pairwise(sizes)
    ]
    biases = [np.zeros((members, 1, fan_out), np.float32) for fan_out in sizes[1:]]
    for index, task in enumerate(suite.tasks):
        for column, replicate in enumerate(replicates):
            member = index * len(replicates) + column
            rng = _generator(settings.seed, _INITIAL_WEIGHTS, index, replicate)
            for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
                fan_in = task.x_train.shape[1] if layer == 0 else settings.width
                bound = fan_in**-0.5
                weight[member, :fan_in] = rng.uniform(-bound, bound, (fan_in, weight.shape[2]))
                bias[member, 0] = rng.uniform(-bound, bound, bias.shape[2])
    return tuple(weights), tuple(biases)
