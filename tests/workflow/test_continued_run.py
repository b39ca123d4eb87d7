"""A finished run that was continued: with a ladder, repeated measurements and new tasks."""

import json
import shutil

import pytest

from bits import results
from checkouts import copy_project
from smoke_runs import EARLIER, RUN, advanced

pytestmark = pytest.mark.workflow


def place(checkout, generation):
    return checkout.folder / RUN / f"main/gen_{generation:04d}/island_0"


def measured(checkout, generation):
    return place(checkout, generation) / "shard_0/evaluations.jsonl"


def lines(path):
    return [json.loads(line) for line in path.open()]


def untimed(path):
    return [{**row, "timings": None} for row in lines(path)]


def population(checkout, generation):
    return json.loads((place(checkout, generation) / "population.json").read_text())


def test_what_was_searched_before_stays_and_all_that_follows_is_made_anew(continued):
    before, after = (results(continued.folder / one) for one in (EARLIER, RUN))
    searched = [name for name in before if name.startswith("main/gen_")]
    assert searched and all(before[name] == after[name] for name in searched)
    assert "main/gen_0003/island_0/population.json" in after
    assert before["tables/candidates.csv"] != after["tables/candidates.csv"]
    assert "every check holds" in continued.actmine("audit", "smoke")


def test_the_search_can_be_repeated_from_its_files(continued):
    told = continued.actmine("replay", "smoke")
    assert "16 files of proposals and populations repeated, all are identical" in told


def test_an_elite_is_measured_again_against_the_reference_on_the_same_replicates(continued):
    again, *new = lines(place(continued, 2) / "proposals.jsonl")
    assert (again["kind"], again["operator"], again["repeat"]) == ("remeasure", "remeasure", 1)
    assert {one["kind"] for one in new} == {"new"} and len(new) == 5
    told = lines(measured(continued, 2))
    assert told[0]["candidate_id"] == again["candidate_id"] and told[0]["replicates"] == [1]
    assert (told[-1]["slot"], told[-1]["replicates"]) == (None, [1])
    champion = population(continued, 1)["elites"][0]
    assert champion["candidate_id"] == again["candidate_id"] and champion["measurements"] == 1


def test_new_tasks_come_with_all_elites_measured_on_them_first(continued):
    before, after = population(continued, 2), population(continued, 3)
    proposals = lines(place(continued, 3) / "proposals.jsonl")
    again = [one["candidate_id"] for one in proposals if one["kind"] == "remeasure"]
    assert again == [one["candidate_id"] for one in before["elites"]]
    assert {one["suite"] for one in before["elites"]} == {"search"}
    assert {one["suite"] for one in after["elites"]} == {"search_1"}


def test_seeds_run_in_full_and_later_fits_meet_what_the_elites_had_reached(continued):
    assert all(not row["thresholds"] for row in lines(place(continued, 0) / "proposals.jsonl"))
    (relu,) = population(continued, 0)["elites"]
    assert relu["rungs"] == [[10, 0.0], [30, 0.0]]
    for row in lines(place(continued, 1) / "proposals.jsonl"):
        assert row["status"] != "accepted" or row["thresholds"] == [
            {"steps": 10, "fitness": -0.2},
            {"steps": 30, "fitness": -0.3},
        ]


def test_what_was_stopped_is_a_record_with_its_rung_and_no_elite(continued):
    rows = [row for generation in (1, 2) for row in lines(measured(continued, generation))]
    pruned = [row for row in rows if row["status"] == "pruned"]
    assert pruned and len(pruned) < len(rows)
    for row in pruned:
        steps = row["rungs"][-1]["steps"]
        assert row["reason"].startswith(f"stopped at step {steps}:")
        assert not row["losses"]["ood"] and row["rungs"][-1]["ood"]
    elites = population(continued, 2)["elites"]
    assert not {one["candidate_id"] for one in elites} & {row["candidate_id"] for row in pruned}
    assert all(len(one["rungs"]) == 2 for one in elites)


@pytest.mark.parametrize("generation", [1, 2], ids=["stopped", "measured again"])
def test_a_shard_trained_anew_from_an_empty_store_gives_the_same_bytes(
    continued, tmp_path, generation
):
    copy = continued.copied_to(tmp_path / "copy")
    shard = measured(copy, generation)
    before = untimed(shard)
    shutil.rmtree(copy.folder / RUN / "store")
    shard.unlink()
    copy.snakemake(*advanced(3, cores=1), "--", str(shard.relative_to(copy.folder)))
    assert untimed(shard) == before


def test_what_was_not_stopped_has_the_losses_of_a_search_without_a_ladder(continued, tmp_path):
    """The same sources, without their thresholds, under a configuration without rungs."""
    from actmine.lab.measure import Lab, fit_limits, measurement
    from actmine.settings.configuration import load
    from actmine.tasks.suite import load_suite

    config = load("smoke")
    suites = continued.folder / RUN / "suites"
    what = measurement(
        "search", load_suite(suites / "search.npz", suites / "search.json"), config
    )
    proposed = {
        row["candidate_id"]: row for row in lines(place(continued, 1) / "proposals.jsonl")
    }
    scored = [row for row in lines(measured(continued, 1)) if row["status"] == "scored"]
    with Lab(what, limits=fit_limits(config.sandbox, []), kept=tmp_path) as lab:
        for row in scored:
            alone = lab.measure(proposed[row["candidate_id"]]["source"])
            assert json.loads(json.dumps(alone.ood)) == row["losses"]["ood"]
    assert scored


@pytest.mark.soak
def test_two_runs_have_the_same_proposals_and_populations(continued, tmp_path):
    again = copy_project(tmp_path)
    again.snakemake(*advanced(3, cores=1), "--", "search")
    for generation in range(4):
        for name in ("proposals.jsonl", "population.json"):
            first, second = (place(one, generation) / name for one in (continued, again))
            assert first.read_bytes() == second.read_bytes()
