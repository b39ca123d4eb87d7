"""Trains one candidate's ensemble with Lightning; runs in the disposable child."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from actmine.gate.probes import Probes
from actmine.lab.consistency import Watch, Watched
from actmine.lab.ensemble import Ensemble
from actmine.lab.members import Activation
from actmine.lab.trainer import DivergedError, quiet_trainer
from actmine.lab.work import CHECKPOINTS, Work

# Told a rung's step and the (member, row) predictions on the test rows; whether to go on.
AtRung = Callable[[int, NDArray[np.float32]], bool]


class StoppedError(Exception):
    """The parent stopped a fit at a rung."""


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What a child returns.

    Attributes:
        train: (member, row) predictions on the training rows.
        test: (member, row) predictions on the shuffled test rows.
        curve: (member, checkpoint) training loss, each the mean of its stretch of steps.
    """

    train: NDArray[np.float32]
    test: NDArray[np.float32]
    curve: NDArray[np.float32]


def fit(
    activation: Activation,
    work: Work,
    *,
    learning_rate: float,
    optimizer: str = "adam",
    probes: Probes | None = None,
    rungs: Sequence[int] = (),
    at_rung: AtRung | None = None,
) -> Fitted:
    """Trains all members at once and predicts.

    Args:
        probes: of the source, which is examined on them and watched as it trains; none for a
            function that is trusted. They change no bit of the fit.
        rungs: steps after which `at_rung` is shown predictions; they change no bit of the fit.

    Raises:
        DivergedError: a training loss or a prediction is not finite.
        StoppedError: `at_rung` said so.
        InconsistentError: it is not the function that the gate examined.
    """
    steps, replicates, batch = work.minibatches.shape
    parameters = [[torch.from_numpy(a.copy()) for a in p] for p in (work.weights, work.biases)]
    watched = Watched(activation)
    ensemble = Ensemble(
        watched, *parameters, learning_rate=learning_rate, steps=steps, optimizer=optimizer
    )
    minibatches = Minibatches(work)
    first, _ = next(iter(minibatches))
    watched.settle(watched.seen(lambda: ensemble(first)))
    callbacks: list[pl.Callback] = []
    watch = None if probes is None else Watch(watched, probes, steps=steps)
    if watch is not None:
        callbacks.append(watch)
    if at_rung is not None:
        callbacks.append(PredictAtRungs(ensemble, work, rungs=rungs, at_rung=at_rung))
    quiet_trainer(steps, *callbacks).fit(ensemble, minibatches)
    losses = torch.stack(ensemble.losses, dim=1)  # (member, step)
    stretches = torch.tensor_split(losses, min(CHECKPOINTS, steps), dim=1)
    fitted = Fitted(
        train=predict(ensemble, work.x_train, replicates=replicates, chunk=batch),
        test=predict(ensemble, work.x_test, replicates=replicates, chunk=batch),
        curve=torch.stack([s.mean(dim=1) for s in stretches], dim=1).numpy(),
    )
    if not all(np.isfinite(part).all() for part in (fitted.train, fitted.test)):
        raise DivergedError("a prediction is not finite after training")
    if watch is not None:
        some = work.x_test[:, :batch]
        tested = watched.seen(
            lambda: predict(ensemble, some, replicates=replicates, chunk=batch)
        )
        watch.examine(tested, where="on test rows")
    return fitted


class Minibatches(torch.utils.data.IterableDataset[tuple[Tensor, Tensor]]):
    """The same minibatch rows for every task and candidate, as whole stacked batches."""

    def __init__(self, work: Work) -> None:
        self.x = torch.from_numpy(work.x_train)
        self.y = torch.from_numpy(work.y_train)
        self.rows = torch.from_numpy(work.minibatches.astype(np.int64))

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        tasks, _, inputs = self.x.shape
        _, replicates, batch = self.rows.shape
        for rows in self.rows.flatten(start_dim=1):
            yield (
                self.x[:, rows].view(tasks * replicates, batch, inputs),
                self.y[:, rows].view(tasks * replicates, batch),
            )


class PredictAtRungs(pl.Callback):
    """Predicts the test rows at some steps, and ends the fit where the parent says so."""

    def __init__(
        self, ensemble: Ensemble, work: Work, *, rungs: Sequence[int], at_rung: AtRung
    ) -> None:
        self.ensemble = ensemble
        self.work = work
        self.rungs = frozenset(rungs)
        self.at_rung = at_rung

    def on_train_batch_end(self, *_: object) -> None:
        """Asks whether to go on."""
        step = len(self.ensemble.losses)
        if step not in self.rungs:
            return
        _, replicates, batch = self.work.minibatches.shape
        test = predict(self.ensemble, self.work.x_test, replicates=replicates, chunk=batch)
        if not self.at_rung(step, test):
            raise StoppedError(f"stopped at step {step}")


@torch.no_grad()
def predict(
    ensemble: Ensemble, x: NDArray[np.float32], *, replicates: int, chunk: int
) -> NDArray[np.float32]:
    """(member, row) predictions in chunks of the training batch size.

    A batch-coupled function thus never reads the test set as a whole.
    """
    stacked = torch.from_numpy(x).repeat_interleave(replicates, dim=0)
    parts = [ensemble(part.contiguous()) for part in torch.split(stacked, chunk, dim=1)]
    return torch.cat(parts, dim=1).numpy()
