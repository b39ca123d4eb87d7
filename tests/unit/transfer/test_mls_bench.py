"""The full tier's trainings after MLS-Bench: networks, SGD, what stands beside the scores."""

import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from actmine.functions.catalog import by_name
from actmine.lab.trainer import quiet_trainer
from actmine.records.status import Status
from actmine.settings.configuration import load as load_settings
from actmine.transfer import fit
from actmine.transfer.benchmark import Published, Tier
from actmine.transfer.benchmarks import fashion_mnist, mls_bench, registry
from actmine.transfer.benchmarks.pictures import Pictures, Rows, image_data
from actmine.transfer.data import data_hash
from actmine.transfer.job import Job, request_arrays
from actmine.transfer.learner import Chunks, Learner, Minibatches
from actmine.transfer.measure import TransferLab
from actmine.transfer.networks.perceptron import Perceptron
from actmine.transfer.parts import ID_TEST, OOD_TEST, TRAIN, Part
from actmine.transfer.plan import benchmark_names
from actmine.transfer.ranking import correlation, overall
from actmine.transfer.settings import TransferSettings, from_config
from actmine.transfer.summary import markdown
from actmine.transfer.tables import published_figures
from configured import changed
from transfer_tables import SETTINGS, table

NAMES = [one.name for one in mls_bench.BENCHMARKS]
EPOCHS = 3  # of the 200: some minutes each on one core
SHAPES: dict[str, dict[str, Any]] = {
    "cifar10_resnet20": {"shape": [3, 32, 32], "classes": 10},
    "cifar100_vgg16": {"shape": [3, 32, 32], "classes": 100},
    "fashion_mnist_mobilenet": {"shape": [1, 32, 32], "classes": 10},
}


def network(name, tier, activation=F.gelu):
    training = registry.benchmark(name).training[tier]
    return fit.NETWORKS[training.network](activation, **training.settings, **SHAPES[name])


def pictures(name, rows, seed):
    shape, classes = SHAPES[name]["shape"], SHAPES[name]["classes"]
    rng = np.random.default_rng(seed)
    return Pictures(
        pixels=rng.integers(0, 256, (rows, *shape), dtype=np.uint8),
        classes=np.where(np.arange(rows) == 0, classes - 1, np.arange(rows) % 7).astype("i4"),
    )


def few(name):
    """Random images in the form of the benchmark's."""
    return image_data(pictures(name, 40, 0), pictures(name, 12, 1), Rows(30, 4, 12, 3))


def job(name, data, **changed):
    training = registry.benchmark(name).training[Tier.SMOKE]
    asked = {"seed": 0, "steps": 2, "batch": 10, **changed}
    return Job(
        **{**vars(training), "settings": {**training.settings, **data.network}, **asked},
        outputs={"y": "classes"},
    )


@pytest.mark.parametrize(
    ("name", "known"),
    [
        # Weights and two parameters of batch norm a channel, by stage: 3·9·16 + 32;
        # 6·9·16² + 6·32; 9·16·32 + 5·9·32² + 6·64 and a shortcut of 16·32 + 64;
        # 9·32·64 + 5·9·64² + 6·128 and a shortcut of 32·64 + 128; 64·10 + 10. He et al. 2016
        # have 0.27 M, with shortcuts that have no parameters.
        ("cifar10_resnet20", 464 + 14_016 + 51_648 + 205_696 + 650),
        # torchvision's vgg16_bn without its head, 138,365,992 - 123,642,856, and the head:
        # 2 (512² + 512) + 512·100 + 100.
        ("cifar100_vgg16", 14_723_136 + 525_312 + 51_300),
        # torchvision's mobilenet_v2, 3,504,872, with 10 classes in place of 1,000 (1,281 each)
        # and one channel in place of three in its first convolution.
        ("fashion_mnist_mobilenet", 3_504_872 - 990 * 1281 - 2 * 9 * 32),
    ],
)
def test_at_full_size_the_networks_have_as_many_parameters_as_the_published_ones(name, known):
    weights = network(name, Tier.FULL).parameters()
    assert sum(one.numel() for one in weights) == known


@pytest.mark.parametrize(
    ("name", "applied"),
    [
        ("cifar10_resnet20", 1 + 9 * 2),
        ("cifar100_vgg16", 13 + 2),
        ("fashion_mnist_mobilenet", 1 + 1 + 16 * 2 + 1),
    ],
)
def test_every_activation_is_the_function_under_test_on_one_row_a_sample(name, applied):
    shapes = []

    def watched(x):
        shapes.append(tuple(x.shape))
        return F.gelu(x)

    inside = network(name, Tier.SMOKE, watched)
    pixels = torch.zeros(3, *SHAPES[name]["shape"])
    assert inside({"pixels": pixels})["y"].shape == (3, SHAPES[name]["classes"])
    assert len(shapes) == applied and all(len(one) == 2 and one[0] == 3 for one in shapes)
    others = {"ReLU", "ReLU6", "Hardtanh", "SiLU", "Hardswish"}
    assert not others & {type(module).__name__ for module in inside.modules()}


def test_mobilenet_ends_on_maps_of_four_pixels_and_adds_where_both_ends_are_alike():
    inside = network("fashion_mnist_mobilenet", Tier.SMOKE)
    assert inside.layers[:-3](torch.zeros(2, 1, 32, 32)).shape == (2, 160, 4, 4)
    blocks = [one for one in inside.layers if hasattr(one, "added")]
    assert [one.added for one in blocks] == [
        False, False, True, False, True, True, False, True, True, True, False, True, True,
        False, True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_two_steps_at_the_smoke_size_and_another_seed_gives_other_weights(name):
    data = few(name)
    arrays = request_arrays(data.splits)
    once, again, other = (
        fit.fit(F.gelu, job(name, data, seed=seed), arrays)[1] for seed in (1, 1, 2)
    )
    assert once["ood_test|0|y"].shape == (30, SHAPES[name]["classes"])
    assert all((once[key] == again[key]).all() for key in once)
    assert all((once[key] != other[key]).any() for key in once)


def test_sgd_steps_with_momentum_and_weight_decay_along_a_half_cosine_to_zero():
    steps, rate, momentum, decay = 5, 0.1, 0.9, 0.05
    asked = Job(
        network="perceptron", settings={}, outputs={"y": "regression"}, steps=steps, batch=4,
        optimizer="sgd", learning_rate=rate, momentum=momentum, weight_decay=decay, seed=1,
    )  # fmt: skip
    rows = np.random.default_rng(0).normal(size=(12, 2)).astype(np.float32)
    part = Part(inputs={"x": rows}, targets={"y": rows[:, 0] * rows[:, 1]})
    torch.manual_seed(0)
    trained = Perceptron(torch.tanh, inputs=2, width=3, depth=1)
    by_hand = Perceptron(torch.tanh, inputs=2, width=3, depth=1)
    by_hand.load_state_dict(trained.state_dict())
    trainer = quiet_trainer()
    trainer.fit(Learner(trained, asked), Minibatches([part], trained, asked))

    speeds = [torch.zeros_like(one) for one in by_hand.parameters()]
    for step, (inputs, targets) in enumerate(Minibatches([part], by_hand, asked)):
        weights = list(by_hand.parameters())
        loss = F.mse_loss(by_hand(inputs)["y"], targets["y"])
        now = rate * (1 + math.cos(math.pi * step / steps)) / 2
        with torch.no_grad():
            for k, slope in enumerate(torch.autograd.grad(loss, weights)):
                speeds[k] = momentum * speeds[k] + slope + decay * weights[k]
                weights[k].sub_(now * speeds[k])
    for ours, theirs in zip(trained.parameters(), by_hand.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)
    assert trainer.optimizers[0].param_groups[0]["lr"] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", ["cifar10_resnet20", "cifar100_vgg16"])
def test_batch_norm_predicts_with_running_statistics_and_dropout_drops_nothing(name):
    data = few(name)
    asked = job(name, data)
    inside = fit.NETWORKS[asked.network](F.gelu, **asked.settings)
    learner, trainer = Learner(inside, asked), quiet_trainer()
    trainer.fit(learner, Minibatches(data.splits[TRAIN], inside, asked))

    def predicted(batch):
        chunks = Chunks(data.splits[ID_TEST][0], inside, batch=batch)
        answers: Any = trainer.predict(learner, dataloaders=chunks)
        return chunks.restored(answers)["y"]

    assert np.allclose(predicted(12), predicted(2), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_locked_child_trains_it(name, tmp_path):
    data = few(name)
    settings = TransferSettings(
        tier=Tier.SMOKE, benchmarks=(name,), seeds=1, first_seed=0, learning_rates=(1.0,),
        folders={}, device="cpu", memory_mb=2000, cpu_s=120.0, isolation="strict",
    )  # fmt: skip
    lab = TransferLab(
        registry.benchmark(name), data, data_hash=data_hash(data), settings=settings,
        kept=tmp_path,
    )  # fmt: skip
    with lab:
        one = lab.measure(by_name("gelu").source, seed=0)
    assert one.status is Status.SCORED and one.learning_rate == 0.1


def test_they_are_measured_by_name_alone():
    by_default = changed(load_settings(), transfer={"tier": "full"}).transfer
    assert not set(NAMES) & set(benchmark_names(by_default))
    chosen = {"tier": "full", "benchmarks": NAMES, "folders": {"cifar100": "mine"}}
    asked = changed(load_settings(), transfer=chosen)
    assert from_config(asked, tuple(benchmark_names(asked.transfer))).benchmarks == (*NAMES,)
    assert asked.transfer.folders["cifar100"].endswith("mine")


def full(**changed):
    given = {**SETTINGS, "tier": Tier.FULL, "benchmarks": ("cifar10", *NAMES), **changed}
    return TransferSettings(**given, learning_rates=(1.0,))


def test_published_figures_stand_below_the_test_set_of_the_full_tier_alone():
    figures = published_figures(full())
    assert set(figures) == {registry.benchmark(name).scores[ID_TEST] for name in NAMES}
    assert figures["cifar-100, VGG-16-BN"].figures["GELU"] == 0.7146
    assert published_figures(full(tier=Tier.OFFLINE)) == {}
    assert registry.benchmark("cifar10_resnet20").scores[OOD_TEST] not in figures


def test_the_page_has_published_figures_below_the_measured_ones_and_says_what_differs():
    frame = table({"a": [0.5, 0.6, 0.7], "b": [0.5, 0.6, 0.7]})
    ranked = overall(frame, {})
    others = {
        "images, shifted": Published(figures={"GELU": 0.93}, cite="Somewhere", differs="It is")
    }
    page = markdown(frame, ranked, correlation(ranked), full(), others)
    assert "|\n| *published: GELU* | 0.9300 | | | |\n\nSource: Somewhere. It is.\n" in page
    assert page.index("| f_b |") < page.index("*published") < page.index("## Over all")


@pytest.mark.soak
def test_epochs_on_the_real_images_of_fashion_mnist_teach_mobilenet():
    benchmark = registry.benchmark("fashion_mnist_mobilenet")
    data = benchmark.load(Tier.FULL, {})
    epoch = data.splits[TRAIN][0].rows // 128
    assert data.network == SHAPES["fashion_mnist_mobilenet"]
    assert benchmark.training[Tier.FULL].steps == 200 * epoch
    plain = fashion_mnist.load(Tier.FULL, {}).splits[ID_TEST][0].inputs["packed"]
    framed = data.splits[ID_TEST][0].inputs["packed"].view(np.uint8).reshape(-1, 32, 32)
    assert (framed[:, 2:-2, 2:-2] == plain.view(np.uint8).reshape(-1, 28, 28)).all()
    assert not framed[:, :2].any() and not framed[:, :, -2:].any()

    few_shifted = {**data.splits, OOD_TEST: data.splits[ID_TEST]}
    asked = job(
        benchmark.name, data, steps=EPOCHS * epoch, batch=128,
        settings={"augment": True, "width": 8, **data.network},
    )  # fmt: skip
    answers = fit.fit(F.gelu, asked, request_arrays(few_shifted))[1]["id_test|0|y"]
    right = answers.argmax(axis=1) == data.splits[ID_TEST][0].targets["y"]
    assert right.mean() > 0.7
