"""Three trainings as MLS-Bench's activation task has them, beside whose figures ours can stand.

From the task's page: the networks and data sets, SGD with its rates, the half cosine, 200
epochs, how training images are cropped and mirrored. [secondary] It names no batch size,
initial weights, size of VGG's head or way to make 32 px of 28: these are ours.
"""

from functools import partial

from actmine.transfer.benchmark import Benchmark, Published, Tier
from actmine.transfer.benchmarks import cifar, fashion_mnist
from actmine.transfer.job import Training
from actmine.transfer.parts import ID_TEST, OOD_TEST

_published = partial(
    Published,
    cite="MLS-Bench, task dl-activation-function, its leaderboard of April 2026 "
    "(mls-bench.com/tasks/dl-activation-function), means over seeds 42, 123 and 456",
    differs="There a score is the best test accuracy of all 200 epochs, which looks at test "
    "data; here it is the last epoch's. Here 2,000 training images are held back to validate "
    "on, the rate falls with every step, and seeds, batch size (128), initial weights and "
    "scale of the pixels are ours. A difference of a few tenths of a percent to a published "
    "figure thus shows nothing; compare functions measured here",
)
_training = partial(
    Training,
    optimizer="sgd",
    batch=128,
    learning_rate=0.1,
    momentum=0.9,
    weight_decay=5e-4,
)
_RESNET_20 = {"blocks": [3, 3, 3], "bottleneck": False, "width": 16, "augment": True}
_AUGMENTED = {"augment": True}

_resnet = partial(_training, network="resnet")
_vgg = partial(_training, network="vgg")
_mobile = partial(_training, network="mobilenet")

BENCHMARKS = (
    Benchmark(
        name="cifar10_resnet20",
        scores={ID_TEST: "cifar-10, ResNet-20", OOD_TEST: "cifar-10-shift, ResNet-20"},
        load=partial(cifar.load, cifar.CIFAR10),
        training={
            Tier.SMOKE: _resnet(steps=10, settings=_RESNET_20 | {"width": 4}),
            Tier.OFFLINE: _resnet(steps=400, settings=_RESNET_20),
            Tier.FULL: _resnet(steps=200 * 375, settings=_RESNET_20),
        },
        published=_published(figures={"GELU": 0.9332, "SiLU": 0.9265, "Mish": 0.9275}),
    ),
    Benchmark(
        name="cifar100_vgg16",
        scores={ID_TEST: "cifar-100, VGG-16-BN", OOD_TEST: "cifar-100-shift, VGG-16-BN"},
        load=partial(cifar.load, cifar.CIFAR100),
        training={
            Tier.SMOKE: _vgg(steps=10, settings=_AUGMENTED | {"width": 2}),
            Tier.OFFLINE: _vgg(steps=400, settings=_AUGMENTED | {"width": 16}),
            Tier.FULL: _vgg(steps=200 * 375, settings=_AUGMENTED),
        },
        published=_published(figures={"GELU": 0.7146, "SiLU": 0.7043, "Mish": 0.7081}),
    ),
    Benchmark(
        name="fashion_mnist_mobilenet",
        scores={
            ID_TEST: "fashion-mnist, MobileNetV2",
            OOD_TEST: "fashion-mnist-shift, MobileNetV2",
        },
        load=partial(fashion_mnist.load, frame=2),
        training={
            Tier.SMOKE: _mobile(steps=10, settings=_AUGMENTED | {"width": 4}),
            Tier.OFFLINE: _mobile(steps=400, settings=_AUGMENTED | {"width": 8}),
            Tier.FULL: _mobile(steps=200 * 453, settings=_AUGMENTED),
        },
        published=_published(figures={"GELU": 0.9485, "SiLU": 0.9458, "Mish": 0.9473}),
    ),
)
