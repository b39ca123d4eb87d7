"""CIFAR-10 (Krizhevsky 2009) with ResNet-18, and its test images under ten shifts."""

from functools import partial

from actmine.transfer.benchmark import Benchmark, Tier
from actmine.transfer.benchmarks import cifar
from actmine.transfer.benchmarks.pictures import RESIDUAL_TRAINING
from actmine.transfer.parts import ID_TEST, OOD_TEST

NAME = "cifar10"
_SIZE = {"blocks": [2, 2, 2, 2], "bottleneck": False, "width": 64, "augment": True}

load = partial(cifar.load, cifar.CIFAR10)

BENCHMARK = Benchmark(
    name=NAME,
    scores={ID_TEST: "cifar-10", OOD_TEST: "cifar-10-shift"},
    load=load,
    training={
        Tier.SMOKE: RESIDUAL_TRAINING(steps=10, settings=_SIZE | {"width": 4}),
        Tier.OFFLINE: RESIDUAL_TRAINING(steps=400, settings=_SIZE | {"width": 16}),
        Tier.FULL: RESIDUAL_TRAINING(steps=11_250, settings=_SIZE),  # 30 epochs
    },
)
