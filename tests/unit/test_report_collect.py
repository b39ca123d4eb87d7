import numpy as np
import pytest

from actmine.candidate import Status
from actmine.catalog import by_name
from actmine.evolution.population import Population
from actmine.reading import Generation
from actmine.report.collect import refusals, status_counts
from actmine.report.curves import LIMIT, POINTS, sample
from actmine.sandbox.host import Sandbox
from evolution_records import elite, evaluation, proposal


@pytest.fixture(scope="module")
def gate():
    with Sandbox("gate") as sandbox:
        yield sandbox


def test_a_curve_is_the_function_and_its_derivative_over_the_grid(gate):
    curve = sample("Sine", by_name("sin").source, sandbox=gate)
    assert len(curve.grid) == POINTS and curve.grid[-1] == LIMIT
    np.testing.assert_allclose(curve.y, np.sin(curve.grid), atol=1e-5)
    np.testing.assert_allclose(curve.dy, np.cos(curve.grid), atol=1e-5)


def test_a_curve_of_a_coupled_function_varies_one_input_alone(gate):
    rolled = "def activation(x):\n    return x + torch.roll(x, 1, dims=-1)"
    curve = sample("rolled", rolled, sandbox=gate)
    np.testing.assert_allclose(curve.dy, 1.0)


def test_a_function_that_fails_has_no_curve(gate):
    assert sample("broken", "def activation(x):\n    return x / (1 / 0)", sandbox=gate) is None


@pytest.fixture
def history():
    proposals = (
        proposal(0),
        proposal(1),
        proposal(2, status=Status.REJECTED, reason="static: line 1: no import of os"),
        proposal(3, status=Status.REJECTED, reason="static: line 1: no import of sys"),
    )
    evaluations = (evaluation(proposals[0]), evaluation(proposals[1], status=Status.FAILED))
    population = Population(generation=1, island=0, elites=(elite("a", 0.1),), history=())
    return [
        Generation(
            arm="main", proposals=proposals, evaluations=evaluations, population=population
        )
    ]


def test_statuses_are_counted_after_training(history):
    counts = status_counts(history)[1]
    assert counts == {Status.SCORED: 1, Status.FAILED: 1, Status.REJECTED: 2}


def test_reasons_of_one_kind_are_told_once_with_an_example(history):
    told = refusals(history)
    assert [one.count for one in told] == [2, 1]
    assert told[0].reason.startswith("static: line 1")
