"""Trains one function on one benchmark with Lightning; runs in the disposable child."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from actmine.lab.layers import CPU
from actmine.lab.trainer import DivergedError, quiet_trainer
from actmine.transfer.job import PREDICTED, Job, answer_name
from actmine.transfer.learner import Chunks, Learner, Minibatches
from actmine.transfer.networks.algorithms import MessagePassing
from actmine.transfer.networks.deep_images import VGG, MobileNet
from actmine.transfer.networks.graphs import GraphIsomorphism
from actmine.transfer.networks.images import ConvNet, ResNet
from actmine.transfer.networks.network import Activation, Network
from actmine.transfer.networks.perceptron import Perceptron
from actmine.transfer.parts import TRAIN, Arrays, splits_of

NETWORKS: Mapping[str, type[Network]] = {
    "perceptron": Perceptron,
    "convnet": ConvNet,
    "resnet": ResNet,
    "vgg": VGG,
    "mobilenet": MobileNet,
    "graph_isomorphism": GraphIsomorphism,
    "message_passing": MessagePassing,
}


def fit(
    activation: Activation, job: Job, arrays: Arrays, *, device: torch.device = CPU
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Predictions for every row whose target the parent keeps.

    Raises:
        DivergedError: a training loss or a prediction is not finite.
    """
    parts = splits_of(arrays)
    torch.manual_seed(job.seed)  # the same initial weights for every function
    network = NETWORKS[job.network](activation, **job.settings)
    learner = Learner(network, job)
    trainer = quiet_trainer(place=device)
    trainer.fit(learner, Minibatches(parts[TRAIN], network, job))
    predictions = {}
    for split in PREDICTED:
        for number, part in enumerate(parts[split]):
            chunks = Chunks(part, network, batch=job.batch)
            predicted: Any = trainer.predict(learner, dataloaders=chunks)
            for name, values in chunks.restored(predicted).items():
                if not np.isfinite(values).all():
                    raise DivergedError(f"a prediction for {split} is not finite")
                predictions[answer_name(split, number, name)] = values
    return {}, predictions
