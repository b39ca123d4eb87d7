"""The one Lightning trainer, and when it gives up; runs in the disposable child."""

import logging
import threading
import warnings
from collections.abc import Sequence
from importlib.metadata import MetadataPathFinder
from typing import Any
from unittest.mock import patch

import pytorch_lightning as pl
import torch

from actmine.lab.layers import CPU

_MAKING = threading.Lock()  # of what is patched meanwhile there is one
FINITE_EVERY = 100  # steps after which a diverged fit is ended at the latest [ours]


class DivergedError(ArithmeticError):
    """A training loss or a prediction is not finite."""


class StopWhenDiverged(pl.Callback):
    """Ends a fit whose module's `last_loss` is not finite, instead of training on in vain."""

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, *_: object) -> None:
        """Looks at the end of every stretch of steps."""
        if not torch.isfinite(module.last_loss).all():
            raise DivergedError(f"the training loss is not finite at step {module.taken}")


def quiet_trainer(*callbacks: pl.Callback, place: torch.device = CPU) -> pl.Trainer:
    """A trainer that goes through its data once, and stops a diverged fit.

    It has no files, progress bars or advice. Threads may ask for one at the same time.

    Args:
        place: the device that it trains on.
    """
    with _MAKING:
        return _made(place, callbacks)


def _made(place: torch.device, callbacks: Sequence[pl.Callback]) -> pl.Trainer:
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning|lightning_fabric")
    # Lightning would add what other packages offer, for which it reads all packages' metadata.
    with patch.object(MetadataPathFinder, "find_distributions", return_value=[]):
        return pl.Trainer(
            max_epochs=1,
            accelerator=place.type,
            devices=1 if place.index is None else [place.index],
            logger=False,
            callbacks=[StopWhenDiverged(), *callbacks],
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
