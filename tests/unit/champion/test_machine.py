"""A function whose children are ended has the curve and the costs of any other."""

import signal

import numpy as np
import pytest

from actmine.champion import cost, handlers
from actmine.champion.curves import sample
from actmine.functions.catalog import by_name
from actmine.sandbox.host import Sandbox
from actmine.sandbox.warm_process import SandboxError
from victims import signalled

GELU = by_name("gelu").source
ENDS = [signal.SIGKILL, signal.SIGSEGV]
EARLY = (0.0, 0.002)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(handlers) as warm:
        warm.process.wait_until_ready()
        yield warm


def test_a_curve_is_sampled_again(sandbox):
    undisturbed = sample("GELU", GELU, sandbox=sandbox)
    with signalled(sandbox.process.pid, ENDS, after=EARLY) as hit:
        curve = sample("GELU", GELU, sandbox=sandbox)
    assert len(hit) == 2 and np.array_equal(curve.y, undisturbed.y)


def test_a_cost_is_measured_again(sandbox):
    with signalled(sandbox.process.pid, ENDS, after=EARLY) as hit:
        row = cost.measure({"GELU": GELU}, sandbox=sandbox)
    assert len(hit) == 2 and row["functions"][0]["forward"]["least"] > 0


def test_where_no_child_lives_the_figures_are_not_left_out(sandbox):
    with (
        signalled(sandbox.process.pid, [signal.SIGKILL] * 4, after=EARLY),
        pytest.raises(SandboxError, match="ends all children"),
    ):
        sample("GELU", GELU, sandbox=sandbox)
