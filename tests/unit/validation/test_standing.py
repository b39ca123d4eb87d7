"""What a function of a user's is worth on a suite as small as a suite can be."""

import pytest

from actmine.records.status import Status
from actmine.settings.configuration import load
from actmine.validation.standing import Standing, measure
from configured import changed

pytestmark = pytest.mark.slow


def test_one_task_gives_a_fitness_and_a_rank_and_no_interval(tmp_path):
    alone = {"polynomial": {"count": 1}, "harmonic": None, "spherical": None, "feynman": None}
    settings = changed(
        load("smoke"),
        results=str(tmp_path),
        tasks={"search": alone},
        validation={"catalog": ["gelu"], "fresh": 2},
    )
    source = "def activation(x):\n    return torch.tanh(x)\n"
    judged = Standing(source=source, accepted=True, status=Status.ACCEPTED)
    (found,) = measure([judged], settings, tell=print)
    assert found.status is Status.SCORED and found.fitness and found.among
    assert (found.low, found.high, found.fitness_se) == (None, None, 0)
