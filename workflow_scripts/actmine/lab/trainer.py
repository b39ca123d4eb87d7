"""The one Lightning trainer, and when it gives up; runs in the disposable child."""

import logging
import warnings
from typing import Any

import pytorch_lightning as pl
import torch

_FINITE_EVERY = 25  # steps between looks for a diverged fit


class DivergedError(ArithmeticError):
    """A training loss or a prediction is not finite."""


class StopWhenDiverged(pl.Callback):
    """Ends a fit whose module's `last_loss` is not finite, instead of training on in vain."""

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, *_: object) -> None:
        """Looks every few steps."""
        step = trainer.global_step
        if step % _FINITE_EVERY == 0 and not torch.isfinite(module.last_loss).all():
            raise DivergedError(f"the training loss is not finite at step {step}")


def quiet_trainer(steps: int, *callbacks: pl.Callback, accelerator: str = "cpu") -> pl.Trainer:
    """A trainer without files, progress bars or advice, which stops a diverged fit."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning|lightning_fabric")
    return pl.Trainer(
        max_steps=steps,
        accelerator=accelerator,
        devices=1,
        logger=False,
        callbacks=[StopWhenDiverged(), *callbacks],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
