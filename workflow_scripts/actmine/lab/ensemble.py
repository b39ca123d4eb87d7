"""Every network of a candidate's measurement, trained as one stack."""

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR

from actmine.lab.layers import Apply, Layers, Parameters
from actmine.lab.work import Floats, Work

MOMENTUM = 0.9  # of gradient descent [ours]
BLOCK = 1 << 18  # values of a layer that are trained together: what they need stays in cache


class Ensemble(pl.LightningModule):
    """Perceptrons side by side, each task's replicates next to each other, in blocks of tasks.

    A block is trained for a stretch of steps, then the next one, in the same memory.

    Attributes:
        blocks: the tasks of each.
        losses: (member, step) of every stretch so far.
        look: a block whose activations are kept as they were given last.
        seen: these activations' inputs and outputs, a layer each.

    Args:
        apply: puts the activation to work on a layer's memory.
        work: initial parameters, and rows to train on.
        learning_rate: the first; it decays to zero along a half cosine.
        optimizer: adam, or sgd with momentum.
    """

    def __init__(
        self, apply: Apply, work: Work, *, learning_rate: float, optimizer: str = "adam"
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.learning_rate, self.optimizer = learning_rate, optimizer
        self.steps, self.replicates, self.batch = work.minibatches.shape
        self.sizes = (work.weights[0].shape[1], *(bias.shape[2] for bias in work.biases))
        values = self.replicates * self.batch * max(self.sizes)
        self.blocks = _blocks(len(work.x_train), values)
        self.flat = nn.ParameterList(_flat(work, tasks) for tasks in self.blocks)
        self.x, self.y = torch.from_numpy(work.x_train), torch.from_numpy(work.y_train)
        self.layers = cache(
            lambda members, rows: Layers(apply, self.sizes, members=members, rows=rows)
        )
        self.losses: list[Tensor] = []
        self.look: int | None = None
        self.seen: list[tuple[Tensor, Tensor]] = []

    @property
    def taken(self) -> int:
        """Steps so far."""
        return sum(losses.shape[1] for losses in self.losses)

    @property
    def last_loss(self) -> Tensor:
        """(member,) of the step that was taken last."""
        return self.losses[-1][:, -1]

    def on_train_start(self) -> None:
        """Gives every parameter memory for its slopes; Lightning takes any earlier away."""
        for flat in self.flat:
            flat.grad = torch.zeros_like(flat)

    def training_step(self, stretch: Tensor, _: int) -> None:
        """Optimizer steps over minibatches in their order.

        Lightning is told once a stretch: its own step costs as much as the arithmetic.

        Args:
            stretch: (step, replicate × batch) row numbers.
        """
        optimizers, schedules = (
            given if isinstance(given, list) else [given]
            for given in (self.optimizers(use_pl_optimizer=False), self.lr_schedulers())
        )
        blocks = zip(range(len(self.blocks)), optimizers, schedules, strict=True)
        self.losses.append(torch.cat([self._train(*block, stretch) for block in blocks]))

    def _train(self, number: int, optimizer: Any, schedule: Any, stretch: Tensor) -> Tensor:
        """(member, step) losses of a block."""
        flat, tasks = self.flat[number], self.blocks[number]
        x, y = self.x[tasks], self.y[tasks]
        members = len(x) * self.replicates
        parameters, slopes = (self._views(one, members) for one in (flat, flat.grad))
        layers = self.layers(members, self.batch)
        some_x = x.new_empty(len(x), stretch.shape[1], x.shape[2])
        some_y = y.new_empty(len(y), stretch.shape[1])
        batch = some_x.view(members, self.batch, -1), some_y.view(members, self.batch)
        losses = []
        for rows in stretch:
            torch.index_select(x, 1, rows, out=some_x)
            torch.index_select(y, 1, rows, out=some_y)
            losses.append(layers.differentiate(parameters, slopes, *batch))
            optimizer.step()
            schedule.step()
        self._keep(number, layers)
        return torch.stack(losses, dim=1)

    def predict(self, x: Floats) -> Floats:
        """(member, row) predictions for x (task, row, in), in chunks of the batch size.

        A batch-coupled function thus never reads the test set as a whole.
        """
        return np.concatenate(
            [self._predict(number, x[tasks]) for number, tasks in enumerate(self.blocks)]
        )

    def _predict(self, number: int, x: Floats) -> Floats:
        stacked = torch.from_numpy(x).repeat_interleave(self.replicates, dim=0)
        parameters = self._views(self.flat[number], len(stacked))
        parts = []
        for part in stacked.split(self.batch, dim=1):
            layers = self.layers(*part.shape[:2])
            parts.append(layers.predict(parameters, part).clone())
            self._keep(number, layers)
        return torch.cat(parts, dim=1).numpy()

    def end_look(self) -> list[tuple[Tensor, Tensor]]:
        """What was seen; nobody looks any more."""
        seen, self.look, self.seen = self.seen, None, []
        return seen

    def _keep(self, number: int, layers: Layers) -> None:
        if number == self.look:
            self.seen = [(one.x.clone(), one.y.clone()) for one in layers.applied]

    def _views(self, flat: Tensor, members: int) -> Parameters:
        return Parameters.within(flat, members=members, sizes=self.sizes)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Adam, or gradient descent with momentum, under a half cosine; one a block."""
        optimizers = [self._optimizer(flat) for flat in self.flat]
        schedules = [CosineAnnealingLR(one, T_max=self.steps) for one in optimizers]
        return optimizers, schedules

    def _optimizer(self, flat: nn.Parameter) -> Optimizer:
        if self.optimizer == "sgd":
            return SGD([flat], lr=self.learning_rate, momentum=MOMENTUM)
        return Adam([flat], lr=self.learning_rate, fused=True)


def _blocks(tasks: int, values: int) -> list[slice]:
    """Tasks in blocks of about one size.

    Args:
        values: of one task's widest layer.
    """
    count = min(tasks, -(-tasks * values // BLOCK))
    starts = [tasks * number // count for number in range(count + 1)]
    return [slice(*ends) for ends in pairwise(starts)]


def _flat(work: Work, tasks: slice) -> nn.Parameter:
    """The initial parameters of a block: one vector, which costs the optimizer least."""
    replicates = work.minibatches.shape[1]
    members = slice(tasks.start * replicates, tasks.stop * replicates)
    parts = [torch.from_numpy(array[members]) for array in (*work.weights, *work.biases)]
    return nn.Parameter(torch.cat([part.flatten() for part in parts]))
