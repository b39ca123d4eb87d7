"""What an activation sees in each network, and that all functions are trained alike."""

from typing import Any, cast

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from actmine.transfer.benchmark import Tier
from actmine.transfer.benchmarks import b3db
from actmine.transfer.job import Job
from actmine.transfer.learner import LOSSES, Chunks, Learner, Minibatches
from actmine.transfer.networks.algorithms import MessagePassing
from actmine.transfer.networks.graphs import GraphIsomorphism
from actmine.transfer.networks.images import ConvNet, ResNet
from actmine.transfer.networks.network import Network, PerFeatureVector, PerSample
from actmine.transfer.networks.perceptron import Perceptron
from actmine.transfer.parts import Part


class Watcher:
    """An activation that notes the shapes it is given."""

    def __init__(self):
        self.shapes = []

    def __call__(self, x):
        self.shapes.append(tuple(x.shape))
        return F.gelu(x)


def job(**changed):
    settings = {
        "network": "perceptron",
        "settings": {},
        "outputs": {"y": "regression"},
        "steps": 3,
        "batch": 4,
        "learning_rate": 0.01,
        "weight_decay": 0.0,
        "seed": 1,
    }
    return Job(**{**settings, **changed})


def table(rows):
    x = np.arange(2 * rows, dtype=np.float32).reshape(rows, 2)
    return Part(inputs={"x": x}, targets={"y": x[:, 0]})


@pytest.mark.parametrize("kind", ["convnet", "resnet"])
def test_images_reach_an_activation_as_one_row_a_sample(kind):
    watch = Watcher()
    shape: dict[str, Any] = {"shape": (1, 8, 8), "classes": 3}
    network = (
        ConvNet(watch, **shape, channels=(2, 4), width=5)
        if kind == "convnet"
        else ResNet(watch, **shape, blocks=(1, 1), bottleneck=True, width=2)
    )
    packed = np.zeros((6, 16), np.int32)
    answers = network(network.collate({"packed": packed}, np.arange(6)))
    assert answers["y"].shape == (6, 3)
    assert all(len(seen) == 2 and seen[0] == 6 for seen in watch.shapes)


def test_pairs_and_nodes_reach_an_activation_as_rows_without_padding():
    watch = Watcher()
    outputs = {"pi": ("node", "pointer", 1)}
    network = MessagePassing(watch, node=2, edge=1, outputs=outputs, width=8, rounds=1)
    answers = network({"node": torch.zeros(3, 5, 2), "edge": torch.ones(3, 5, 5, 1)})
    assert answers["pi"].shape == (3, 5, 5)
    assert watch.shapes == [(75, 8), (15, 8), (75, 8)]


def test_atoms_and_bonds_reach_an_activation_as_rows_without_padding():
    watch = Watcher()
    part = b3db.load(Tier.SMOKE, {}).splits["val"][0]
    network = GraphIsomorphism(watch, atoms=[61] * 7, bonds=[4] * 3, width=8, depth=1)
    network(network.collate(part.inputs, np.array([0, 5])))
    bonds = int(np.diff(part.inputs["bond_offsets"])[[0, 5]].sum())
    atoms = int(np.diff(part.inputs["atom_offsets"])[[0, 5]].sum())
    assert watch.shapes == [(bonds, 8), (atoms, 16), (atoms, 8)]


def test_a_molecule_is_answered_alike_alone_and_in_a_batch():
    part = b3db.load(Tier.SMOKE, {}).splits["val"][0]
    network = GraphIsomorphism(F.gelu, atoms=[61] * 7, bonds=[8] * 3, width=8, depth=2).eval()
    together = network(network.collate(part.inputs, np.array([3, 8, 1])))["y"]
    alone = [network(network.collate(part.inputs, np.array([row])))["y"] for row in (3, 8, 1)]
    assert torch.allclose(together, torch.cat(alone), atol=1e-5)


def test_a_message_is_received_along_links_only():
    torch.manual_seed(0)
    outputs = {"m": ("node", "mask", 1)}
    network = MessagePassing(F.gelu, node=1, edge=1, outputs=outputs, width=8, rounds=3)
    links = torch.eye(3)[None, :, :, None].clone()
    links[0, 0, 1] = 1  # the first node hears the second, nobody hears the third
    nodes = torch.zeros(1, 3, 1)
    before = network({"node": nodes, "edge": links})["m"]
    nodes[0, 2] = 5.0
    after = network({"node": nodes, "edge": links})["m"]
    assert torch.equal(before[0, :2], after[0, :2]) and not torch.equal(before, after)


def test_a_function_of_the_batch_sees_every_sample_of_an_image_batch():
    seen = []

    def watched(x):
        seen.append(x.mean())
        return x

    layer = PerSample(watched)
    layer(torch.arange(16.0).reshape(2, 2, 2, 2))
    assert seen[0] == 7.5
    assert PerFeatureVector(lambda x: x - x.mean(0))(torch.ones(2, 3, 4)).sum() == 0


def test_minibatches_and_initial_weights_do_not_depend_on_the_function():
    def start(activation):
        torch.manual_seed(1)
        network = Perceptron(activation, inputs=2, width=3, depth=2)
        rows = [x["x"] for x, _ in Minibatches([table(10)], network, job())]
        return [*network.parameters(), *rows]

    pairs = list(zip(start(F.relu), start(torch.sin), strict=True))
    assert len(pairs) == 6 + 3 and all(torch.equal(a, b) for a, b in pairs)


def test_parts_of_different_sizes_take_turns_and_an_epoch_repeats_no_row():
    network = Perceptron(F.relu, inputs=2, width=3, depth=1)
    stream = Minibatches([table(8), table(3)], network, job(steps=4))
    sizes, rows = zip(*[(len(y["y"]), y["y"].tolist()) for _, y in stream], strict=True)
    assert sizes == (4, 3, 4, 3)
    assert len({*rows[0], *rows[2]}) == 8


def test_chunks_are_of_nearly_one_size_and_come_back_in_order():
    part = table(9)
    chunks = Chunks(part, Perceptron(F.relu, inputs=2, width=3, depth=1), batch=4)
    given = list(chunks)
    assert [len(one["x"]) for one in given] == [3, 3, 3]
    restored = chunks.restored([{"y": one["x"][:, 0]} for one in given])
    assert (restored["y"] == part.inputs["x"][:, 0]).all()


def test_augmented_images_differ_and_test_images_do_not():
    network = ConvNet(
        F.relu, shape=(1, 8, 8), classes=2, channels=(1, 1), width=2, augment=True
    )
    packed = np.random.default_rng(0).integers(0, 1 << 30, (5, 16)).astype(np.int32)
    plain = network.collate({"packed": packed}, np.arange(5))["pixels"]
    moved = network.collate({"packed": packed}, np.arange(5), rng=np.random.default_rng(1))[
        "pixels"
    ]
    again = network.collate({"packed": packed}, np.arange(5))["pixels"]
    assert torch.equal(plain, again) and not torch.equal(plain, moved)
    assert plain.min() >= -0.5 and plain.max() <= 0.5


def test_entries_marked_minus_one_have_no_gradient():
    logits = torch.zeros(3, 2, requires_grad=True)
    LOSSES["classes"](logits, torch.tensor([0, -1, 1])).backward()
    assert logits.grad[1].abs().sum() == 0 and logits.grad[0].abs().sum() > 0
    flags = torch.zeros(3, requires_grad=True)
    LOSSES["binary"](flags, torch.tensor([1, -1, 0])).backward()
    assert flags.grad[1] == 0 and flags.grad[0] < 0 < flags.grad[2]


def test_the_losses_of_all_outputs_are_added():
    network = cast(Network, torch.nn.Identity())
    learner = Learner(network, job(outputs={"a": "regression", "b": "regression"}))
    predicted = {"a": torch.ones(2), "b": torch.zeros(2)}
    targets = {"a": torch.zeros(2), "b": torch.full((2,), 2.0)}
    assert learner.training_step((predicted, targets), 0) == 1 + 4
