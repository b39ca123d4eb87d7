"""What pages, cards and prompts say of the settings comes from the settings."""

from collections.abc import Mapping
from typing import Any

import pytest

from actmine.settings.configuration import load
from configured import changed, fitness


@pytest.mark.parametrize(
    ("values", "meaning"),
    [
        ({}, "mean log ratio of ReLU's out-of-distribution loss to the function's"),
        (
            {"target": {"region": "id"}},
            "mean log ratio of ReLU's in-distribution loss to the function's",
        ),
        ({"aggregation": "mean_loss"}, "mean out-of-distribution loss, negated"),
        (
            {"aggregation": "mean_loss", "target": {"region": "id", "weights": {"feynman": 2}}},
            "weighted mean in-distribution loss, negated",
        ),
    ],
)
def test_the_fitness_is_told_by_its_rule(values: Mapping[str, Any], meaning):
    assert fitness(**values).meaning == meaning


def test_the_optimizer_is_told_by_its_name():
    assert load().lab.optimizer_name == "Adam"
    assert changed(load(), lab={"optimizer": "sgd"}).lab.optimizer_name == "momentum SGD"
