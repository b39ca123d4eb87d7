"""Trains any network on any benchmark with Lightning; runs in the disposable child."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from pytorch_lightning.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn

from actmine.transfer.job import Job
from actmine.transfer.networks.network import Inputs, Network, Outputs
from actmine.transfer.parts import Part

_UNCOUNTED = -1  # a target that is no target

Batch = tuple[Inputs, dict[str, Tensor]]
Weights = Iterator[nn.Parameter]


class Learner(pl.LightningModule):
    """A network, the losses of its outputs, and its optimizer.

    Args:
        network: maps named inputs to named outputs.
        job: outputs, steps and rates.
    """

    def __init__(self, network: Network, job: Job) -> None:
        super().__init__()
        self.network = network
        self.job = job
        self.last_loss = torch.zeros(())

    @property
    def taken(self) -> int:
        """Steps so far."""
        return self.trainer.global_step

    def forward(self, inputs: Inputs) -> Outputs:
        """Predicts every output."""
        outputs: Outputs = self.network(inputs)
        return outputs

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The sum of the outputs' losses."""
        inputs, targets = batch
        predicted = self(inputs)
        losses = [
            LOSSES[kind](predicted[name], targets[name])
            for name, kind in self.job.outputs.items()
        ]
        loss = torch.stack(losses).sum()
        self.last_loss = loss.detach()
        return loss

    def predict_step(self, batch: Inputs, _: int) -> Outputs:
        """Predicts every output of a chunk."""
        return {name: output.float().cpu() for name, output in self(batch).items()}

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """The training's optimizer under a half cosine."""
        job = self.job
        optimizer = OPTIMIZERS[job.optimizer](self.parameters(), job)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=job.steps)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }


class Minibatches:
    """The same minibatch rows for every function, one minibatch a step.

    Parts of other sizes take turns.
    """

    def __init__(self, parts: Sequence[Part], network: Network, job: Job) -> None:
        self.parts, self.network, self.job = parts, network, job

    def __iter__(self) -> Iterator[Batch]:
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence((self.job.seed, 1))))
        waiting: list[NDArray[np.intp]] = [np.empty(0, np.intp) for _ in self.parts]
        for step in range(self.job.steps):
            number = step % len(self.parts)
            part = self.parts[number]
            count = self.network.rows(part.inputs)
            batch = min(self.job.batch, count)
            if len(waiting[number]) < batch:  # what is left of an epoch is dropped
                waiting[number] = rng.permutation(count)
            rows, waiting[number] = waiting[number][:batch], waiting[number][batch:]
            inputs = self.network.collate(part.inputs, rows, rng=rng)
            yield inputs, {name: torch.from_numpy(a[rows]) for name, a in part.targets.items()}


class Chunks:
    """The rows of one part in chunks of at most the training batch size.

    A batch-coupled function thus never reads a test set as a whole. The rows are shuffled
    in a fixed way, and the chunks are of nearly one size: no statistic is taken over a
    handful of leftover rows.
    """

    def __init__(self, part: Part, network: Network, *, batch: int) -> None:
        self.part, self.network = part, network
        count = network.rows(part.inputs)
        self.order = np.random.Generator(np.random.PCG64(count)).permutation(count)
        self.chunks = np.array_split(self.order, -(-count // batch))

    def __len__(self) -> int:
        return len(self.chunks)

    def __iter__(self) -> Iterator[Inputs]:
        for rows in self.chunks:
            yield self.network.collate(self.part.inputs, rows)

    def restored(self, predicted: Sequence[Outputs]) -> dict[str, NDArray[np.float32]]:
        """Predictions of all chunks, in the order of the part."""
        restored = {}
        for name in predicted[0]:
            shuffled = torch.cat([chunk[name] for chunk in predicted]).numpy()
            restored[name] = np.empty_like(shuffled)
            restored[name][self.order] = shuffled
        return restored


def _classes(predicted: Tensor, target: Tensor) -> Tensor:
    flat = predicted.reshape(-1, predicted.shape[-1])
    return F.cross_entropy(flat, target.reshape(-1).long(), ignore_index=_UNCOUNTED)


def _binary(predicted: Tensor, target: Tensor) -> Tensor:
    counted = target >= 0
    return F.binary_cross_entropy_with_logits(predicted[counted], target[counted].float())


def _adamw(weights: Weights, job: Job) -> torch.optim.Optimizer:
    return torch.optim.AdamW(weights, lr=job.learning_rate, weight_decay=job.weight_decay)


def _sgd(weights: Weights, job: Job) -> torch.optim.Optimizer:
    return torch.optim.SGD(
        weights, lr=job.learning_rate, momentum=job.momentum, weight_decay=job.weight_decay
    )


OPTIMIZERS: Mapping[str, Callable[[Weights, Job], torch.optim.Optimizer]] = {
    "adamw": _adamw,
    "sgd": _sgd,
}

# By kind, see `actmine.transfer.benchmark.Kind`.
LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "regression": F.mse_loss,
    "classes": _classes,
    "binary": _binary,
}
