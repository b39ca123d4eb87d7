"""Answers a request of the kind `transfer`: trains one function on one benchmark."""

import logging
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray

from actmine.lab.allocation import keep_freed_memory
from actmine.sandbox import landlock
from actmine.transfer.job import PREDICTED, TRAIN, Job, answer_name, given_parts
from actmine.transfer.learner import Chunks, Learner, Minibatches
from actmine.transfer.networks.network import Activation
from actmine.transfer.networks.registry import NETWORKS

# Packages that hold the benchmarks' test labels, or draw them.
_LABELLED = ("B3DB", "ISLP", "statsmodels", "clrs")
_FINITE_EVERY = 25  # steps between looks for a diverged fit

Arrays = Mapping[str, NDArray[Any]]


class DivergedError(ArithmeticError):
    """A training loss or a prediction is not finite."""


def answer(
    activation: Activation, header: Mapping[str, Any], arrays: Arrays
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Predictions for every row whose target the parent keeps.

    Raises:
        DivergedError: a training loss or a prediction is not finite.
    """
    job = Job(**header["job"])
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


def warm_up() -> None:
    """Readies the warm process: lazy imports, which a locked child could not do, and locks."""
    landlock.hide_packages(_LABELLED)
    keep_freed_memory()
    for network, settings, inputs, target, kind in _tiny_work():
        job = Job(
            network=network,
            settings=settings,
            outputs={"y": kind},
            steps=2,
            batch=2,
            learning_rate=1e-3,
            weight_decay=0.0,
            seed=0,
            device="cpu",
        )
        arrays = {
            f"{split}|0|inputs|{name}": array
            for split in (TRAIN, *PREDICTED)
            for name, array in inputs.items()
        }
        answer(
            torch.nn.functional.gelu, job.header(""), {**arrays, f"{TRAIN}|0|targets|y": target}
        )


def _tiny_work() -> list[tuple[str, dict[str, Any], Arrays, NDArray[Any], str]]:
    """Networks with every kind of layer, each with two rows."""
    image = {"shape": [1, 4, 4], "classes": 2, "width": 2}
    packed = {"packed": np.zeros((2, 4), np.int32)}
    there_and_back = np.array([[0, 1], [1, 0]] * 2, np.int32)
    molecules = {
        "atoms": np.zeros((4, 1), np.int32),
        "bonds": there_and_back,
        "bond_features": np.zeros((4, 1), np.int32),
        "atom_offsets": np.array([0, 2, 4], np.int32),
        "bond_offsets": np.array([0, 2, 4], np.int32),
    }
    links = {"node": np.ones((2, 3, 1), np.float32), "edge": np.ones((2, 3, 3, 1), np.float32)}
    pointer = {"node": 1, "edge": 1, "outputs": {"y": ["node", "pointer", 1]}}
    sizes = {"width": 4, "depth": 1}
    numbers, classes = np.zeros(2, np.float32), np.zeros(2, np.int32)
    pointers = np.zeros((2, 3), np.int32)
    rows = {"x": np.zeros((2, 4), np.float32)}
    blocks = {"blocks": [1, 1], "bottleneck": False}
    return [
        ("perceptron", {"inputs": 4, **sizes}, rows, numbers, "regression"),
        ("resnet", {**image, **blocks}, packed, classes, "classes"),
        ("convnet", {**image, "channels": [2, 2]}, packed, classes, "classes"),
        (
            "graph_isomorphism",
            {"atoms": [2], "bonds": [2], **sizes},
            molecules,
            numbers,
            "binary",
        ),
        ("message_passing", {**pointer, "width": 4, "rounds": 1}, links, pointers, "classes"),
    ]
