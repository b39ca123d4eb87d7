"""An audit of a search with a ladder, repeated measurements and new tasks."""

import json
import shutil

import pytest

from actmine.audit import sums
from actmine.audit.everything import problems
from smoke_runs import RUN

pytestmark = pytest.mark.workflow

LATER = "main/gen_0002/island_0"
SHARD = f"{LATER}/shard_0/evaluations.jsonl"


@pytest.fixture(scope="module")
def run(continued):
    """The folder of the finished run."""
    return continued.folder / RUN


@pytest.fixture
def forged(run, tmp_path):
    """A copy to forge."""
    copy = tmp_path / "smoke"
    shutil.copytree(run, copy)
    return copy


def edit(path, change, *, where):
    rows = [json.loads(text) for text in path.read_text().splitlines()]
    change(next(row for row in rows if where(row)))
    path.write_text("".join(f"{json.dumps(row, sort_keys=True)}\n" for row in rows))


def named(folder):
    sums.seal(folder)
    return {problem.file for problem in problems(folder)}


def halved(row):
    row["losses"]["ood"][0][0] /= 2


def told_at_its_rung(factor):
    """Multiplies the losses of a fit at its first rung."""

    def change(row):
        first = row["rungs"][0]
        first["ood"] = [[factor * loss for loss in losses] for losses in first["ood"]]

    return change


def test_the_search_did_all_that_it_was_asked_for(run):
    rows = [
        json.loads(line)
        for path in run.glob("main/gen_*/*/shard_*/*.jsonl")
        for line in path.open()
    ]
    assert {row["suite"] for row in rows} == {"search", "search_1"}
    assert {tuple(row["replicates"]) for row in rows} == {(0,), (1,)}
    assert "pruned" in {row["status"] for row in rows}


def test_a_threshold_that_the_population_does_not_give_is_found(forged):
    edit(
        forged / LATER / "proposals.jsonl",
        lambda row: row["thresholds"][0].update(fitness=row["thresholds"][0]["fitness"] - 1e-6),
        where=lambda row: row["thresholds"],
    )
    assert f"{LATER}/proposals.jsonl" in named(forged)


def test_a_fit_that_was_stopped_though_it_was_good_enough_is_found(forged):
    def is_stopped_at_once(row):
        return row["status"] == "pruned" and len(row["rungs"]) == 1

    shard = next(
        path
        for path in sorted(forged.glob("*/gen_*/island_0/shard_*/evaluations.jsonl"))
        if any(map(is_stopped_at_once, map(json.loads, path.open())))
    )
    edit(shard, told_at_its_rung(0.02), where=is_stopped_at_once)
    assert str(shard.relative_to(forged)) in named(forged)


def test_a_fit_that_went_on_though_it_was_too_bad_is_found(forged):
    def climbed(row):
        return row["status"] == "scored" and row["slot"] is not None and row["rungs"]

    def asked(island):
        rows = map(json.loads, (island / "proposals.jsonl").open())
        return {row["slot"]["index"] for row in rows if row["thresholds"]}

    shard, index = next(
        (path, row["slot"]["index"])
        for path in sorted(forged.glob("*/gen_*/island_0/shard_*/evaluations.jsonl"))
        for row in map(json.loads, path.open())
        if climbed(row) and row["slot"]["index"] in asked(path.parent.parent)
    )
    edit(
        shard,
        told_at_its_rung(50.0),
        where=lambda row: climbed(row) and row["slot"]["index"] == index,
    )
    assert str(shard.relative_to(forged)) in named(forged)


def test_a_forged_repeat_and_a_forged_reference_of_it_are_found(forged):
    again = forged / SHARD
    edit(again, halved, where=lambda row: row["replicates"] == [1] and row["slot"] is None)
    assert f"{LATER}/population.json" in named(forged)


def test_a_forged_loss_on_the_new_tasks_is_found(forged):
    shard = "main/gen_0003/island_0/shard_0/evaluations.jsonl"
    edit(forged / shard, halved, where=lambda row: row["slot"]["index"] == 0)
    assert "main/gen_0003/island_0/population.json" in named(forged)
