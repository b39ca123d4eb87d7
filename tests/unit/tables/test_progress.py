"""What `watch` tells of a run, from files that the stages write."""

import fcntl
from collections import Counter
from dataclasses import replace

import pytest

from actmine import layout
from actmine.commands.watch import lines
from actmine.evolution.population import Population, to_json
from actmine.files import write_json
from actmine.number_text import duration
from actmine.records.proposal import Kind
from actmine.records.rows import write_records
from actmine.records.status import Status
from actmine.settings import frozen as run
from actmine.settings import run_plan
from actmine.settings.configuration import ConfigError
from actmine.tables.progress import Watcher
from configured import changed
from evolution_records import elite, evaluation, proposal


@pytest.fixture
def folder(tmp_path, smoke):
    """A smoke run in which generation 0 is done and generation 1 is being trained."""
    run.write(tmp_path / "run.yaml", run.description(smoke))
    run_plan.write(tmp_path, changed(smoke, budget={"usd": 5.0}), jobs=2)
    for number in (0, 1):
        island = tmp_path / f"main/gen_{number:04d}/island_0"
        proposals = [
            proposal(0),
            proposal(1, status=Status.REJECTED, reason="static: no"),
            proposal(2, kind=Kind.REMEASURE, repeat=1),
        ]
        write_records(island / "proposals.jsonl", proposals)
        if number == 0:
            done = [evaluation(proposals[0])]
            write_records(island / "shard_0/evaluations.jsonl", done)
            made = Population(generation=0, island=0, elites=(elite("best", 0.2),), history=())
            write_json(island / "population.json", to_json(made))
    return tmp_path


def test_progress_is_read_from_files_alone(folder):
    seen = Watcher(folder).look()
    assert seen.arms == {"main": 0}
    assert seen.statuses == Counter(rejected=1, accepted=1)
    assert seen.best is not None and seen.best[0] == 0.2
    assert [stage.done for stage in seen.stages] == [0, 0, 0, 0, 0]


def test_what_came_since_is_seen_at_the_next_look(folder):
    watcher = Watcher(folder)
    watcher.look()
    shard = folder / "main/gen_0001/island_0/shard_0/evaluations.jsonl"
    again = proposal(2, kind=Kind.REMEASURE, repeat=1)
    took = {"cpu_s": 40.0}
    done = [replace(evaluation(one), timings=took) for one in (proposal(0), again)]
    reference = replace(evaluation(proposal(0)), slot=None, timings=took)
    write_records(shard, [*done, reference])
    seen = watcher.look()
    assert seen.statuses == Counter(scored=1, rejected=1) and seen.cpu_s == 80.0
    told = "\n".join(lines(seen, now=0.0))
    assert "candidates  2: 1 scored, 1 rejected\n" in told
    assert "spent       1 min 20 s of CPU to train them; no language model" in told


def test_slots_that_nobody_filled_are_told_apart(folder):
    skipped = proposal(0, source="", status=Status.SKIPPED, reason="budget")
    write_records(folder / "main/gen_0001/island_0/proposals.jsonl", [proposal(1), skipped])
    told = "\n".join(lines(Watcher(folder).look(), now=0.0))
    assert "candidates  1: 1 accepted; 1 slot skipped\n" in told


def test_the_display_has_generation_best_spending_and_time(folder):
    seen = Watcher(folder).look()
    assert seen.plan is not None
    told = "\n".join(lines(seen, now=seen.plan.started + 75))
    assert "generation 0 of 2" in told and "best        +0.200" in told
    assert "0 s of CPU to train them; no language model" in told
    assert "1 min 15 s so far, too early to tell" in told


def test_a_run_of_an_older_version_is_shown_without_its_total(folder):
    (folder / run_plan.FILE).unlink()
    seen = Watcher(folder).look()
    assert seen.left is None
    assert "generation 0" in "\n".join(lines(seen, now=0.0))


def test_a_missing_run_is_named(tmp_path):
    with pytest.raises(ConfigError, match="no such run"):
        Watcher(tmp_path / "nowhere").look()


@pytest.mark.parametrize(
    ("seconds", "text"), [(59.4, "59 s"), (61, "1 min 01 s"), (3700, "1 h 01 min"), (-1, "0 s")]
)
def test_a_length_of_time_reads_as_said(seconds, text):
    assert duration(seconds) == text


def test_a_run_on_which_no_invocation_works_is_told_to_have_stopped(folder):
    watcher = Watcher(folder)
    with (folder / layout.LOCK_FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert watcher.look().held
    *_, last = lines(watcher.look(), now=0.0)
    assert last == "  time        stopped: no Snakemake works on it; start it again to continue"
    run.hold(folder)  # whoever looked has let go
    assert watcher.look().held


def test_a_search_that_is_done_is_told_with_what_validates_it(folder):
    for number in (1, 2):
        made = Population(generation=number, island=0, elites=(), history=())
        write_json(folder / f"main/gen_{number:04d}/island_0/population.json", to_json(made))
    (folder / layout.LOCK_FILE).touch()
    *_, last = lines(Watcher(folder).look(), now=0.0)
    assert last.endswith(
        "stopped after the search; the same command without a target validates it"
    )
