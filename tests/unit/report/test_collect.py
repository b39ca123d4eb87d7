import numpy as np
import pandas as pd
import pytest

from actmine.champion.curves import LIMIT, POINTS, sample
from actmine.functions.catalog import by_name
from actmine.report.slots import Slots, refusals, status_counts
from report_slots import row


def test_a_curve_is_the_function_and_its_derivative_over_the_grid(gate):
    curve = sample("Sine", by_name("sin").source, sandbox=gate)
    assert len(curve.grid) == POINTS and curve.grid[-1] == LIMIT
    np.testing.assert_allclose(curve.y, np.sin(curve.grid), atol=1e-5)
    np.testing.assert_allclose(curve.dy, np.cos(curve.grid), atol=1e-5)


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        ("F.relu6(x)", 8.0),  # its last kink is at 6
        ("torch.clamp(x, -8.5, 3.0)", 11.0),
        ("F.hardtanh(x)", LIMIT),
        ("F.softplus(x) + torch.sin(9 * x)", LIMIT),  # bends, however fast, are no kinks
        ("torch.abs(torch.remainder(x, 2.0) - 1.0)", LIMIT),  # kinks without an end
    ],
)
def test_a_curve_reaches_past_the_last_kink(gate, source, limit):
    curve = sample("f", f"def activation(x):\n    return {source}\n", sandbox=gate)
    assert curve.limit == limit and len(curve.grid) == POINTS


def test_a_curve_of_a_coupled_function_varies_one_input_alone(gate):
    rolled = "def activation(x):\n    return x + torch.roll(x, 1, dims=-1)"
    curve = sample("rolled", rolled, sandbox=gate)
    np.testing.assert_allclose(curve.dy, 1.0)


def test_a_function_that_fails_has_no_curve(gate):
    assert sample("broken", "def activation(x):\n    return x / (1 / 0)", sandbox=gate) is None


@pytest.fixture
def searched():
    reasons = ("static: line 1: no import of os", "static: line 1: no import of sys")
    refused = [row(n, status="rejected", reason=r) for n, r in enumerate(reasons, start=20)]
    rows = [row(10), row(11, status="failed", reason="out of memory"), *refused]
    return Slots(
        table=pd.DataFrame([made for made, _ in rows]),
        sources={made["candidate_id"]: source for made, source in rows},
        prints={},
    )


def test_statuses_are_counted_after_training(searched):
    counts = status_counts(searched.table)
    assert counts.loc[1].to_dict() == {"scored": 1, "failed": 1, "rejected": 0}
    assert counts.loc[2].to_dict() == {"scored": 0, "failed": 0, "rejected": 2}


def test_seeds_and_elites_measured_again_are_not_counted_by_status(searched):
    others = [row(0)[0], row(12, kind="remeasure")[0]]
    more = pd.concat([searched.table, pd.DataFrame(others)])
    assert status_counts(more).equals(status_counts(searched.table))


def test_reasons_of_one_kind_are_told_once_with_an_example(searched):
    told = refusals(searched)
    assert [refused["count"] for refused in told] == [2, 1]
    assert told[0]["reason"].startswith("static: line 1")
    assert "activation" in told[0]["source"]
