"""Every network of a candidate's measurement, trained as one stack."""

from functools import cache, cached_property, partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR

from actmine.lab.fused import Fused, fused
from actmine.lab.layers import CPU, Apply, Layers, Parameters
from actmine.lab.steps import DeviceSteps, Steps, cosine_rates
from actmine.lab.work import Floats, Work

MOMENTUM = 0.9  # of gradient descent [ours]
# Bytes that the activations of networks trained together keep [ours]: few enough to stay in
# cache, and on a device as many as give it enough to do at once.
BLOCK = 7 << 20
DEVICE_BLOCK = 1 << 29


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
        place: a device that takes steps without waiting for Python; none for this processor.
        capture: there, a step is captured once and replayed.
    """

    def __init__(
        self,
        apply: Apply,
        work: Work,
        *,
        learning_rate: float,
        optimizer: str = "adam",
        place: torch.device | None = None,
        capture: bool = True,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.on_device, self.place, self.capture = place is not None, place or CPU, capture
        self.learning_rate, self.optimizer = learning_rate, optimizer
        self.steps, self.replicates, self.batch = work.minibatches.shape
        self.sizes = (work.weights[0].shape[1], *(bias.shape[2] for bias in work.biases))
        most = DEVICE_BLOCK if self.on_device else BLOCK
        self.blocks = _blocks(len(work.x_train), self._bytes_of_task(apply), most=most)
        # A plain list, which Lightning does not know: it would move parameters about.
        self.flat = [_flat(work, tasks, self.place) for tasks in self.blocks]
        self.x, self.y = (
            torch.from_numpy(a).to(self.place) for a in (work.x_train, work.y_train)
        )
        self.layers = cache(
            lambda members, rows: fused(
                Layers(apply, self.sizes, members=members, rows=rows, device=self.place)
            )
        )
        self._steps = cache(self._block_steps)
        self.losses: list[Tensor] = []
        self.look: int | None = None
        self.seen: list[tuple[Tensor, Tensor]] = []

    def _bytes_of_task(self, apply: Apply) -> int:
        """What the activations of a task's networks keep."""
        shapes = [(self.replicates, self.batch, width) for width in self.sizes[1:-1]]
        return sum(apply(torch.zeros(shape), torch.zeros(shape)).nbytes for shape in shapes)

    @cached_property
    def rates(self) -> Tensor:
        """(step,) learning rates, for a device."""
        return cosine_rates(self.learning_rate, self.steps).to(self.place)

    @property
    def taken(self) -> int:
        """Steps so far."""
        return sum(losses.shape[1] for losses in self.losses)

    @property
    def last_loss(self) -> Tensor:
        """(member,) of the step that was taken last."""
        return self.losses[-1].select(1, -1)

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
        taken = []
        for number in range(len(self.blocks)):
            steps = self._steps(number)
            taken.append(steps.take(stretch))
            self._keep(number, steps.layers)
        self.losses.append(torch.cat(taken))

    def _block_steps(self, number: int) -> Steps | DeviceSteps:
        start, stop = self.blocks[number].start, self.blocks[number].stop
        x, y = (of_all.narrow(0, start, stop - start) for of_all in (self.x, self.y))
        steps = partial(
            Steps,
            self.layers(len(x) * self.replicates, self.batch),
            self.flat[number],
            x=x,
            y=y,
            batch=self.batch,
            optimizer=_listed(self.optimizers(use_pl_optimizer=False))[number],
        )
        if not self.on_device:
            return steps(schedule=_listed(self.lr_schedulers())[number])
        return DeviceSteps(steps(), rates=self.rates, capture=self.capture)

    def predict(self, x: Floats) -> Floats:
        """(member, row) predictions for x (task, row, in), in chunks of the batch size.

        A batch-coupled function thus never reads the test set as a whole.
        """
        return np.concatenate(
            [self._predict(number, x[tasks]) for number, tasks in enumerate(self.blocks)]
        )

    def _predict(self, number: int, x: Floats) -> Floats:
        given = torch.from_numpy(x).to(self.place)
        stacked = given.repeat_interleave(self.replicates, dim=0)
        parameters = self._views(self.flat[number], len(stacked))
        parts = []
        for part in stacked.split(self.batch, dim=1):
            layers = self.layers(*part.shape[:2])
            parts.append(layers.predict(parameters, part).clone())
            self._keep(number, layers)
        return torch.cat(parts, dim=1).cpu().numpy()

    def end_look(self) -> list[tuple[Tensor, Tensor]]:
        """What was seen; nobody looks any more."""
        seen, self.look, self.seen = self.seen, None, []
        return seen

    def _keep(self, number: int, layers: Layers | Fused) -> None:
        if number == self.look:
            self.seen = [(one.x.clone(), one.y.clone()) for one in layers.applied]

    def _views(self, flat: Tensor, members: int) -> Parameters:
        return Parameters.within(flat, members=members, sizes=self.sizes)

    def configure_optimizers(self) -> Any:
        """Adam, or gradient descent with momentum, under a half cosine; one a block.

        On a device the rates are its own business, see `DeviceSteps`.
        """
        optimizers = [self._optimizer(flat) for flat in self.flat]
        if self.on_device:
            return optimizers
        schedules = [CosineAnnealingLR(one, T_max=self.steps) for one in optimizers]
        return optimizers, schedules

    def _optimizer(self, flat: nn.Parameter) -> Optimizer:
        rate, fused = self.learning_rate, self.on_device
        if self.optimizer == "sgd":
            optimizer: Optimizer = SGD([flat], lr=rate, momentum=MOMENTUM, fused=fused)
        else:
            capturable = self.place.type == "cuda"
            optimizer = Adam([flat], lr=rate, fused=True, capturable=capturable)
        if self.on_device:  # a tensor, which the optimizer's constructor would wait for
            optimizer.param_groups[0]["lr"] = self.rates.select(0, 0).clone()
        return optimizer


def _listed(given: Any) -> list[Any]:
    """What Lightning gives alone where there is one."""
    return given if isinstance(given, list) else [given]


def _blocks(tasks: int, each: int, *, most: int) -> list[slice]:
    """Tasks in blocks of about one size.

    Args:
        each: bytes of a task.
        most: bytes of a block.
    """
    count = min(tasks, -(-tasks * each // most))
    starts = [tasks * number // count for number in range(count + 1)]
    return [slice(*ends) for ends in pairwise(starts)]


def _flat(work: Work, tasks: slice, place: torch.device) -> nn.Parameter:
    """The initial parameters of a block: one vector, which costs the optimizer least."""
    replicates = work.minibatches.shape[1]
    members = slice(tasks.start * replicates, tasks.stop * replicates)
    parts = [torch.from_numpy(array[members]) for array in (*work.weights, *work.biases)]
    return nn.Parameter(torch.cat([part.flatten() for part in parts]).to(place))
