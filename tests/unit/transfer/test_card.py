"""Benchmarks in the process that holds a card, where a processor stands in for the card."""

import os
from unittest.mock import patch

import pytest

from actmine.functions.catalog import by_name
from actmine.lab.accelerator import STAND_IN
from actmine.records.status import Status
from actmine.records.training import CPU
from actmine.transfer.benchmark import MissingDataError, Tier
from actmine.transfer.benchmarks import registry
from actmine.transfer.data import data_hash
from actmine.transfer.measure import TransferLab
from actmine.transfer.settings import TransferSettings

GELU = by_name("gelu").source
BRANCHING = "def activation(x):\n    return x if x.sum() > 0 else F.relu(x)\n"


def a_lab(name, device, kept):
    task = registry.benchmark(name)
    try:
        data = task.load(Tier.SMOKE, {})
    except MissingDataError as error:
        pytest.skip(str(error))
    settings = TransferSettings(
        tier=Tier.SMOKE, benchmarks=(name,), seeds=1, first_seed=0, learning_rates=(1.0,),
        folders={}, device=device, memory_mb=4000, cpu_s=60.0, isolation="strict",
    )  # fmt: skip
    return TransferLab(task, data, data_hash=data_hash(data), settings=settings, kept=kept)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["co2", "fashion_mnist", "clrs_bellman_ford"])
def test_a_benchmark_on_a_card_has_a_processors_scores(name, tmp_path):
    """Perceptron, convolutions, messages: with the same initial weights and minibatches."""
    with patch.dict(os.environ, {STAND_IN: "1"}), a_lab(name, "cuda", tmp_path) as there:
        one, none = there.measure(GELU, seed=3), there.measure(BRANCHING, seed=3)
    with a_lab(name, "cpu", tmp_path) as here:
        usual = here.measure(GELU, seed=3)
    assert (one.status, one.device) == (Status.SCORED, "processor")
    assert one.scores == pytest.approx(usual.scores, rel=0.02) and usual.device == CPU
    assert one.layers["isolation"] == "strict"
    assert none.status is Status.FAILED and none.machine_dependent
    assert "reads values" in none.reason and "transfer.device: cpu" in none.reason


def test_networks_whose_shapes_change_are_trained_on_processors(tmp_path):
    with patch.dict(os.environ, {STAND_IN: "1"}), a_lab("b3db", "cuda", tmp_path) as lab:
        assert lab.device == CPU
