import pytest

from actmine.candidate import Slot, Status
from actmine.catalog import by_name
from actmine.fitness import Losses
from actmine.lab import store
from actmine.lab.judge import Judge
from actmine.lab.measure import Lab, fit_limits, lab_settings, measurement
from actmine.lab.measurements import HELD_OUT, REMEASURED, SEARCH
from actmine.sandbox.layers import Limits

GELU = by_name("gelu").source
SLOT = Slot(generation=1, island=0, index=2)


@pytest.fixture(scope="module")
def lab(smoke, smoke_suite, tmp_path_factory):
    kept = tmp_path_factory.mktemp("store")
    with Lab(
        measurement(SEARCH, smoke_suite, smoke), limits=fit_limits(smoke, []), kept=kept
    ) as opened:
        yield opened


def test_a_candidate_is_scored_by_task_and_replicate(lab, smoke_suite):
    one = lab.measure(GELU, slot=SLOT)
    assert one.status is Status.SCORED and one.slot == SLOT
    assert len(one.ood) == len(smoke_suite.tasks) and len(one.ood[0]) == 1
    assert min(min(row) for row in one.train) > 0 and one.timings["cpu_s"] > 0
    assert one.cpu_capability and one.layers["process"]
    assert len(one.curve[0]) == 12 and one.curve[0][-1] < one.curve[0][0]


def test_a_source_is_trained_once_and_kept_without_its_slot(lab):
    first = lab.measure(GELU, slot=SLOT)
    second = lab.measure(GELU)
    assert second.slot is None
    assert second.timings == first.timings and second.ood == first.ood


def test_what_the_static_gate_refuses_is_not_trained(lab):
    one = lab.measure("import os\ndef activation(x):\n    return x")
    assert one.status is Status.REJECTED and "line 1" in one.reason


def test_nan_becomes_a_record(lab):
    one = lab.measure("def activation(x):\n    return torch.log(x)")
    assert one.status is Status.FAILED and "not finite" in one.reason


def test_an_exception_becomes_a_record(lab):
    one = lab.measure("def activation(x):\n    return x.reshape(7, 7, 7)")
    assert one.status is Status.FAILED and "RuntimeError" in one.reason


def test_a_hang_is_tried_twice_and_becomes_a_machine_dependent_record(
    smoke, smoke_suite, tmp_path
):
    slow = (
        "def activation(x):\n"
        "    for i in range(16):\n"
        "        for j in range(64):\n"
        "            x = torch.sort(x, dim=1).values + 0.001 * torch.erfinv(torch.tanh(x))\n"
        "    return x"
    )
    what = measurement(SEARCH, smoke_suite, smoke)
    limits = Limits(memory_mb=1024, cpu_s=1, wall_s=30)
    with Lab(what, limits=limits, kept=tmp_path) as lab:
        one = lab.measure(slow)
    assert one.status is Status.TIMEOUT and one.machine_dependent
    assert one.timings["cpu_s"] >= 1


def test_a_memory_hog_becomes_a_record(smoke, smoke_suite, tmp_path):
    hog = (
        "def activation(x):\n"
        "    y = torch.cat([x, x, x, x], dim=1).reshape(-1)\n"
        "    return x + 0.0 * torch.outer(y, y).mean()"
    )
    what = measurement(SEARCH, smoke_suite, smoke)
    limits = Limits(memory_mb=300, cpu_s=60, wall_s=120)
    with Lab(what, limits=limits, kept=tmp_path) as lab:
        one = lab.measure(hog)
    assert one.status is Status.FAILED and one.reason == "out of memory (limit 300 MB)"


def test_replicates_of_different_measurements_never_overlap(smoke, smoke_suite):
    sets = [
        set(measurement(n, smoke_suite, smoke).replicates)
        for n in (SEARCH, REMEASURED, HELD_OUT)
    ]
    assert not sets[0] & sets[1] and not sets[0] & sets[2] and not sets[1] & sets[2]


def test_the_stores_address_depends_on_all_that_losses_depend_on(smoke):
    settings = lab_settings(smoke)
    base = {"suite_hash": "a", "replicates": (0,), "settings": settings}
    first = store.key(GELU, **base)
    assert store.key(GELU, **base) == first
    others = [
        store.key(f"{GELU} ", **base),
        store.key(GELU, **{**base, "suite_hash": "b"}),
        store.key(GELU, **{**base, "replicates": (1,)}),
        store.key(GELU, **base, rung="100"),
    ]
    assert len({first, *others}) == 5


def test_relu_scores_zero_against_itself_and_failures_have_no_fitness(lab, smoke):
    relu = lab.measure(by_name("relu").source)
    judge = Judge(
        [relu, lab.measure(GELU)], families=["polynomial"] * len(relu.ood), config=smoke
    )
    assert judge.fitness(relu).value == 0
    assert judge.fitness(lab.measure("def activation(x):\n    return torch.log(x)")) is None
    assert isinstance(judge.gelu, Losses)


def test_a_missing_reference_is_named(lab, smoke):
    with pytest.raises(ValueError, match="the reference relu was not measured"):
        Judge([lab.measure(GELU)], families=[], config=smoke)


def test_family_weights_reach_the_fitness(lab, smoke, smoke_suite):
    families = [task.family for task in smoke_suite.tasks]
    evaluations = [lab.measure(by_name("relu").source), lab.measure(GELU)]
    plain = Judge(evaluations, families=families, config=smoke)
    weighted = {
        **smoke,
        "fitness": {
            **smoke["fitness"],
            "target": {"region": "ood", "weights": {"feynman": 0.0, "harmonic": 5.0}},
        },
    }
    other = Judge(evaluations, families=families, config=weighted)
    assert plain.fitness(evaluations[1]).value != other.fitness(evaluations[1]).value
