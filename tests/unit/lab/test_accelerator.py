"""Training in the process that holds a card, where a processor stands in for the card.

All is real but the card: the processes, the lists of operations, the threads, the looks.
"""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
import torch

from actmine.functions.catalog import CATALOG, by_name
from actmine.gate.probes import probes_of
from actmine.lab import device_handlers, handlers, store
from actmine.lab.accelerator import STAND_IN, Accelerator, NoDeviceError
from actmine.lab.accelerator_process import _claimed
from actmine.lab.measure import Lab, fit_limits, lab_settings, measurement
from actmine.lab.scorer import MixedDevicesError, Scorer, require_one_device
from actmine.lab.shard import measure_shard
from actmine.lab.trial import INCONSISTENT, UNTRACEABLE
from actmine.records.status import Status
from actmine.records.threshold import Threshold
from actmine.records.training import CPU
from actmine.sandbox.layers import Limits
from actmine.sandbox.warm_process import SandboxError, WarmProcess
from actmine.settings.measurements import SEARCH
from configured import changed

NO_CARD = not torch.cuda.is_available()
skipped = pytest.mark.skipif(NO_CARD, reason="no NVIDIA card")
GELU = by_name("gelu").source
NEAR = 0.02  # rounding, amplified by 60 steps
BRANCHING = "def activation(x):\n    return x if x.sum() > 0 else F.relu(x)\n"


@pytest.fixture(scope="module")
def on_card(smoke):
    ladder = [{"steps": 30, "keep": 1, "margin": 0.5}]
    lab = {"device": "cuda", "side_by_side": 3}
    return changed(smoke, lab=lab, search={"ladder": ladder})


@pytest.fixture(
    scope="module",
    params=[
        "processor",
        pytest.param(
            "cuda",
            marks=[pytest.mark.cuda, pytest.mark.skipif(NO_CARD, reason="no NVIDIA card")],
        ),
    ],
)
def card(request):
    """The process with a card, or what stands in for it; labs share it, as they do children."""
    environ = {STAND_IN: "1"} if request.param == "processor" else {}
    with (
        patch.dict(os.environ, environ),
        Accelerator(device_handlers, side_by_side=3) as accelerator,
    ):
        yield accelerator


@pytest.fixture
def lab(on_card, smoke_suite, trainer, card, tmp_path):
    return a_lab(on_card, smoke_suite, trainer, card, tmp_path)


def a_lab(settings, suite, trainer, card, kept, **more):
    what = measurement(SEARCH, suite, settings)
    limits = fit_limits(settings.sandbox, [])
    return Lab(what, limits=limits, kept=kept, sandbox=trainer, accelerator=card, **more)


@pytest.fixture(scope="module")
def usual(on_card, smoke_suite, trainer, tmp_path_factory):
    """The same lab on processors."""
    settings = changed(on_card, lab={"device": CPU})
    what, limits = measurement(SEARCH, smoke_suite, settings), fit_limits(settings.sandbox, [])
    return Lab(what, limits=limits, kept=tmp_path_factory.mktemp("usual"), sandbox=trainer)


def test_a_fit_has_a_processors_losses_and_the_cards_name(lab, usual, card):
    there, here = lab.measure(GELU), usual.measure(GELU)
    assert there.status is Status.SCORED and (there.device, here.device) == (card.name, CPU)
    for name in ("train", "id", "ood", "curve"):
        np.testing.assert_allclose(getattr(there, name), getattr(here, name), rtol=NEAR)
    for ours, theirs in zip(there.rungs, here.rungs, strict=True):
        assert ours.steps == theirs.steps
        np.testing.assert_allclose(ours.ood, theirs.ood, rtol=NEAR)
    assert there.layers["seccomp"] and there.timings["cpu_s"] > 0


def test_functions_side_by_side_do_not_meet(lab, on_card, smoke_suite, trainer, card, tmp_path):
    sources = [known.source for known in CATALOG[:9]]
    with ThreadPoolExecutor(lab.at_a_time) as threads:
        together = list(threads.map(lab.measure, sources))
    alone = a_lab(on_card, smoke_suite, trainer, card, tmp_path / "alone")
    for source, seen in zip(sources, together, strict=True):
        again = alone.measure(source)
        assert replace(seen, timings={}) == replace(again, timings={})


def test_a_rung_ends_a_fit_there_too(lab, on_card, smoke_suite, trainer, card, tmp_path):
    reference = [lab.measure(by_name(name).source) for name in ("relu", "gelu")]
    (steps,) = lab.measurement.rungs
    rule = on_card.fitness
    scorer = Scorer(reference, families=smoke_suite.families, rule=rule)
    strict = a_lab(on_card, smoke_suite, trainer, card, tmp_path / "strict", scorer=scorer)
    one = strict.measure(
        by_name("silu").source, thresholds=[Threshold(steps=steps, fitness=50.0)]
    )
    assert one.status is Status.PRUNED and len(one.rungs) == 1
    assert one.device == card.name


def test_what_has_no_list_has_no_losses_unless_devices_may_be_mixed(
    lab, on_card, smoke_suite, trainer, card, tmp_path
):
    one = lab.measure(BRANCHING)
    assert one.status is Status.FAILED and one.machine_dependent
    assert "__bool__ reads values" in one.reason and "fitness.mixed_devices" in one.reason
    assert not lab.holds(BRANCHING)
    agreed = changed(on_card, fitness={"mixed_devices": True})
    mixed = a_lab(agreed, smoke_suite, trainer, card, tmp_path)
    two = mixed.measure(BRANCHING)
    assert two.status is Status.SCORED and two.device == CPU
    assert mixed.holds(BRANCHING) and not lab.holds(BRANCHING)
    assert mixed.measure(GELU).device == card.name


def test_what_one_device_measured_serves_no_other(lab, usual):
    lab.measure(GELU)
    on_processors = Lab(usual.measurement, limits=usual.limits, kept=lab.kept)
    assert lab.holds(GELU) and not on_processors.holds(GELU)
    asked = {"suite_hash": "a", "replicates": (0,), "settings": lab.measurement.settings}
    assert store.key(GELU, **asked) == store.key(GELU, device=CPU, **asked)
    assert store.key(GELU, **asked) != store.key(GELU, device="a card", **asked)


def test_losses_of_two_devices_are_compared_by_consent_alone(lab, usual, on_card, smoke_suite):
    reference = [usual.measure(by_name(name).source) for name in ("relu", "gelu")]
    there = lab.measure(by_name("silu").source)
    rule = on_card.fitness
    scorer = Scorer(reference, families=smoke_suite.families, rule=rule)
    with pytest.raises(MixedDevicesError, match=r"devices are to be compared: "):
        scorer.fitness(there)
    agreed = replace(rule, mixed_devices=True)
    assert Scorer(reference, families=smoke_suite.families, rule=agreed).fitness(there)
    require_one_device(["cpu", "cpu"], rule)


def test_a_lost_process_is_started_again_and_nothing_is_lost(lab, card):
    os.kill(card._held.process.pid, signal.SIGKILL)
    assert lab.measure(GELU).status is Status.SCORED
    assert lab.measure(by_name("silu").source).status is Status.SCORED


def test_what_ends_the_process_in_the_middle_is_asked_again(lab, card):
    """A card that fails takes with it all that is on it; each is then trained alone."""
    ended: list[object] = []
    asked = card._ask

    def ending(held, header, *rest):
        if header["kind"] == handlers.FIT and not ended:
            ended.append(header)
            os.kill(held.process.pid, signal.SIGKILL)
        return asked(held, header, *rest)

    with patch.object(card, "_ask", ending):
        assert lab.measure(by_name("silu").source).status is Status.SCORED
    assert ended


HOSTILE = {
    "a list of what is not offered": (
        {
            handlers.TRACES: [
                {"shape": [32, 16], "operations": [["torch.load", ["/x"], {}, 1]], "output": 1}
            ]
        },
        "'torch.load' is not offered",
    ),
    "lists for other shapes": (
        {handlers.TRACES: [{"shape": [1 << 20, 1 << 20], "operations": [], "output": 0}]},
        "other shapes than were asked for",
    ),
    "no lists": ({}, "it sent no lists of operations"),
    "something else": ({handlers.TRACES: "torch.sin"}, "it sent no lists of operations"),
    "numbers that are none": ({handlers.TRACES: [float("inf")]}, "it sent no lists"),
    "a list without end": ({handlers.TRACES: [[0] * (1 << 20)]}, "it sent no lists"),
    "losses of its own": ({"where": []}, "it sent no lists of operations"),
}


@pytest.mark.parametrize(("header", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_child_that_answers_what_it_likes_gets_no_further(lab, trainer, header, reason):
    """Past the gate and past `tracing`, and with predictions that nobody asked it for."""
    run = trainer.run
    usual = {
        name: np.zeros(shape, np.float32)
        for name, shape in handlers.answer_shapes(lab._work).items()
    }

    def lying(asked, arrays, **options):
        reply = run(asked, arrays, **options)
        if asked["kind"] == handlers.TRACE:
            return replace(reply, header=header, arrays=usual)
        return reply

    source = by_name("mish").source
    with patch.object(trainer, "run", lying):
        one = lab.measure(source)
    assert one.status is Status.FAILED and reason in one.reason
    assert lab.measure(by_name("silu").source).status is Status.SCORED


def test_a_process_in_which_no_step_could_be_captured_is_replaced_when_it_is_idle(lab, card):
    before = card._held
    before.worn = True
    assert lab.measure(by_name("silu").source).status is Status.SCORED
    assert card._held is not before and not card._held.worn


def test_a_card_that_is_gone_ends_the_job(lab, card):
    with patch.object(card, "name", "another card"), pytest.raises(SandboxError, match="gone"):
        lab.measure(by_name("silu").source)


def test_a_list_of_something_else_than_the_source_is_inconsistent(lab, trainer):
    run = trainer.run
    lists = []

    def other(header, arrays, **options):
        if header["kind"] == handlers.TRACE:
            header = {**header, "source": by_name("silu").source}
            lists.append(header)
        return run(header, arrays, **options)

    with patch.object(trainer, "run", other):
        one = lab.measure(by_name("tanh").source)
    assert lists and one.status is Status.REJECTED
    assert one.reason.startswith(f"{INCONSISTENT}: at step") and "another output" in one.reason


def test_the_process_is_given_no_source_and_no_targets(lab, card):
    seen = []
    asked = card._ask

    def watched(held, header, arrays, *rest):
        seen.append((header, arrays))
        return asked(held, header, arrays, *rest)

    source = by_name("softplus").source
    with patch.object(card, "_ask", watched):
        lab.measure(source)
    assert {header["kind"] for header, _ in seen} <= {"work", handlers.FIT}
    assert all(source not in str(header) for header, _ in seen)
    assert all("y_test" not in arrays for _, arrays in seen)


def test_a_child_says_why_there_is_no_list(trainer, smoke):
    settings = lab_settings(smoke)
    probes = probes_of(settings, seed=0, source=BRANCHING)
    request = handlers.trace_request(probes, [(8, settings.width)])
    limits = Limits(memory_mb=1000, cpu_s=30, wall_s=60)
    assert "reads values" in trainer.run(request, {}, limits=limits).header[UNTRACEABLE]


@pytest.mark.skipif(not NO_CARD, reason="there is a card")
def test_a_card_that_is_not_there_is_named(on_card, smoke_suite, tmp_path, trainer):
    what = measurement(SEARCH, smoke_suite, on_card)
    limits = fit_limits(on_card.sandbox, [])
    auto = measurement(SEARCH, smoke_suite, changed(on_card, lab={"device": "auto"}))
    with patch.dict(os.environ):
        os.environ.pop(STAND_IN, None)
        with pytest.raises(NoDeviceError, match=r"lab.device: is cuda, and PyTorch finds no"):
            Lab(what, limits=limits, kept=tmp_path, sandbox=trainer)
        assert Lab(auto, limits=limits, kept=tmp_path, sandbox=trainer).device == CPU


def test_auto_goes_on_where_a_run_began(smoke, smoke_suite, tmp_path, usual):
    reference = [usual.measure(by_name(name).source) for name in ("relu", "gelu")]
    listed = [by_name("relu").listed]
    asked = {
        "suite": smoke_suite, "name": SEARCH, "rule": smoke.fitness, "store": tmp_path,
        "reference": reference,
    }  # fmt: skip
    with patch.dict(os.environ, {STAND_IN: "1"}):
        auto = changed(smoke, lab={"device": "auto"})
        with WarmProcess(handlers) as process:
            (found,) = measure_shard(listed, settings=auto, process=process, **asked)
        assert found.device == CPU
        card = changed(smoke, lab={"device": "cuda"})
        with WarmProcess(handlers) as process, pytest.raises(MixedDevicesError):
            measure_shard(listed, settings=card, process=process, **asked)


def test_where_networks_are_trained_is_no_part_of_a_runs_identity(smoke):
    from actmine.settings.configuration import identity

    kept = identity(changed(smoke, lab={"device": "cuda", "side_by_side": 2}))
    assert kept == identity(smoke) and "device" not in kept["lab"]
    assert identity(changed(smoke, fitness={"mixed_devices": True})) != kept


def test_jobs_on_one_machine_take_different_cards(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert [_claimed(3) for _ in range(3)] == [0, 1, 2]
    assert 0 <= _claimed(3) < 3  # all are held: they share one
    (tmp_path / f"actmine-card-{os.getuid()}-0").unlink()
    (tmp_path / f"actmine-card-{os.getuid()}-0").mkdir()  # what cannot be locked is passed over
    (tmp_path / f"actmine-card-{os.getuid()}-1").unlink()
    assert _claimed(3) == 1
