"""Samples equal those of a complete install of dm-clrs, and suit the network, for all thirty.

The digests were taken where dm-clrs imports its true JAX, Haiku, Chex and TensorFlow:
`clrs._src.samplers.build_sampler(name, 3, seed=1, length=16)[0].next()`.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from actmine.transfer.benchmark import Kind, MissingDataError, Tier
from actmine.transfer.benchmarks import clrs
from actmine.transfer.learner import LOSSES
from actmine.transfer.networks.algorithms import MessagePassing
from actmine.transfer.parts import ID_TEST, OOD_TEST
from actmine.transfer.plan import ALGORITHMS

GOLDEN = json.loads(Path(__file__).with_name("clrs_samples.json").read_text())
SAMPLES = GOLDEN["samples"]


def digest(samples):
    found = hashlib.sha256()
    for key, array in samples.items():
        values = array.astype(np.float64)
        found.update(f"{'|'.join(key)} {values.shape}\n".encode())
        found.update(np.round(values, 9).tobytes())
    return found.hexdigest()[:16]


@pytest.fixture(scope="module")
def drawn():
    arguments = (SAMPLES["count"], SAMPLES["length"], SAMPLES["seed"])
    return {name: clrs.draw(name, *arguments) for name in ALGORITHMS}


@pytest.mark.slow
def test_samples_equal_those_of_a_complete_install(drawn):
    assert {name: digest(samples) for name, samples in drawn.items()} == GOLDEN["digests"]


@pytest.mark.slow
def test_the_stand_ins_stay_out_of_this_process(drawn):
    assert not {"jax", "chex", "tensorflow", "clrs"} & set(sys.modules)


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_network_answers_every_algorithm_in_the_shape_of_its_targets(drawn, algorithm):
    part = clrs.as_part(drawn[algorithm])
    outputs, decoders = clrs.outputs_of(drawn[algorithm])
    network = MessagePassing(
        torch.nn.functional.gelu,
        node=part.inputs["node"].shape[-1],
        edge=part.inputs["edge"].shape[-1],
        outputs=decoders,
        width=8,
        rounds=2,
    )
    answers = network({name: torch.from_numpy(a) for name, a in part.inputs.items()})
    for name, output in outputs.items():
        target = torch.from_numpy(part.targets[name])
        classes = output.kind is Kind.CLASSES
        assert answers[name].shape[: target.ndim] == target.shape
        assert answers[name].ndim == target.ndim + classes
        loss = LOSSES[output.kind](answers[name], target)
        loss.backward(retain_graph=True)
        assert torch.isfinite(loss)


def test_networks_train_on_small_inputs_and_are_tested_on_large_ones():
    data = clrs.benchmark("bellman_ford").load(Tier.SMOKE, {})
    sizes = [part.inputs["node"].shape[1] for part in data.splits["train"]]
    assert sizes == [4, 7, 11, 13, 16]
    assert data.splits[ID_TEST][0].inputs["node"].shape[1] == 16
    assert data.splits[OOD_TEST][0].inputs["node"].shape[1] == 64


@pytest.mark.slow
def test_every_node_is_linked_to_itself_and_along_edges_only(drawn):
    samples = drawn["bellman_ford"]
    linked = clrs.as_part(samples).inputs["edge"][..., 0]
    graph = samples["input", "adj", "edge", "mask"] > 0
    assert (linked == (graph | np.eye(16, dtype=bool))).all()
    assert (clrs.as_part(drawn["quicksort"]).inputs["edge"] == 1).all()


def test_an_absent_package_is_named_with_its_command(monkeypatch):
    monkeypatch.setattr(clrs, "find_spec", lambda name: None)
    with pytest.raises(MissingDataError, match="package clrs is not there; pip install"):
        clrs.draw("bfs", 1, 4, 1)
