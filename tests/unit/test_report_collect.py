import numpy as np
import pytest

from actmine.candidate import Status
from actmine.catalog import by_name
from actmine.evolution.population import Population
from actmine.reading import Generation
from actmine.report.curves import LIMIT, POINTS, sample
from actmine.report.search_digest import POINTS as DRAWN
from actmine.report.search_digest import SearchDigest
from actmine.sandbox.host import Sandbox
from evolution_records import elite, evaluation, judge, proposal


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


def generation(number, island=0, best=0.1, scored=1):
    """A generation of which some candidates are scored, one failed and two were refused."""
    proposals = (
        *(proposal(index, generation=number) for index in range(scored + 1)),
        proposal(90, status=Status.REJECTED, reason="static: line 1: no import of os"),
        proposal(91, status=Status.REJECTED, reason="static: line 1: no import of sys"),
    )
    measured = [evaluation(one) for one in proposals[:scored]]
    failed = evaluation(proposals[scored], status=Status.FAILED)
    elites = (elite(f"{island}", best), elite("b", 0.0))
    return Generation(
        arm="main",
        proposals=proposals,
        evaluations=(*measured, failed),
        population=Population(generation=number, island=island, elites=elites, history=()),
    )


@pytest.fixture
def digest():
    made = SearchDigest(judge())
    for number in (0, 1):
        for island in (0, 1):
            made.add(generation(number, island, best=0.1 + number + island))
    return made


def test_statuses_are_counted_after_training(digest):
    expected = {Status.SCORED: 2, Status.FAILED: 2, Status.REJECTED: 4}
    assert digest.status_counts == {0: expected, 1: expected}
    assert digest.totals()[Status.REJECTED] == 8


def test_reasons_of_one_kind_are_told_once_with_an_example(digest):
    told = digest.refusals()
    assert [one.count for one in told] == [8, 4]
    assert told[0].reason == "static: line 1: no import of os"


def test_an_island_has_its_own_progress(digest):
    first, second = digest.islands()
    assert (first.label, second.label) == ("main, island 0", "main, island 1")
    np.testing.assert_allclose(second.best, [1.1, 2.1])
    np.testing.assert_array_equal(first.points, [[0, 0.0], [1, 0.0]])


def test_the_last_elites_of_all_islands_stand_once_and_best_first(digest):
    assert [one.candidate_id for one in digest.last_elites()] == ["1", "0", "b"]


def test_a_long_search_is_drawn_with_evenly_spaced_candidates():
    made = SearchDigest(judge())
    for number in range(3):
        made.add(generation(number, scored=DRAWN))
    (island,) = made.islands()
    assert len(island.points) == DRAWN
    assert np.bincount(island.points[:, 0].astype(int)) == pytest.approx([DRAWN / 3] * 3, abs=1)
