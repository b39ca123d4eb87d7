"""A whole run of the smoke preset, and what a second invocation makes of it."""

import base64
import csv
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from actmine.tables.held_out_tasks import TASKS
from actmine.tables.repetition import REPETITION
from actmine.tables.return_table import RETURNS
from actmine.tables.table_rows import CANDIDATES, EVALUATIONS, GENERATIONS
from bits import store_stamps
from smoke_runs import RUN

pytestmark = pytest.mark.workflow


def test_the_run_ends_with_a_leaderboard_in_the_agreed_columns(finished):
    with (finished.folder / RUN / "validation/leaderboard.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "candidate_id", "name", "origin", "search_fitness", "held_out_fitness", "ci_low",
        "ci_high", "ratio_relu", "ratio_gelu", "mean_ood_loss", "id_loss", "flops", "coupling",
        "role", "ratio_relu_low", "ratio_relu_high", "ratio_gelu_low", "ratio_gelu_high",
        "ratio_best", "ratio_best_low", "ratio_best_high", "p_gelu", "p_best",
        "won_relu", "won_gelu", "ood_at_matched_id", "formula",
    ]  # fmt: skip
    assert {row["origin"] for row in rows} == {"catalog", "paper", "mined"}
    assert {row["role"] for row in rows} == {"catalog", "finalist", "contrast"}
    assert all(bool(row["p_gelu"]) == (row["role"] == "finalist") for row in rows)
    relu = next(row for row in rows if row["name"] == "ReLU")
    assert float(relu["held_out_fitness"]) == 0 and float(relu["ratio_relu"]) == 1
    assert relu["formula"] == "max(x, 0)" and all(row["formula"] for row in rows)
    fitness = [float(row["held_out_fitness"]) for row in rows]
    assert fitness == sorted(fitness, reverse=True)


def test_the_findings_are_tested_against_themselves_family_by_family(finished):
    folder = finished.folder / RUN / "validation"
    champion = json.loads((folder / "champion.json").read_text())["candidate_id"]
    controls = json.loads((folder / "control.json").read_text())["controls"]
    assert [one["name"] for one in controls][1:] == ["GELU", "ReLU"]
    assert controls[0]["candidate_id"] == champion
    for one in controls:  # other networks: no difference is exactly none
        assert one["low"] < one["ratio"] < one["high"] and one["ratio"] != 1
    told = json.loads((folder / "comparison.json").read_text())
    assert told["tested"] == [champion]
    assert {"ReLU", "GELU", told["best_known"]["name"]} == set(told["versus"])
    assert any("tested first of 1 finalist:" in one for one in told["sentences"])
    families = pd.read_csv(folder / "families.csv")
    assert (families.groupby("candidate_id")["tasks"].sum() == 8).all()
    assert len(pd.read_csv(folder / "robustness.csv")) == 0  # none are asked for
    cross = pd.read_csv(folder / "cross.csv")
    assert list(cross["champion_id"]) == [champion]


def test_every_slot_has_a_proposal_and_every_accepted_one_an_evaluation(finished):
    for island in (finished.folder / RUN / "main").glob("gen_*/island_*"):
        proposals = [json.loads(x) for x in (island / "proposals.jsonl").open()]
        assert [p["slot"]["index"] for p in proposals] == list(range(len(proposals)))
        accepted = [p["slot"]["index"] for p in proposals if p["status"] == "accepted"]
        shards = sorted(island.glob("shard_*/evaluations.jsonl"))
        measured = [json.loads(x) for shard in shards for x in shard.open()]
        assert [m["slot"]["index"] for m in measured] == accepted


def test_tables_have_the_documented_columns_and_a_row_a_slot(finished):
    tables = finished.folder / RUN / "tables"
    for name, columns in (
        ("candidates", CANDIDATES),
        ("evaluations", EVALUATIONS),
        ("generations", GENERATIONS),
        ("repetition", REPETITION),
        ("tasks", TASKS),
        ("returns", RETURNS),
    ):
        frame = pd.read_parquet(tables / f"{name}.parquet")
        assert list(frame.columns) == list(columns)
        assert len(pd.read_csv(tables / f"{name}.csv")) == len(frame) > 0
    candidates = pd.read_csv(tables / "candidates.csv")
    assert len(candidates) == 1 + 2 * 3  # the seed, and two generations of three
    generations = pd.read_csv(tables / "generations.csv")
    assert generations["slots"].sum() == len(candidates)
    assert generations["scored"].sum() == (candidates["status"] == "scored").sum()
    returns = pd.read_csv(tables / "returns.csv")
    assert list(returns["mutator"]) == ["embedded"] and list(returns["children"]) == [2 * 3]
    assert returns["cpu_s"][0] > 0 and returns["usd"][0] == 0
    repetition = pd.read_csv(tables / "repetition.csv")
    assert list(repetition["children"]) == [0, 3, 3]
    assert repetition["attempts"].sum() == candidates["attempts"].sum()


def test_the_table_of_tasks_has_what_the_leaderboard_and_the_comparison_say(finished):
    folder = finished.folder / RUN
    tasks = pd.read_csv(folder / "tables/tasks.csv")
    versus = json.loads((folder / "validation/comparison.json").read_text())["versus"]
    champion = json.loads((folder / "validation/champion.json").read_text())["candidate_id"]
    board = pd.read_csv(folder / "validation/leaderboard.csv").set_index("candidate_id")
    assert len(tasks) == 8 and tasks["task"].is_unique
    for reference, name in (("relu", "ReLU"), ("gelu", "GELU")):
        mean = tasks[f"log_ratio_{reference}"].mean()
        assert float(np.exp(-mean)) == pytest.approx(versus[name]["ratio"])
    assert tasks["champion_ood_loss"].mean() == pytest.approx(
        board.loc[champion, "mean_ood_loss"]
    )


def test_every_candidate_has_a_file_that_python_can_import(finished):
    files = sorted((finished.folder / RUN / "candidates").rglob("*.py"))
    assert len(files) >= 5
    for file in files:
        names: dict[str, Any] = {}
        exec(compile(file.read_text(), file, "exec"), names)
        assert callable(names["activation"])


def test_the_champions_file_runs_alone(finished):
    import torch

    names: dict[str, Any] = {}
    exec((finished.folder / RUN / "champion/activation.py").read_text(), names)
    assert names["activation"](torch.zeros(2, 3)).shape == (2, 3)


def test_the_report_is_one_file_that_needs_no_network(finished):
    page = (finished.folder / RUN / "report/index.html").read_text()
    champion = json.loads((finished.folder / RUN / "validation/champion.json").read_text())
    assert champion["name"] in page
    assert 'src="http' not in page and page.count("<script") == 2


def test_the_report_tells_how_to_use_the_champion_and_what_it_costs(finished):
    folder = finished.folder / RUN
    page = (folder / "report/index.html").read_text()
    links = re.findall(r'download="([^"]+)" href="data:[^,]*,([^"]*)"', page)
    assert {name for name, _ in links} >= {"activation.py", "CARD.md", "leaderboard.csv"}
    for name, content in links:
        (path,) = folder.glob(f"[ctv]*/{name}")
        assert base64.b64decode(content) == path.read_bytes()
    cost = json.loads((folder / "champion/cost.json").read_text())
    assert [one["name"] for one in cost["functions"][1:]] == ["GELU", "ReLU"]
    table = page.split('<table class="costs">')[1].split("</table>")[0]
    assert all(one["name"] in table for one in cost["functions"])


def test_a_finished_run_has_nothing_to_do(finished):
    said = finished.snakemake("--config", "preset=smoke", "--cores", "2", "--dry-run")
    assert "Nothing to be done" in said


def test_another_identity_is_refused_with_the_keys_that_differ(finished):
    said = finished.snakemake(
        "--dry-run", "--config", "preset=smoke", "seed=9", "lab={width: 8}", code=1
    )
    assert "belongs to another configuration" in said
    assert "lab.width, seed" in said


def test_a_changed_lab_is_refused_with_the_module_until_it_is_accepted(finished, tmp_path):
    changed = finished.copied_to(tmp_path / "changed")
    with (changed.folder / "workflow_scripts/actmine/lab/ensemble.py").open("a") as module:
        module.write("# changed\n")
    said = changed.snakemake("--dry-run", "--config", "preset=smoke", code=1)
    assert "actmine/lab/ensemble.py" in said and "accept_code_change" in said
    accept = ("--config", "preset=smoke", "accept_code_change=true", "--cores", "1")
    assert re.search(r"^train +7$", changed.snakemake("--dry-run", *accept), re.M)
    figure = f"{RUN}/suites/search.svg"
    changed.snakemake(*accept, "--forcerun", "plot_tasks", "--", figure)
    said = changed.snakemake("--dry-run", "--config", "preset=smoke")
    assert re.search(r"^train +7$", said, re.M) and "freeze_run" not in said


def test_a_changed_script_or_template_runs_its_own_stages_again(finished, tmp_path):
    changed = finished.copied_to(tmp_path / "changed")
    for name in ("aggregate.py", "actmine/champion/card.md.j2"):
        with (changed.folder / "workflow_scripts" / name).open("a") as file:
            file.write("# changed\n")
    said = changed.snakemake("--dry-run", "--config", "preset=smoke")
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", said, re.M))
    assert jobs.keys() == {"aggregate", "champion", "report", "seal", "all", "total"}


def test_show_tells_a_candidates_whole_story(finished):
    run = finished.folder / RUN
    champion = json.loads((run / "validation/champion.json").read_text())
    said = finished.actmine("show", "smoke", champion["candidate_id"])
    assert champion["source"].strip() in said
    assert "lineage, youngest first:" in said
    for measurement in ("search:", "remeasured:", "held_out:"):
        assert measurement in said
    for name in ("champion", champion["name"]):
        assert finished.actmine("show", "smoke", name) == said
    assert finished.actmine("show", "smoke") == said
    verdict = re.search(r"^the run's champion: on held-out tasks .* times ReLU's", said, re.M)
    assert verdict and "accepted by the gate" in said
    assert "GELU  (catalog)" in finished.actmine("show", "smoke", "gelu")
    said = finished.actmine("show", "smoke", "nobody", code=1)
    assert "nobody: is no candidate" in said


def test_show_tells_where_a_function_became_an_elite(finished):
    place = "results/smoke/main/gen_0001/island_0"
    population = json.loads((finished.folder / place / "population.json").read_text())
    for turn in population["additions"]:
        said = finished.actmine("show", "smoke", turn["candidate_id"])
        assert f"{place}: an elite" in said and turn["status"] != "rejected"


def test_more_generations_plan_the_new_ones_and_what_follows_from_them(finished):
    said = finished.snakemake(
        *("--config", "preset=smoke", "search={generations: 3}", "--cores", "2", "--dry-run")
    )
    counts = dict(re.findall(r"^(\w+) +(\d+)$", said, re.M))
    assert (counts["propose"], counts["train"], counts["select"]) == ("1", "3", "1")
    assert counts["report"] == counts["seal"] == "1" and "freeze_run" not in counts


def test_a_stored_measurement_is_not_made_again(finished, tmp_path):
    """A shard whose work is all in the store needs no training."""
    copy = finished.copied_to(tmp_path / "copy")
    shard = copy.folder / RUN / "main/gen_0001/island_0/shard_0/evaluations.jsonl"
    kept, before = store_stamps(copy.folder / RUN), shard.read_bytes()
    shard.unlink()
    copy.snakemake(
        "--config", "preset=smoke", "--cores", "1", str(shard.relative_to(copy.folder))
    )
    assert shard.read_bytes() == before
    assert store_stamps(copy.folder / RUN) == kept


def test_run_yaml_tells_configuration_versions_and_code_and_no_number_of_generations(finished):
    described = yaml.safe_load((finished.folder / RUN / "run.yaml").read_text())
    assert described["configuration"]["search"]["candidates_per_island"] == 3
    assert "generations" not in described["configuration"]["search"]
    assert "actmine/lab/fit.py" in described["code"] and "torch" in described["versions"]


def test_snakemakes_own_report_shows_every_main_output(finished, tmp_path):
    page = tmp_path / "report.html"
    finished.snakemake("--config", "preset=smoke", "--report", str(page))
    text = page.read_text()
    for name in ("leaderboard", "champion", "generations", "search tasks", "Findings"):
        assert name in text


def test_watch_tells_a_finished_run_from_its_files(finished):
    said = finished.actmine("watch", "smoke", "--once")
    assert "generation 2 of 2" in said and "report done" in said and "finished" in said


def test_the_champion_is_shown_beyond_its_training_range(finished):
    fits = json.loads((finished.folder / RUN / "champion/fits.json").read_text())
    assert [one["role"] for one in fits["functions"]] == ["champion", "reference", "reference"]
    for task in fits["tasks"]:
        assert set(task["predictions"]) == {one["candidate_id"] for one in fits["functions"]}
        assert min(task["x"]) < task["train"][0][0] and max(task["x"]) > task["train"][0][1]
