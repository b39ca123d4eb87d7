"""When two measurements of one function agree: bits with the same instructions, else little."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from actmine.audit.agreement import Fits, Outcome, contradict, distance, outcome
from actmine.audit.audited import Line
from actmine.records.evaluation import REGIONS, Evaluation, Rung, table
from actmine.records.rows import write_records
from actmine.records.status import Status

TASKS = 100
LOSSES = table(np.random.default_rng(0).uniform(0.1, 2.0, (TASKS, 2)))
RUNGS = (Rung(steps=10, id=LOSSES, ood=LOSSES), Rung(steps=30, id=LOSSES, ood=LOSSES))
SCORED = Evaluation(
    candidate_id="c0",
    status=Status.SCORED,
    cpu_capability="AVX512",
    suite="search",
    suite_hash="0",
    replicates=(0, 1),
    train=LOSSES,
    id=LOSSES,
    ood=LOSSES,
    curve=LOSSES,
    rungs=RUNGS,
)
NOTHING: dict[str, Any] = {"cpu_capability": "", "train": (), "id": (), "ood": (), "curve": ()}
PRUNED = replace(SCORED, status=Status.PRUNED, reason="stopped", **NOTHING)
FAILED = replace(SCORED, status=Status.FAILED, reason="not finite", rungs=(), **NOTHING)


def moved(share, factor):
    """Losses of which those of some tasks are larger."""
    losses = np.array(LOSSES)
    losses[: round(share * TASKS)] *= factor
    return table(losses)


def elsewhere(**changes):
    return replace(SCORED, cpu_capability="AVX2", **changes)


def test_equal_measurements_are_identical_whatever_time_they_took():
    again = elsewhere(timings={"cpu_s": 3.0}, layers={"landlock": "on"})
    assert outcome(SCORED, again) is Outcome.IDENTICAL and not contradict(SCORED, again)


@pytest.mark.parametrize("region", [*REGIONS, "curve"])
def test_with_the_same_instructions_the_last_bit_counts(region):
    nearly: dict[str, Any] = {region: moved(0.01, 1 + 1e-15)}
    assert outcome(SCORED, replace(SCORED, **nearly)) is Outcome.WITHIN
    assert contradict(SCORED, replace(SCORED, **nearly))
    assert not contradict(SCORED, elsewhere(**nearly))


@pytest.mark.parametrize(
    ("share", "factor"),
    [
        (0.49, 0.5),  # less than half of the tasks move no median
        (0.49, 1.05),
        (1.0, 0.975),  # all a little, and the fitness by as much
        (0.25, 1.06),  # many, but hardly the fitness
        (0.03, 0.1),  # three tasks, and the fitness
        (0.01, 100.0),  # one task, and the mean loss
    ],
)
def test_other_instructions_excuse_no_other_fitness_and_not_many_other_tasks(share, factor):
    other = elsewhere(ood=moved(share, factor))
    assert outcome(SCORED, other) is outcome(other, SCORED) is Outcome.DIFFERENT
    assert contradict(SCORED, other)


@pytest.mark.parametrize(("share", "factor"), [(1.0, 1 + 1e-6), (0.1, 1.08), (0.02, 0.5)])
def test_other_instructions_excuse_what_training_makes_of_rounding(share, factor):
    assert not contradict(SCORED, elsewhere(ood=moved(share, factor)))


def test_what_differs_is_told_in_all_that_counts():
    told = distance(SCORED, elsewhere(ood=moved(0.4, 0.5)))
    assert told == (
        "log ratio of losses -0.28 on average, 0 in the median, over 0.05 on 40% of tasks"
    )
    assert distance(SCORED, FAILED) == ""


def test_other_losses_on_the_way_are_no_rounding():
    rungs = (RUNGS[0], replace(RUNGS[1], ood=moved(0.49, 0.5)))
    assert contradict(SCORED, elsewhere(rungs=rungs))


@pytest.mark.parametrize(
    ("recorded", "again", "wrong"),
    [
        (FAILED, FAILED, False),
        (FAILED, SCORED, True),
        (SCORED, FAILED, True),
        (FAILED, replace(FAILED, reason="out of memory at byte 7"), False),
        (PRUNED, PRUNED, False),
        (PRUNED, SCORED, True),
        (SCORED, PRUNED, True),
        (FAILED, PRUNED, True),
        (PRUNED, replace(PRUNED, rungs=RUNGS[:1]), True),
        (PRUNED, replace(PRUNED, rungs=(replace(RUNGS[0], ood=moved(1.0, 1.1)),)), True),
        # Beside its threshold, where another machine rounds to the other side of it.
        (PRUNED, replace(SCORED, rungs=(replace(RUNGS[0], ood=moved(0.1, 1.001)),)), False),
    ],
)
def test_a_measurement_without_losses_must_end_as_it_did(recorded, again, wrong):
    assert contradict(recorded, again) is wrong


BROKEN_OFF = replace(FAILED, rungs=RUNGS[:1])  # at a rung, where a threshold was due


@pytest.mark.parametrize(
    ("first", "second", "wrong"),
    [
        (SCORED, SCORED, False),
        (SCORED, replace(SCORED, ood=moved(0.01, 1 + 1e-15)), True),
        (SCORED, elsewhere(ood=moved(0.01, 1 + 1e-15)), False),  # another node of a cluster
        (SCORED, elsewhere(ood=moved(0.49, 0.5)), True),
        (SCORED, FAILED, True),
        # What thresholds of one arm stopped, those of another may have let go on.
        (PRUNED, SCORED, False),
        (SCORED, replace(PRUNED, rungs=RUNGS[:1]), False),
        (FAILED, BROKEN_OFF, False),
        (SCORED, replace(PRUNED, rungs=(replace(RUNGS[0], ood=moved(0.5, 2.0)),)), True),
        (SCORED, replace(FAILED, status=Status.TIMEOUT, machine_dependent=True), False),
        # Other tasks, networks or labs are other fits.
        (SCORED, replace(SCORED, suite_hash="1", ood=moved(1.0, 2.0)), False),
        (SCORED, replace(SCORED, replicates=(2, 3), ood=moved(1.0, 2.0)), False),
    ],
)
def test_equal_fits_have_equal_losses_in_every_file(tmp_path, first, second, wrong):
    fits = Fits(tmp_path)
    for name, evaluation in (("a.jsonl", first), ("b.jsonl", second)):
        write_records(tmp_path / name, [evaluation])
    lines = [Line(file=name, number=0) for name in ("a.jsonl", "b.jsonl")]
    assert not list(fits.problems("search", first, line=lines[0]))
    found = list(fits.problems("search", second, line=lines[1]))
    assert [problem.file for problem in found] == ["b.jsonl"] * wrong
    assert not list(fits.problems("robust-wide", elsewhere(ood=moved(1.0, 3.0)), line=lines[0]))
