"""The smoke tier of the benchmarks, on the real data, as a user runs it."""

import json
import re
import shutil

import pandas as pd
import pytest

from actmine.audit import sums
from actmine.audit.everything import problems

FOLDER = "results/transfer-smoke/transfer/smoke"
ASKED = ("transfer", "--config", "preset=transfer-smoke", "--cores", "2")


@pytest.fixture(scope="module")
def measured(checkout, tmp_path_factory):
    """A checkout in which two functions have met every benchmark of the offline tier."""
    folder = tmp_path_factory.mktemp("transfer") / "project"
    shutil.copytree(checkout.folder, folder)
    copy = type(checkout)(folder=folder)
    assert f"\npage      {FOLDER}/summary.md\n" in copy.snakemake(*ASKED)
    return copy


def test_every_benchmark_ends_in_the_table_with_both_references(measured):
    table = pd.read_csv(measured.folder / FOLDER / "table.csv")
    assert table["score"].nunique() == 14
    assert set(table["name"]) == {"ReLU", "GELU"}
    assert (table["failed"] == 0).all() and (table["seeds"] == 1).all()
    images = table[table["score"] == "fashion-mnist"]
    assert (images["mean"] > 0.5).all()


def test_no_search_is_needed_for_known_functions(measured):
    assert not (measured.folder / "results/transfer-smoke/main").exists()


def test_every_outcome_tells_its_isolation(measured):
    shards = sorted((measured.folder / FOLDER).glob("*/shard_*/outcomes.jsonl"))
    assert len(shards) == 7
    rows = [json.loads(line) for shard in shards for line in shard.open()]
    assert {row["layers"]["isolation"] for row in rows} == {"strict"}


def test_a_measurement_has_a_seal_of_its_own(measured):
    run = measured.folder / "results/transfer-smoke"
    said = measured.actmine("audit", str(run))
    assert "transfer/smoke: root digest" in said and "every check holds" in said
    table = run / "transfer/smoke/table.csv"
    kept = table.read_bytes()
    table.write_bytes(kept[:-2] + b"9\n")
    said = measured.actmine("audit", str(run), code=1)
    table.write_bytes(kept)
    assert "transfer/smoke/table.csv: its content is not what sha256sums.txt sealed" in said


@pytest.mark.parametrize(
    ("name", "old", "new", "file"),
    [
        ("table.csv", r"(?<=,)0\.", "0.9", "table.csv"),
        ("outcomes.csv", r"(?<=,)0\.", "0.9", "outcomes.csv"),
        ("summary.json", r'"transfer": ', '"transfer": 1', "summary.json"),
        ("summary.md", r"ReLU", "SiLU", "summary.md"),
        ("co2/shard_0/outcomes.jsonl", r'"val":', '"val": 9', "outcomes.csv"),
        ("co2/shard_0/outcomes.jsonl", r"\{", "", ""),
    ],
)
def test_what_was_forged_and_sealed_again_does_not_follow(
    measured, tmp_path, name, old, new, file
):
    run = tmp_path / "transfer-smoke"
    shutil.copytree(measured.folder / "results/transfer-smoke", run)
    path = run / "transfer/smoke" / name
    path.write_text(re.sub(old, new, path.read_text(), count=1))
    sums.seal(run / "transfer/smoke")
    found = {problem.file for problem in problems(run)}
    assert found == {f"transfer/smoke/{file}".rstrip("/")}


@pytest.mark.slow
def test_a_forged_score_is_found_by_training_again(measured, tmp_path):
    run = tmp_path / "transfer-smoke"
    shutil.copytree(measured.folder / "results/transfer-smoke", run)
    honest = measured.actmine("audit", str(run), "--retrain", "100")
    assert "every check holds" in honest
    path = run / "transfer/smoke/co2/shard_0/outcomes.jsonl"
    path.write_text(re.sub(r'"val":\s*', '"val": 9', path.read_text(), count=1))
    said = measured.actmine("audit", str(run), "--retrain", "100", code=1)
    assert re.findall(r"^(\S+): c\w+, trained again, has other scores on co2$", said, re.M) == [
        "transfer/smoke/co2/shard_0/outcomes.jsonl"
    ]


def test_a_finished_measurement_has_nothing_to_do(measured):
    assert "Nothing to be done" in measured.snakemake(*ASKED, "--dry-run")


def test_jobs_cut_otherwise_train_nothing_again(measured):
    shards = [f"{FOLDER}/co2/shard_{number}/outcomes.jsonl" for number in (0, 1)]
    before = (measured.folder / shards[0]).read_text()
    again = ("--config", ASKED[2], "transfer={functions_per_job: 1}", *ASKED[3:], "--")
    measured.snakemake(*again, *shards)
    assert "".join((measured.folder / one).read_text() for one in shards) == before


@pytest.fixture(scope="module")
def own(checkout, tmp_path_factory):
    """A checkout in which a function of one's own has met a benchmark beside known ones."""
    folder = tmp_path_factory.mktemp("own") / "project"
    shutil.copytree(checkout.folder, folder)
    copy = type(checkout)(folder=folder)
    (folder / "mine.py").write_text("def activation(x):\n    return torch.sin(x) + x\n")
    copy.snakemake(
        *("transfer", "--cores", "2", "--config", "preset=smoke", "run=own"),
        "transfer={tier: smoke, seeds: 2, mined: none, benchmarks: [co2], "
        "catalog: [silu, tanh], files: [mine.py]}",
    )
    return copy


def test_a_function_of_ones_own_is_measured_beside_known_ones(own):
    table = pd.read_csv(own.folder / "results/own/transfer/smoke/table.csv")
    assert set(table["name"]) == {"ReLU", "GELU", "SiLU", "Tanh", "mine"}
    mine = table[table["name"] == "mine"]
    assert set(mine["origin"]) == {"mined"} and (mine["seeds"] == 2).all()


def test_the_lab_is_correlated_with_the_benchmarks_over_the_same_functions(own):
    asked = ("foretell", "own", "--tier", "smoke", "--out", "tables")
    said = own.actmine(*asked)
    assert "measuring 5 of 5 functions on the held-out tasks" in said
    assert "Too few functions to choose weights" in said
    assert "measuring" not in own.actmine(*asked)
    lab = pd.read_csv(own.folder / "tables/lab.csv").set_index("name")
    assert lab.loc["ReLU", "all tasks"] == 0 and list(lab["origin"]).count("mined") == 1
    found = pd.read_csv(own.folder / "tables/foretold.csv")
    assert set(found["functions"]) == {5} and {"all tasks", "polynomial"} <= set(found["lab"])
    table = pd.read_csv(own.folder / "results/own/transfer/smoke/table.csv")
    score = table[table["score"] == "co2, later years"].set_index("name")["log_ratio"]
    told = found.set_index(["lab", "score"]).loc[("all tasks", "co2, later years"), "rho"]
    assert told == pytest.approx(lab["all tasks"].corr(score, method="spearman"), abs=1e-4)


def test_mined_functions_are_compared_with_known_ones_and_corrected(own):
    said = own.actmine("transferred", "own", "--tier", "smoke", "--out", "tables")
    table = pd.read_csv(own.folder / "tables/pairs.csv")
    assert set(table["name"]) == {"mine"} and len(table) == 4 and set(table["seeds"]) == {2}
    assert (table["corrected"] >= table["p"]).all() and "Of 4 comparisons" in said
    asked = ("--of", "tanh", "--against", "ReLU", "silu", "--also", "mine=gelu", "tanh=silu")
    said = own.actmine("transferred", "own", "--tier", "smoke", *asked)
    assert "Of 3 comparisons" in said
    for two in ("Tanh | SiLU", "mine | GELU"):
        assert f"| {two} | co2, later years (rmse) | 2 |" in said
    said = own.actmine("transferred", "own", "--tier", "smoke", "--of", "mish", code=1)
    assert "no function called 'mish' was measured; choose of: ReLU, GELU, SiLU" in said


@pytest.mark.parametrize("command", ["foretell", "transferred"])
def test_without_a_measurement_there_is_nothing_to_tell(own, command):
    said = own.actmine(command, "own", code=1)
    told = "own: nothing was measured on real data in the tier offline; give --tier smoke"
    assert told in said


@pytest.mark.parametrize(
    ("forged", "told"), [("isolation: gate-only", "isolation"), ("isolation: strict", "")]
)
def test_a_runs_folder_chooses_neither_locks_nor_where_measurements_are_kept(
    own, tmp_path, forged, told
):
    run = tmp_path / "moved"
    shutil.copytree(own.folder / "results/own", run)
    text = (run / "run.yaml").read_text()
    text = re.sub(r"isolation: \w+", forged, text)
    text = text.replace("configuration:\n", f"configuration:\n  results: {tmp_path}/else\n", 1)
    assert f"{tmp_path}/else" in text
    (run / "run.yaml").write_text(text)
    said = own.actmine("foretell", str(run), "--tier", "smoke", code=1 if told else 0)
    assert told in said and not (tmp_path / "else").exists()


def test_other_functions_or_tasks_than_the_runs_are_refused(own, tmp_path):
    run = tmp_path / "own"
    shutil.copytree(own.folder / "results/own", run)
    listed = run / "transfer/smoke/candidates.jsonl"
    kept = listed.read_text()
    listed.write_text(kept.replace("torch.tanh(x)", "torch.tanh(x) * 0.5"))
    said = own.actmine("foretell", str(run), "--tier", "smoke", code=1)
    assert f"actmine: {listed}: its content is not what " in said and "Traceback" not in said
    listed.write_text(kept)
    (run / "suites").mkdir(exist_ok=True)
    (run / "suites/held_out.json").write_text('{"hash": "other"}')
    said = own.actmine("foretell", str(run), "--tier", "smoke", code=1)
    assert "this version of actmine draws other tasks" in said


def test_a_function_that_the_gate_refuses_is_named_before_anything_is_trained(own):
    (own.folder / "typo.py").write_text("def act(x):\n    return x\n")
    said = own.snakemake(
        *("transfer", "--cores", "1", "--config", "preset=smoke", "run=typo"),
        "transfer={tier: smoke, mined: none, benchmarks: [co2], files: [typo.py]}",
        code=1,
    )
    assert "transfer.files: typo.py: " in said and "`activation`" in said
    assert not list((own.folder / "results/typo/transfer/smoke").glob("co2/*/outcomes.jsonl"))


def test_a_measurement_of_fewer_functions_leaves_no_trace_of_the_one_before(own, tmp_path):
    folder = tmp_path / "project"
    shutil.copytree(own.folder, folder)
    copy = type(own)(folder=folder)
    place = folder / "results/own/transfer/smoke"
    assert len(list(place.glob("co2/shard_*"))) == 3
    copy.snakemake(
        *("transfer", "--cores", "2", "--config", "preset=smoke", "run=own"),
        "transfer={tier: smoke, seeds: 2, mined: none, benchmarks: [co2], "
        "catalog: [], files: [mine.py], learning_rates: [0.1]}",
    )
    assert len(list(place.glob("co2/shard_*"))) == 2
    assert "transfer/smoke: root digest" in copy.actmine("audit", str(folder / "results/own"))


def test_a_file_that_is_absent_is_named_with_its_key(own):
    said = own.snakemake(
        *("transfer", "--cores", "1", "--config", "preset=smoke", "run=absent"),
        "transfer={tier: smoke, mined: none, benchmarks: [co2], files: [nothere.py]}",
        code=1,
    )
    assert "transfer.files: nothere.py is not there; give its path from" in said
    assert "MissingInputException" not in said


def test_a_file_that_is_no_text_is_named_with_its_key(own):
    (own.folder / "broken.py").write_bytes(b"\0\1")
    said = own.snakemake(
        *("transfer", "--cores", "1", "--config", "preset=smoke", "run=broken"),
        "transfer={tier: smoke, mined: none, benchmarks: [co2], files: [broken.py]}",
        code=1,
    )
    assert "transfer.files: broken.py: binary or UTF-16 text; save it as UTF-8" in said


def test_absent_data_stop_the_measurement_with_file_and_command(measured):
    said = measured.snakemake(
        *("transfer", "--cores", "1", "--config", "run=other", "preset=transfer-smoke"),
        "transfer={benchmarks: [cifar10], folders: {cifar10: /nowhere}}",
        code=1,
    )
    assert "/nowhere/cifar-10-python.tar.gz is not there; fetch it with" in said
