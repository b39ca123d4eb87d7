"""A search that measures its elites again and changes its tasks."""

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
def searched(tmp_path_factory):
    """A checkout in which the search has finished on two cores."""
    checkout = copy_project(tmp_path_factory.mktemp("searched"))
    checkout.snakemake("--config", *ASKED, "--cores", "2", "--", "search")
    return checkout


def place(checkout, generation):
    return checkout.folder / f"results/smoke/main/gen_{generation:04d}/island_0"


def lines(path):
    return [json.loads(line) for line in path.open()]


def untimed(path):
    return [{k: v for k, v in one.items() if k != "timings"} for one in lines(path)]


def population(checkout, generation):
    return json.loads((place(checkout, generation) / "population.json").read_text())


def test_an_elite_is_measured_again_against_the_reference_on_the_same_replicates(searched):
    again, *new = lines(place(searched, 2) / "proposals.jsonl")
    assert (again["kind"], again["operator"], again["repeat"]) == ("remeasure", "remeasure", 1)
    assert {one["kind"] for one in new} == {"new"} and len(new) == 3
    told = lines(place(searched, 2) / "shard_0/evaluations.jsonl")
    assert told[0]["candidate_id"] == again["candidate_id"] and told[0]["replicates"] == [1]
    assert (told[-1]["slot"], told[-1]["replicates"]) == (None, [1])
    champion = population(searched, 1)["elites"][0]
    assert champion["candidate_id"] == again["candidate_id"] and champion["measurements"] == 1


def test_new_tasks_come_with_all_elites_measured_on_them_first(searched):
    before, after = population(searched, 2), population(searched, 3)
    proposals = lines(place(searched, 3) / "proposals.jsonl")
    again = [one["candidate_id"] for one in proposals if one["kind"] == "remeasure"]
    assert again == [one["candidate_id"] for one in before["elites"]]
    assert {one["suite"] for one in before["elites"]} == {"search"}
    assert {one["suite"] for one in after["elites"]} == {"search_1"}


def test_the_search_can_be_repeated_from_its_files(searched):
    told = searched.actmine("replay", "smoke")
    assert "8 files of proposals and populations repeated, all are identical" in told


def test_a_shard_trained_anew_from_an_empty_store_gives_the_same_losses(searched):
    shard = place(searched, 2) / "shard_0/evaluations.jsonl"
    before = untimed(shard)
    shard.unlink()
    (searched.folder / "results/smoke/store").rename(searched.folder / "results/smoke/kept")
    searched.snakemake(
        "--config", *ASKED, "--cores", "1", "--", str(shard.relative_to(searched.folder))
    )
    assert untimed(shard) == before


@pytest.mark.soak
def test_two_runs_have_the_same_proposals_and_populations(searched, tmp_path):
    again = copy_project(tmp_path)
    again.snakemake("--config", *ASKED, "--cores", "1", "--", "search")
    for generation in range(4):
        for name in ("proposals.jsonl", "population.json"):
            first, second = (place(one, generation) / name for one in (searched, again))
            assert first.read_bytes() == second.read_bytes()
