"""A child cannot learn the targets, and its word about its own score counts for nothing."""

from pathlib import Path
from typing import cast

import numpy as np
import pytest

import actmine
from actmine.lab import handlers
from actmine.lab.measure import Lab, fit_limits, measurement
from actmine.lab.scoring import losses
from actmine.lab.work import prepare
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Limits
from actmine.settings.measurements import SEARCH
from actmine.tasks.suite import save_suite
from attacks import LIMITS, PRELUDE
from checkouts import ROOT
from ungated import Ungated

PATIENT = Limits(memory_mb=1024, cpu_s=60, wall_s=120)
# Reads all memory of the process itself and counts how often each pattern is there.
SCAN = """
found = [0] * len(header["patterns"])
for line in list(open("/proc/self/maps")):
    words = line.split()
    if not words[1].startswith("rw"):
        continue
    low, high = (int(end, 16) for end in words[0].split("-"))
    memory = (ctypes.c_char * (high - low)).from_address(low)
    for shift in range(4):  # a message's arrays are not aligned
        view = np.frombuffer(memory, np.uint32, offset=shift, count=(high - low) // 4 - 1)
        for index, (head, *tail) in enumerate(header["patterns"]):
            for at in np.flatnonzero(view == head):
                found[index] += view[at + 1 : at + 1 + len(tail)].tolist() == tail
answer = {"found": found, "modules": [n for n in sys.modules if n.startswith("actmine")]}
"""
READABLE = """
answer = {"read": [path for path in header["paths"] if attempt(
    lambda: open(path, "rb").read(1)).startswith("done") or attempt(
    lambda: os.listdir(path)).startswith("done")]}
"""


@pytest.fixture(scope="module")
def what(smoke, smoke_suite):
    return measurement(SEARCH, smoke_suite, smoke)


@pytest.fixture(scope="module")
def work(what):
    return prepare(what.suite, replicates=what.replicates, settings=what.settings)


def patterns(array):
    """Four numbers from the middle, as 32-bit words, as each float type would store them.

    A list of Python's integers, so that the search does not find what it looks for.
    """
    flat = np.asarray(array, dtype=np.float64).reshape(-1)
    some = flat[flat.size // 2 : flat.size // 2 + 4]
    single, double = some.astype(np.float32), some.astype(np.float64)
    # The first word of a double may be zero, which is everywhere.
    return [single.view(np.uint32).tolist(), double.view(np.uint32).tolist()[1:]]


def test_no_target_is_in_the_childs_memory(what, work):
    requested, _ = work
    known = patterns(requested.x_test)[:1] + patterns(requested.y_train)[:1]
    secret = [
        pattern
        for task in what.suite.tasks[:3]
        for targets in (task.y_ood, task.y_id)
        for pattern in patterns(targets)
    ]
    request = {"kind": "attack", "source": PRELUDE + SCAN, "patterns": known + secret}
    with Ungated(handlers, isolation="gate-only") as sandbox:  # it may read its own maps
        reply = sandbox.run(request, handlers.request_arrays(requested), limits=PATIENT)
    assert reply.ok, reply.reason
    found = reply.header["found"]
    assert min(found[:2]) > 0, "the search finds what is there"
    assert not any(found[2:])
    formulas = (
        "actmine.tasks",
        "actmine.functions.catalog",
        "actmine.settings.configuration",
        "actmine.records.evaluation",
    )
    assert not [name for name in reply.header["modules"] if name.startswith(formulas)]


def test_no_file_of_the_project_can_be_read(attack, tmp_path, what):
    save_suite(what.suite, tmp_path / "suite.npz", tmp_path / "suite.json")
    package = Path(actmine.__file__).parent
    project = [path for path in package.rglob("*") if "__pycache__" not in path.parts]
    kept = [ROOT, ROOT / "config", *(ROOT / "config").rglob("*"), *tmp_path.iterdir()]
    kept += [ROOT / "Snakefile", ROOT / "results", *(ROOT / "results").glob("*/*")]
    paths = [str(path) for path in (package, *project, *kept)]
    assert any(path.endswith("feynman.csv") for path in paths)
    assert any(path.endswith("catalog.yaml") for path in paths)
    reply = attack(READABLE, paths=paths)
    assert reply.ok and reply.header["read"] == []


def test_a_source_sees_nothing_of_other_requests(attack):
    attack("kept = np.full(1 << 16, 7.25, dtype=np.float32)")
    reply = attack(
        "answer = {'found': sum(1 for one in gc.get_objects() "
        "if isinstance(one, np.ndarray) and one.size == 1 << 16)}"
    )
    assert reply.ok and reply.header["found"] == 0


class Answering:
    """A sandbox whose child has answered already."""

    def __init__(self, reply):
        self.reply = reply

    def run(self, header, arrays, *, limits, at_rung):
        return self.reply


def recorded(what, smoke, kept, reply):
    """What the lab records of a child's answer."""
    sandbox = cast(Sandbox, Answering(reply))
    lab = Lab(what, limits=fit_limits(smoke.sandbox, []), kept=kept, sandbox=sandbox)
    return lab.measure("def activation(x):\n    return x")


def test_a_lie_about_status_and_losses_scores_what_its_predictions_are_worth(
    what, work, smoke, tmp_path, ungated
):
    requested, targets = work
    members, rows = len(requested.weights[0]), requested.x_test.shape[1]
    lie = f"""
answer = {{"status": "scored", "fitness": 99.0, "ood": [[0.0]], "train": [[0.0]],
          "timings": {{"cpu_s": 0}}, "candidate_id": "another", "cpu_capability": "X" * 40}}
results = {{"train": np.zeros(({members}, {requested.x_train.shape[1]}), dtype=np.float32),
           "test": np.zeros(({members}, {rows}), dtype=np.float32),
           "curve": np.zeros(({members}, 12), dtype=np.float32)}}
"""
    reply = ungated.run({"kind": "attack", "source": lie}, {}, limits=LIMITS)
    one = recorded(what, smoke, tmp_path, reply)
    worth = losses(reply.arrays["train"], reply.arrays["test"], targets=targets)
    assert one.status is Status.SCORED and one.ood == worth["ood"]
    assert min(min(row) for row in one.ood) > 0.01
    assert one.candidate_id != "another" and one.timings["cpu_s"] > 0


@pytest.mark.parametrize(
    "results",
    [
        "{}",
        "{'train': np.zeros((1, 1), dtype=np.float32)}",
        "{n: np.full((3, 7), 1e30, dtype=np.float32) for n in ('train', 'test', 'curve')}",
        "{n: np.full((3, 7), 5, dtype=np.int32) for n in ('train', 'test', 'curve')}",
    ],
)
def test_predictions_of_another_kind_fail(what, smoke, tmp_path, ungated, results):
    source = f"answer, results = {{'status': 'scored'}}, {results}"
    reply = ungated.run({"kind": "attack", "source": source}, {}, limits=LIMITS)
    one = recorded(what, smoke, tmp_path, reply)
    assert reply.ok and one.status is Status.FAILED and one.reason
