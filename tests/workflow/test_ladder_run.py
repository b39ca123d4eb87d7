"""A search whose fits are stopped early, carried out for real."""

import json
import shutil

import pytest

pytestmark = pytest.mark.workflow

RUN = "results/climbing"
LADDER = "[{steps: 10, keep: 1, margin: 0.5}, {steps: 30, keep: 1, margin: 0.3}]"
ASKED = (
    "preset=smoke",
    "run=climbing",
    "candidates_per_job=8",
    f"search={{candidates_per_island: 6, ladder: {LADDER}}}",
)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def untimed(path):
    return [{**row, "timings": None} for row in lines(path)]


@pytest.fixture(scope="module")
def climbed(checkout):
    """A checkout with a finished search."""
    checkout.snakemake("search", "--config", *ASKED, "--cores", "2")
    return checkout


def island(climbed, generation):
    return climbed.folder / RUN / f"main/gen_{generation:04d}/island_0"


def measured(climbed, generation):
    return island(climbed, generation) / "shard_0/evaluations.jsonl"


def test_seeds_run_in_full_and_later_fits_meet_what_the_elites_had_reached(climbed):
    assert all(not row["thresholds"] for row in lines(island(climbed, 0) / "proposals.jsonl"))
    before = json.loads((island(climbed, 0) / "population.json").read_text())["elites"]
    (relu,) = before
    assert relu["rungs"] == [[10, 0.0], [30, 0.0]]
    for row in lines(island(climbed, 1) / "proposals.jsonl"):
        assert row["status"] != "accepted" or row["thresholds"] == [
            {"steps": 10, "fitness": -0.5},
            {"steps": 30, "fitness": -0.3},
        ]


def test_what_was_stopped_is_a_record_with_its_rung_and_no_elite(climbed):
    rows = [row for generation in (1, 2) for row in lines(measured(climbed, generation))]
    pruned = [row for row in rows if row["status"] == "pruned"]
    assert pruned and len(pruned) < len(rows)
    for row in pruned:
        steps = row["rungs"][-1]["steps"]
        assert row["reason"].startswith(f"stopped at step {steps}:")
        assert not row["losses"]["ood"] and row["rungs"][-1]["ood"]
    last = json.loads((island(climbed, 2) / "population.json").read_text())
    elites = {one["candidate_id"] for one in last["elites"]}
    assert not elites & {row["candidate_id"] for row in pruned}
    assert all(len(one["rungs"]) == 2 for one in last["elites"])


def test_a_shard_trained_again_with_an_empty_store_gives_the_same_bytes(climbed, tmp_path):
    copy = type(climbed)(folder=tmp_path / "copy")
    shutil.copytree(climbed.folder, copy.folder, copy_function=shutil.copy2)
    shard = measured(copy, 2)
    before = untimed(shard)
    shutil.rmtree(copy.folder / RUN / "store")
    shard.unlink()
    copy.snakemake(
        "--config", *ASKED, "--cores", "1", "--", str(shard.relative_to(copy.folder))
    )
    assert untimed(shard) == before


def test_what_was_not_stopped_has_the_losses_of_a_search_without_a_ladder(climbed, tmp_path):
    """The same sources, without their thresholds, under a configuration without rungs."""
    from actmine.lab.measure import Lab, fit_limits, measurement
    from actmine.settings.configuration import load, merge, resolve
    from actmine.tasks.suite import load_suite

    config = resolve(merge(load("smoke"), {"run": "climbing"}))
    suites = climbed.folder / RUN / "suites"
    what = measurement(
        "search", load_suite(suites / "search.npz", suites / "search.json"), config
    )
    proposed = {
        row["candidate_id"]: row for row in lines(island(climbed, 1) / "proposals.jsonl")
    }
    scored = [row for row in lines(measured(climbed, 1)) if row["status"] == "scored"]
    with Lab(what, limits=fit_limits(config, []), kept=tmp_path) as lab:
        for row in scored:
            alone = lab.measure(proposed[row["candidate_id"]]["source"])
            assert json.loads(json.dumps(alone.ood)) == row["losses"]["ood"]
    assert scored
