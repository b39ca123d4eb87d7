"""The time that is left is that of the whole run, validation and report among it."""

import os

import pytest

from actmine import layout
from actmine.commands.watch import lines
from actmine.files import write_atomically, write_jsonl
from actmine.records.rows import write_record
from actmine.settings import frozen, run_plan
from actmine.settings.measurements import CONTROL, HELD_OUT, REMEASURED, SEARCH
from actmine.tables.progress import Watcher
from actmine.tables.time_left import groups, search_left, time_left
from configured import changed

STARTED, PACE_S = 1000.0, 60.0
TRAINING_S, START_S = {SEARCH: 1.0, REMEASURED: 2.0, HELD_OUT: 4.0}, 5.0


@pytest.fixture
def config(smoke):
    """10 known functions, 4 finalists and 2 for contrast, in jobs of 5."""
    names = [
        *("relu", "gelu", "silu", "elu", "selu", "tanh", "sigmoid", "softplus", "mish"),
        "softsign",
    ]
    return changed(
        smoke,
        candidates_per_job=5,
        search={"generations": 9},
        validation={"catalog": names, "finalists": 4, "contrast": 2},
    )


@pytest.fixture
def folder(tmp_path, config):
    """A run whose references are measured; nothing else."""
    frozen.write(tmp_path / "run.yaml", frozen.description(config))
    for name, seconds in TRAINING_S.items():
        rows = [{"timings": {"wall_s": seconds}}] * 2
        write_jsonl(layout.reference(tmp_path, name), rows)
        used = f"s\tcpu_time\n{2 * seconds + START_S}\t1\n"
        write_atomically(tmp_path / f"benchmarks/measure_reference_{name}.tsv", used.encode())
    return tmp_path


def search(folder, generations):
    for number in range(generations + 1):
        path = layout.island(folder, "main", number, 0) / "population.json"
        write_atomically(path, b'{"elites": []}')
        os.utime(path, (0, STARTED + PACE_S * (number + 1)))


def plan(config, jobs):
    return run_plan.Plan(generations=9, started=STARTED, jobs=jobs)


def validate(folder, *places):
    for place in places:
        write_jsonl(place / "evaluations.jsonl", [])


def test_the_search_goes_by_the_pace_of_this_invocation():
    assert search_left([1.0, 100.0, 110.0, 120.0], of=6, started=50.0) == 20.0
    assert search_left([1.0, 100.0], of=6, started=50.0) is None
    assert search_left([1.0, 2.0], of=2, started=50.0) == 0.0


def test_validation_is_part_of_what_is_left(folder, config):
    search(folder, 9)
    left = time_left(folder, config, plan(config, 1))
    assert left.search_s == 0
    jobs = 2 + 2 + 1 + 2 + 1  # known functions twice, finalists twice, the control
    training = 1.6 * (10 * 1.0 + 10 * 4.0 + 4 * 2.0 + 6 * 4.0 + 4 * 4.0)
    assert left.whole_s == pytest.approx(jobs * START_S + training + 30)
    halved = time_left(folder, config, plan(config, 2))
    assert halved.whole_s - 30 == pytest.approx((left.whole_s - 30) / 2)


def test_trainings_side_by_side_on_a_card_share_its_clock(folder, config):
    search(folder, 9)
    for name, seconds in TRAINING_S.items():
        row = {"timings": {"wall_s": seconds}, "device": "a card"}
        write_jsonl(layout.reference(folder, name), [row, row])
    left = time_left(folder, config, plan(config, 1))
    starts = 2 * (START_S + 1.0) + 4 * (START_S + 4.0) + 1 * (START_S + 2.0) + START_S + 4.0
    training = 1.6 * (10 * 1.0 + 10 * 4.0 + 4 * 2.0 + 6 * 4.0 + 4 * 4.0)
    assert left.whole_s == pytest.approx(starts + training / 8 + 30)


def test_known_functions_take_no_time_of_their_own_where_cores_are_idle(folder, config):
    search(folder, 4)
    alone, two = (time_left(folder, config, plan(config, jobs)) for jobs in (1, 2))
    assert alone.search_s == two.search_s == 5 * PACE_S
    known = 4 * START_S + 1.6 * (10 * 1.0 + 10 * 4.0)
    assert known < two.search_s
    assert alone.whole_s - alone.search_s == pytest.approx(
        30 + known + 4 * START_S + 1.6 * (4 * 2.0 + 6 * 4.0 + 4 * 4.0)
    )
    assert two.whole_s - two.search_s == pytest.approx(
        30 + (4 * START_S + 1.6 * (4 * 2.0 + 6 * 4.0 + 4 * 4.0)) / 2
    )


def test_what_is_done_is_not_left(folder, config):
    search(folder, 9)
    before = time_left(folder, config, plan(config, 1)).whole_s
    validate(folder, layout.catalog_measured(folder, HELD_OUT) / "shard_0")
    validate(folder, layout.compared_measured(folder, CONTROL).parent)
    after = time_left(folder, config, plan(config, 1)).whole_s
    assert before - after == pytest.approx(2 * START_S + 1.6 * 4.0 * (5 + 4))
    assert [(group.done, group.of) for group in groups(folder, config)] == [
        *((0, 2), (1, 2), (0, 1), (0, 2), (1, 1))
    ]


def test_a_run_is_watched_with_the_whole_of_what_is_left(folder, config):
    search(folder, 4)
    write_record(folder / run_plan.FILE, plan(config, 2))
    told = "\n".join(lines(Watcher(folder).look(), now=STARTED + 300))
    left = time_left(folder, config, plan(config, 2)).whole_s
    assert 300 < left < 420
    assert f"about {left // 60:.0f} min" in told and "5 min 00 s of it for the search" in told
    assert "known functions 0 of 4, finalists 0 of 3, further checks to come" in told
