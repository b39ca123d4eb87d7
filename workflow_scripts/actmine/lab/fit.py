"""Trains one candidate's ensemble with Lightning; runs in the disposable child."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from actmine.gate.probes import Probes
from actmine.lab.consistency import Watch
from actmine.lab.ensemble import Ensemble
from actmine.lab.looks import Looks
from actmine.lab.members import Activation, one_by_one, over_members
from actmine.lab.trainer import FINITE_EVERY, DivergedError, quiet_trainer
from actmine.lab.work import CHECKPOINTS, FEW, Work

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


@np.errstate(all="ignore")  # what is not finite is looked for
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
    members = over_members(activation, _pre_activations(activation, work))
    ensemble = Ensemble(members.apply, work, learning_rate=learning_rate, optimizer=optimizer)
    watch = None
    if probes is not None:
        watch = Watch(activation, members, probes, steps=ensemble.steps)
    return train(ensemble, work, looks=watch, rungs=rungs, at_rung=at_rung)


def train(
    ensemble: Ensemble,
    work: Work,
    *,
    looks: Looks | None = None,
    rungs: Sequence[int] = (),
    at_rung: AtRung | None = None,
) -> Fitted:
    """Trains an ensemble on the work that it was made for, and predicts; see `fit`.

    Args:
        looks: at what the activation is given on the way.
    """
    steps = ensemble.steps
    callbacks: list[pl.Callback] = []
    stops = {*rungs, *range(FINITE_EVERY, steps, FINITE_EVERY), steps}
    if looks is not None:
        callbacks.append(looks)
        stops |= looks.stops
    if at_rung is not None:
        callbacks.append(PredictAtRungs(work, rungs=rungs, at_rung=at_rung))
    trainer = quiet_trainer(*callbacks)  # also on a device, where the ensemble puts itself
    trainer.fit(ensemble, Stretches(work, stops=stops))
    train, test = ensemble.predict(work.x_train), ensemble.predict(work.x_test)
    if not all(np.isfinite(part).all() for part in (train, test)):
        raise DivergedError("a prediction is not finite after training")
    if looks is not None:
        with looks.looking(ensemble, where="on test rows"):
            ensemble.predict(work.x_test[:, : ensemble.batch])
    losses = torch.cat(ensemble.losses, dim=1)
    parts = torch.tensor_split(losses, min(CHECKPOINTS, steps), dim=1)
    curve = torch.stack([part.mean(dim=1) for part in parts], dim=1)
    return Fitted(train=train, test=test, curve=curve.cpu().numpy())


@torch.no_grad()
def _pre_activations(activation: Activation, work: Work) -> list[Tensor]:
    """What a few networks give the function before they are trained: (member, batch, width)."""
    rows = work.minibatches[0, 0]
    of_tasks = torch.from_numpy(work.x_train[:FEW, rows])
    x = of_tasks.repeat_interleave(work.minibatches.shape[1], dim=0)[:FEW]
    seen = []
    for weight, bias in zip(work.weights[:-1], work.biases[:-1], strict=True):
        seen.append(torch.from_numpy(x.numpy() @ weight[:FEW] + bias[:FEW]))
        x = one_by_one(activation).call(seen[-1])
    return seen


class Stretches(torch.utils.data.IterableDataset[Tensor]):
    """The same minibatch rows for every task and candidate, in stretches of steps.

    Args:
        stops: the steps after which someone looks.
    """

    def __init__(self, work: Work, *, stops: Iterable[int]) -> None:
        self.rows = torch.from_numpy(work.minibatches.astype(np.int64)).flatten(start_dim=1)
        self.stops = sorted(set(stops))

    def __iter__(self) -> Iterator[Tensor]:
        for first, stop in pairwise([0, *self.stops]):
            yield self.rows[first:stop]


class PredictAtRungs(pl.Callback):
    """Predicts the test rows at some steps, and ends the fit where the parent says so."""

    def __init__(self, work: Work, *, rungs: Sequence[int], at_rung: AtRung) -> None:
        self.x_test = work.x_test
        self.rungs = frozenset(rungs)
        self.at_rung = at_rung

    def on_train_batch_end(self, _: pl.Trainer, module: Any, *__: object) -> None:
        """Asks whether to go on."""
        if module.taken not in self.rungs:
            return
        if not self.at_rung(module.taken, module.predict(self.x_test)):
            raise StoppedError(f"stopped at step {module.taken}")
