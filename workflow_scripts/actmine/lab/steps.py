"""Optimizer steps of networks side by side, minibatch after minibatch."""

import threading
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler

from actmine.lab.fused import Fused
from actmine.lab.layers import Layers, Parameters

_WARM_UP = 3  # steps before one is captured, in which libraries and optimizer get their memory
_CAPTURING = threading.Lock()  # the card captures for one thread at a time


class UncapturableError(Exception):
    """A step cannot be captured; after that, torch does not promise that another can."""


class Steps:
    """Steps of a block of networks, call by call.

    Attributes:
        layers: that are trained.
        members: networks.
        rows: of a minibatch, for all replicates of a task.

    Args:
        layers: for as many rows as a minibatch has.
        flat: their parameters, with memory for the slopes.
        x, y: (task, row, in) and (task, row) to take minibatches from.
        batch: rows of a minibatch.
        optimizer: of `flat`.
        schedule: of its learning rate; none where somebody else sets that.
    """

    def __init__(
        self,
        layers: Layers | Fused,
        flat: nn.Parameter,
        *,
        x: Tensor,
        y: Tensor,
        batch: int,
        optimizer: Optimizer,
        schedule: LRScheduler | None = None,
    ) -> None:
        self.layers, self.flat, self.optimizer = layers, flat, optimizer
        self._schedule = schedule
        self.members = layers.applied[0].x.shape[0]
        self.rows = self.members * batch // len(x)
        parameters, slopes = (
            Parameters.within(one, members=self.members, sizes=layers.sizes)
            for one in (flat, _slopes_of(flat))
        )
        self._differentiate = layers.on_minibatches(parameters, slopes, x, y)

    def take(self, stretch: Tensor) -> Tensor:
        """(member, step) losses of steps over minibatches, (step, replicate × batch)."""
        return torch.stack([self.once(rows) for rows in stretch], dim=1)

    def once(self, rows: Tensor) -> Tensor:
        """(member,) losses of one step."""
        loss = self._differentiate(rows)
        self.optimizer.step()
        if self._schedule is not None:
            self._schedule.step()
        return loss


class DeviceSteps:
    """The same on a device, which never waits for Python within a step.

    On a CUDA card a step is captured once, as a graph, and then replayed. Learning rates stand
    on the device from the start.

    Args:
        steps: on the device, without a schedule.
        rates: (step,) learning rates; the optimizer's own tensor gets one after the other.
        capture: if not, a step is done call by call.

    Raises:
        UncapturableError: at the first step, if it cannot be captured.
    """

    def __init__(self, steps: Steps, *, rates: Tensor, capture: bool = True) -> None:
        self._capture = capture
        self.layers = steps.layers
        self._steps, self._rates = steps, rates
        self._rate: Tensor = steps.optimizer.param_groups[0]["lr"]
        self._rows = torch.zeros(steps.rows, dtype=torch.long, device=rates.device)
        self._loss = rates.new_zeros(steps.members)
        self._replay: Callable[[], None] | None = None
        self._taken = 0

    def take(self, stretch: Tensor) -> Tensor:
        """(member, step) losses of steps over minibatches, (step, replicate × batch)."""
        losses = self._loss.new_empty(len(self._loss), len(stretch))
        for number, rows in enumerate(stretch.to(self._rows.device)):
            self._rows.copy_(rows)
            self._rate.copy_(self._rates.select(0, self._taken))
            if self._replay is None:
                self._replay = self._prepared()
            self._replay()
            losses.select(1, number).copy_(self._loss)
            self._taken += 1
        return losses

    def _once(self) -> None:
        self._loss.copy_(self._steps.once(self._rows))

    def _prepared(self) -> Callable[[], None]:
        """What takes one step on what stands in memory."""
        if not (self._capture and self._loss.is_cuda):
            return self._once
        with _CAPTURING:
            return self._captured()

    def _captured(self) -> Callable[[], None]:
        before = self._steps.flat.detach().clone()
        for _ in range(_WARM_UP):
            self._once()
        graph = torch.cuda.CUDAGraph()
        own = torch.cuda.current_stream()  # of this thread alone
        try:
            with torch.cuda.graph(graph, stream=own, capture_error_mode="thread_local"):
                self._once()
        except RuntimeError as error:  # something is handed to the card on the way
            raise UncapturableError(str(error)) from None
        with torch.no_grad():  # as if no step had been taken
            self._steps.flat.copy_(before)
            for state in self._steps.optimizer.state.values():
                for memory in state.values():
                    memory.zero_()
        replay: Callable[[], None] = graph.replay
        return replay


def _slopes_of(flat: nn.Parameter) -> Tensor:
    if flat.grad is None:
        raise ValueError("parameters without memory for their slopes")
    return flat.grad


def cosine_rates(learning_rate: float, steps: int) -> Tensor:
    """(step,) what `CosineAnnealingLR` makes of a learning rate, step by step."""
    optimizer = Adam([torch.zeros(1)], lr=learning_rate)
    schedule = CosineAnnealingLR(optimizer, T_max=steps)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return torch.tensor(rates)
