import signal
from typing import cast

import numpy as np
import pytest

from actmine.functions.catalog import by_name
from actmine.lab import handlers
from actmine.lab.measure import lab_settings
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Limits
from actmine.sandbox.reply import Reply
from actmine.validation.fits import POINTS, REPLICATES, Function, choose, fit_all
from configured import changed
from victims import signalled

FUNCTIONS = [
    Function(name=name, source=by_name(name).source, role="reference")
    for name in ("gelu", "relu")
]
LIMITS = Limits(memory_mb=1024, cpu_s=10, wall_s=30)


class Unlocked:
    """Answers a request with the lab's handler, in this process."""

    def __init__(self):
        self.headers = []

    def run(self, header, arrays, *, limits):
        self.headers.append(header)
        answer, results = handlers.train(header, arrays)
        return Reply(ok=True, header=answer, arrays=results)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_figures_networks_are_trained_as_the_labs_are(smoke, smoke_suite, optimizer):
    config = changed(smoke, lab={"optimizer": optimizer})
    sandbox = Unlocked()
    document = fit_all(
        FUNCTIONS, smoke_suite, config=config, sandbox=cast(Sandbox, sandbox), limits=LIMITS
    )
    asked = [handlers.fit_request(one.source, lab_settings(config)) for one in FUNCTIONS]
    assert sandbox.headers == asked and asked[0]["optimizer"] == optimizer
    tasks = [task.name for task in choose(smoke_suite)]
    assert tasks and [row["name"] for row in document["tasks"]] == tasks
    for row in document["tasks"]:
        shapes = {np.array(found).shape for found in row["predictions"].values()}
        assert shapes == {(REPLICATES, POINTS)} and len(row["predictions"]) == 2


def test_a_fit_whose_children_are_ended_is_drawn_as_any_other(smoke, smoke_suite, trainer):
    def fitted():
        return fit_all(FUNCTIONS, smoke_suite, config=smoke, sandbox=trainer, limits=LIMITS)

    undisturbed = fitted()
    ends = [signal.SIGKILL, signal.SIGTERM]
    with signalled(trainer.process.pid, ends, after=(0.01, 0.1)) as hit:
        assert fitted() == undisturbed
    assert len(hit) == 2
