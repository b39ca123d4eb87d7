"""The confirmation in small: two of its arms under two seeds, on the smoke preset's tasks."""

import csv
import re

import pytest
import yaml

from actmine.files import read_json
from actmine.settings.configuration import preset_path
from actmine.validation.leaderboard import read_leaderboard
from checkouts import common_folder, made_once

pytestmark = pytest.mark.workflow
SEEDS = (1, 2)
ARMS = ("best-of-n", "evolution")  # in the order of a frozen configuration


def search_twice(checkout):
    """As far as they are read; the first generation is the same in all arms, so two."""
    every = yaml.safe_load(preset_path("confirmation").read_text())["arms"]
    arms = yaml.safe_dump({arm: every[arm] for arm in ARMS}, default_flow_style=True)
    for seed in SEEDS:
        own = (f"seed={seed}", f"run=small-{seed}", f"arms={arms.strip()}")
        checkout.snakemake(
            f"results/small-{seed}/validation/leaderboard.csv",
            "--config", "preset=smoke", "candidates_per_job=8", "validation={contrast: 0}",
            *own, "--cores", "2",
        )  # fmt: skip


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A checkout with both runs."""
    base = common_folder(tmp_path_factory.getbasetemp())
    return made_once(base / "pooled", search_twice)


@pytest.fixture(scope="module")
def told(searched):
    return searched.actmine("strategies", "small-1", "small-2", "--out", "tables")


def rows(checkout, name):
    with (checkout.folder / "tables" / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_each_run_is_told_as_its_own_leaderboard_has_it(searched, told):
    assert told.startswith("2 runs;")
    found = rows(searched, "runs.csv")
    assert [(row["run"], row["arm"]) for row in found] == [
        (f"small-{seed}", arm) for seed in SEEDS for arm in ARMS
    ]
    champions = [row for row in found if row["champion"]]
    assert {row["run"] for row in champions} == {"small-1", "small-2"}
    for row in champions:
        validation = searched.folder / "results" / row["run"] / "validation"
        board = read_leaderboard(validation / "leaderboard.csv")
        held_out = [
            board.loc[board["name"] == name, "held_out_fitness"].iloc[0]
            for name in (row["champion"], row["known"])
        ]
        of_arms = {one["champion"] for one in champions if one["run"] == row["run"]}
        assert read_json(validation / "champion.json")["name"] in of_arms
        best_known = read_json(validation / "comparison.json")["best_known"]
        assert row["known"] == best_known["name"]
        assert float(row["known_searched"]) == pytest.approx(
            best_known["search_fitness"], rel=1e-4
        )
        assert [float(row["held_out"]), float(row["known_held_out"])] == pytest.approx(
            held_out, rel=1e-4
        )
        assert float(row["gain"]) == pytest.approx(held_out[0] - held_out[1], abs=2e-5)
        assert float(row["low"]) < float(row["gain"]) < float(row["high"])
        line = rf"^{row['run']} +{row['arm']} .* {float(row['held_out']):+.3f} "
        assert re.search(line, told, re.M)


def test_over_runs_the_mean_is_that_of_the_runs_gains(searched, told):
    gains = [float(row["gain"]) for row in rows(searched, "runs.csv") if row["gain"]]
    pooled = [row for row in rows(searched, "differences.csv") if row["worse"] == "best known"]
    assert [row["better"] for row in pooled] == list(ARMS)
    counted = [row for row in pooled if int(row["runs"]) == len(SEEDS)]
    assert sum(int(row["runs"]) for row in pooled) == len(gains)
    for row in counted:
        own = [one for one in rows(searched, "runs.csv") if one["arm"] == row["better"]]
        mean = sum(float(one["gain"]) for one in own) / len(SEEDS)
        assert float(row["difference"]) == pytest.approx(mean, abs=2e-5)
        assert float(row["low"]) <= mean <= float(row["high"])
        assert re.search(rf"^{row['better']} - best known +{mean:+.3f} ", told, re.M)


def test_the_training_of_every_arm_is_told(searched, told):
    for row in rows(searched, "runs.csv"):
        assert 0 < float(row["candidates_cpu_s"]) < float(row["cpu_s"])
        assert int(row["candidates"]) <= 6 and row["generations"] == "2"
    summary = told.partition("Over runs")[2]
    for arm in ARMS:
        assert re.search(rf"^{arm} .* \d +\d+\.\d +\d+\.\d\d +\d+\.\d$", summary, re.M)


def test_the_arm_that_leads_is_chosen_by_name(searched):
    said = searched.actmine("strategies", "small-1", "small-2", "--of", "evolution")
    assert "evolution - best-of-n" in said and "best-of-n - evolution" not in said
    said = searched.actmine("strategies", "small-1", "small-2", "--of", "best_of_n", code=1)
    near = "(did you mean best-of-n?)"
    assert said == f"actmine: --of: no 'best_of_n' {near}; there is best-of-n, evolution\n"


def test_a_run_alone_is_told_as_before(searched):
    said = searched.actmine("strategies", "small-1")
    assert re.search(r"^best-of-n +best_of_n +1 +\d+ ", said, re.M)
    assert "runs.csv" not in said
    assert "tables are of several" in searched.actmine(
        "strategies", "small-1", "--out", "elsewhere", code=1
    )


def test_a_run_that_is_named_twice_is_refused_in_one_line(searched):
    said = searched.actmine("strategies", "small-1", "small-1", code=1)
    assert said.count("\n") == 1 and "do not count twice" in said
