from typing import Any, cast

import numpy as np
import pytest

from actmine.functions.catalog import by_name
from actmine.lab import store
from actmine.lab.fitness import Losses
from actmine.lab.measure import Lab, fit_limits, lab_settings, measurement
from actmine.lab.scorer import Scorer
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Limits
from actmine.sandbox.reply import Reply
from actmine.settings.configuration import families_of
from actmine.settings.measurements import (
    HELD_OUT,
    REMEASURED,
    SEARCH,
    kind_of,
    replicates,
    search_draw,
    suite_name,
)
from actmine.tasks.suite import draw_suite
from configured import changed

GELU = by_name("gelu").source
SLOT = Slot(generation=1, island=0, index=2)


@pytest.fixture(scope="module")
def lab(smoke, smoke_suite, trainer, tmp_path_factory):
    kept = tmp_path_factory.mktemp("store")
    what, limits = measurement(SEARCH, smoke_suite, smoke), fit_limits(smoke.sandbox, [])
    return Lab(what, limits=limits, kept=kept, sandbox=trainer)


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


class Lying:
    """A sandbox whose children answer what they like."""

    def __init__(self, reply):
        self.reply, self.asked = reply, 0

    def run(self, header, arrays, *, limits, at_rung=None):
        self.asked += 1
        return self.reply


@pytest.mark.parametrize(
    ("times", "points", "more", "scored"),
    [
        (1, 12, (), True),
        (7, 12, (), False),
        (0, 12, (), False),
        (1, 0, (), False),
        (1, 64, (), False),
        (1, 12, ("another",), False),
    ],
)
def test_a_reply_of_other_arrays_than_were_asked_for_is_never_scored(
    smoke, smoke_suite, tmp_path, times, points, more, scored
):
    what = measurement(SEARCH, smoke_suite, smoke)
    task, members = smoke_suite.tasks[0], len(smoke_suite.tasks) * len(what.replicates) * times
    tests = len(task.x_id) + len(task.x_ood)
    sizes = {"train": len(task.x_train), "test": tests, "curve": points}
    sizes |= dict.fromkeys(more, 1)
    arrays = {name: np.zeros((members, size), np.float32) for name, size in sizes.items()}
    lying = cast(Sandbox, Lying(Reply(ok=True, cpu_capability="AVX2", arrays=arrays)))
    lab = Lab(what, limits=fit_limits(smoke.sandbox, []), kept=tmp_path, sandbox=lying)
    one = lab.measure(GELU)
    if scored:
        assert one.status is Status.SCORED and one.cpu_capability == "AVX2"
    else:
        assert one.status is Status.FAILED and one.reason.startswith("the arrays due are")


def test_nan_becomes_a_record(lab):
    one = lab.measure("def activation(x):\n    return 1e4 * x**5")
    assert one.status is Status.FAILED and "not finite" in one.reason


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("torch.log(x)", "at the lab's shape"),
        ("x - x.mean(0) if 1.1 < x.abs().max() < 2.3 else x", ", in layer "),
    ],
)
def test_what_the_gate_did_not_admit_is_rejected_whatever_its_loss(lab, expression, reason):
    one = lab.measure(f"def activation(x):\n    return {expression}")
    assert one.status is Status.REJECTED and not one.ood and not one.machine_dependent
    assert one.reason.startswith("inconsistent: ") and reason in one.reason


def test_an_exception_becomes_a_record(lab):
    one = lab.measure("def activation(x):\n    return x.reshape(7, 7, 7)")
    assert one.status is Status.FAILED and "RuntimeError" in one.reason


def test_a_hang_is_tried_twice_and_becomes_a_machine_dependent_record(
    smoke, smoke_suite, trainer, tmp_path
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
    one = Lab(what, limits=limits, kept=tmp_path, sandbox=trainer).measure(slow)
    assert one.status is Status.TIMEOUT and one.machine_dependent
    assert one.timings["cpu_s"] > 0.5  # the kernel counts in ticks


def test_a_memory_hog_becomes_a_record(smoke, smoke_suite, trainer, tmp_path):
    hog = (
        "def activation(x):\n"
        "    y = torch.cat([x, x, x, x], dim=1).reshape(-1)\n"
        "    return x + 0.0 * torch.outer(y, y).mean()"
    )
    what = measurement(SEARCH, smoke_suite, smoke)
    limits = Limits(memory_mb=300, cpu_s=60, wall_s=120)
    one = Lab(what, limits=limits, kept=tmp_path, sandbox=trainer).measure(hog)
    assert one.status is Status.FAILED and one.reason == "out of memory (limit 300 MB)"


def test_replicates_of_different_measurements_never_overlap(smoke, smoke_suite):
    sets = [
        set(measurement(n, smoke_suite, smoke).replicates)
        for n in (SEARCH, REMEASURED, HELD_OUT)
    ]
    assert not sets[0] & sets[1] and not sets[0] & sets[2] and not sets[1] & sets[2]


def test_every_repeated_measurement_has_networks_of_its_own_in_the_same_process(lab):
    again = lab.repeated(2)
    first, second = lab.measure(GELU), again.measure(GELU)
    assert lab.repeated(0) is lab
    assert (first.replicates, second.replicates) == ((0,), (2,))
    assert first.ood != second.ood and first.suite_hash == second.suite_hash
    assert again.measure(GELU).timings == second.timings  # kept like any other


def test_repeats_never_reach_the_replicates_that_test_the_winners():
    assert replicates(SEARCH, 5, repeat=19_999)[-1] == 99_999
    with pytest.raises(ValueError, match="reaches number 100001, which another measurement"):
        replicates(SEARCH, 3, repeat=33_333)


def test_the_search_tasks_change_after_so_many_generations_and_the_seeds_have_the_first():
    assert {search_draw(g, None) for g in range(9)} == {SEARCH}
    drawn = [search_draw(g, 2) for g in range(7)]
    assert drawn == [SEARCH, SEARCH, SEARCH, "search_1", "search_1", "search_2", "search_2"]
    assert [suite_name(one) for one in ("search_2", REMEASURED, HELD_OUT)] == [
        "search_2", REMEASURED, HELD_OUT,
    ]  # fmt: skip
    with pytest.raises(ValueError, match="'search_0' is no measurement"):
        kind_of("search_0")


def test_a_later_draw_has_other_tasks_of_the_same_families(smoke, smoke_suite):
    later = draw_suite(
        "search_1", families_of(smoke, "search_1"), samples=smoke.tasks.samples, seed=smoke.seed
    )
    assert [task.family for task in later.tasks] == [task.family for task in smoke_suite.tasks]
    assert not {task.digest() for task in later.tasks} & {
        task.digest() for task in smoke_suite.tasks
    }


def test_the_stores_address_depends_on_all_that_losses_depend_on(smoke):
    settings = lab_settings(smoke)
    base: dict[str, Any] = {"suite_hash": "a", "replicates": (0,), "settings": settings}
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
    scorer = Scorer(
        [relu, lab.measure(GELU)], families=["polynomial"] * len(relu.ood), rule=smoke.fitness
    )
    assert scorer.fitness(relu).value == 0
    assert scorer.fitness(lab.measure("def activation(x):\n    return torch.log(x)")) is None
    assert isinstance(scorer.gelu, Losses)


def test_a_missing_reference_is_named(lab, smoke):
    with pytest.raises(ValueError, match="the reference relu was not measured"):
        Scorer([lab.measure(GELU)], families=[], rule=smoke.fitness)


def test_a_measurement_that_the_reference_does_not_share_is_named_until_it_is_known(lab, smoke):
    reference = [lab.measure(by_name("relu").source), lab.measure(GELU)]
    scorer = Scorer(
        reference, families=["polynomial"] * len(reference[0].ood), rule=smoke.fitness
    )
    again = lab.repeated(1)
    with pytest.raises(ValueError, match=r"replicates \[1\], and relu was not"):
        scorer.fitness(again.measure(GELU))
    known = scorer.with_reference([again.measure(by_name("relu").source)])
    assert known.fitness(again.measure(GELU)).value != scorer.fitness(reference[1]).value
    assert known.fitness(reference[1]) == scorer.fitness(reference[1])


def test_family_weights_reach_the_fitness(lab, smoke, smoke_suite):
    families = [task.family for task in smoke_suite.tasks]
    evaluations = [lab.measure(by_name("relu").source), lab.measure(GELU)]
    plain = Scorer(evaluations, families=families, rule=smoke.fitness)
    weights = {"feynman": 0.0, "harmonic": 5.0}
    weighted = changed(smoke, fitness={"target": {"weights": weights}})
    other = Scorer(evaluations, families=families, rule=weighted.fitness)
    assert plain.fitness(evaluations[1]).value != other.fitness(evaluations[1]).value
