"""Trains one function on one benchmark with Lightning; runs in the disposable child."""

import logging
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray

from actmine.transfer.job import PREDICTED, TRAIN, Job, answer_name, given_parts
from actmine.transfer.learner import Chunks, Learner, Minibatches
from actmine.transfer.networks.network import Activation
from actmine.transfer.networks.registry import NETWORKS

_FINITE_EVERY = 25  # steps between looks for a diverged fit

Arrays = Mapping[str, NDArray[Any]]


class DivergedError(ArithmeticError):
    """A training loss or a prediction is not finite."""


def fit(
    activation: Activation, job: Job, arrays: Arrays
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Predictions for every row whose target the parent keeps.

    Raises:
        DivergedError: a training loss or a prediction is not finite.
    """
    parts = given_parts(arrays)
    torch.manual_seed(job.seed)  # the same initial weights for every function
    network = NETWORKS[job.network](activation, **job.settings)
    learner = Learner(network, job)
    trainer = _quiet_trainer(job, StopWhenDiverged())
    trainer.fit(learner, datamodule=Minibatches(parts[TRAIN], network, job))
    predictions = {}
    for split in PREDICTED:
        for number, part in enumerate(parts[split]):
            chunks = Chunks(part, network, batch=job.batch)
            predicted: Any = trainer.predict(learner, dataloaders=chunks)
            for name, values in chunks.restored(predicted).items():
                if not np.isfinite(values).all():
                    raise DivergedError(f"a prediction for {split} is not finite")
                predictions[answer_name(split, number, name)] = values
    return {"cpu_capability": torch.backends.cpu.get_cpu_capability()}, predictions


class StopWhenDiverged(pl.Callback):
    """Ends a fit whose loss is no longer finite, instead of training on for nothing."""

    def on_train_batch_end(  # type: ignore[override]
        self, trainer: pl.Trainer, learner: Learner, *_: object
    ) -> None:
        """Looks every few steps."""
        step = trainer.global_step
        if step % _FINITE_EVERY == 0 and not learner.last_loss.isfinite():
            raise DivergedError(f"the training loss is not finite at step {step}")


def _quiet_trainer(job: Job, callback: pl.Callback) -> pl.Trainer:
    """A Lightning trainer without files, progress bars or advice."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning|lightning_fabric")
    return pl.Trainer(
        max_steps=job.steps,
        accelerator=job.device,
        devices=1,
        logger=False,
        callbacks=[callback],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
