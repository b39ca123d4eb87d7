"""A search that measures its elites again and changes its tasks, twice from nothing."""

import json

import pytest

from checkouts import copy_project

pytestmark = pytest.mark.workflow

ASKED = (
    "preset=smoke",
    "candidates_per_job=4",
    "search={generations: 3, candidates_per_island: 4, elites: 3, remeasure_slots: 1, "
    "rotate_every: 2}",
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The same search in two checkouts, on two cores and on one."""
    checkouts = [copy_project(tmp_path_factory.mktemp(f"cores{n}")) for n in (2, 1)]
    for checkout, cores in zip(checkouts, ("2", "1"), strict=True):
        checkout.snakemake("--config", *ASKED, "--cores", cores, "--", "search")
    return checkouts


def place(checkout, generation):
    return checkout.folder / f"results/smoke/main/gen_{generation:04d}/island_0"


def lines(path):
    return [json.loads(line) for line in path.open()]


def population(checkout, generation):
    return json.loads((place(checkout, generation) / "population.json").read_text())


def test_two_runs_have_the_same_proposals_and_populations(runs):
    for generation in range(4):
        for name in ("proposals.jsonl", "population.json"):
            first, second = (place(run, generation) / name for run in runs)
            assert first.read_bytes() == second.read_bytes()


def test_an_elite_is_measured_again_against_the_reference_on_the_same_replicates(runs):
    again, *new = lines(place(runs[0], 2) / "proposals.jsonl")
    assert (again["kind"], again["operator"], again["repeat"]) == ("remeasure", "remeasure", 1)
    assert {one["kind"] for one in new} == {"new"} and len(new) == 3
    told = lines(place(runs[0], 2) / "shard_0/evaluations.jsonl")
    assert told[0]["candidate_id"] == again["candidate_id"] and told[0]["replicates"] == [1]
    assert (told[-1]["slot"], told[-1]["replicates"]) == (None, [1])
    champion = population(runs[0], 1)["elites"][0]
    assert champion["candidate_id"] == again["candidate_id"] and champion["measurements"] == 1


def test_new_tasks_come_with_all_elites_measured_on_them_first(runs):
    before, after = population(runs[0], 2), population(runs[0], 3)
    proposals = lines(place(runs[0], 3) / "proposals.jsonl")
    again = [one["candidate_id"] for one in proposals if one["kind"] == "remeasure"]
    assert again == [one["candidate_id"] for one in before["elites"]]
    assert {one["suite"] for one in before["elites"]} == {"search"}
    assert {one["suite"] for one in after["elites"]} == {"search_1"}


def test_the_search_can_be_repeated_from_its_files(runs):
    told = runs[0].actmine("replay", "smoke")
    assert "8 files of proposals and populations repeated, all are identical" in told
