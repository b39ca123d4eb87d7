"""`python -m actmine` as a user types it."""

import html
import json
import re
import shlex
import shutil
from typing import Any

import numpy as np
import pytest
import torch

import actmine
from actmine.__main__ import main
from actmine.csv_files import read_csv
from actmine.files import read_json
from actmine.settings.configuration import ConfigError
from actmine.validation.leaderboard import read_leaderboard

pytestmark = pytest.mark.workflow

GOOD = '"""Mine."""\nimport torch\n\n\ndef activation(x):\n    return x * torch.tanh(x)\n'
FILES = {
    "good.py": GOOD,
    "no_entry.py": "def act(x):\n    return x\n",
    "imports_os.py": "import os\n\n\ndef activation(x):\n    return x\n",
    "not_finite.py": "def activation(x):\n    return torch.exp(x * x)\n",
    "flat.py": "def activation(x):\n    return torch.sign(x)\n",
    "no_python.py": "def activation(x:\n",
}


@pytest.fixture
def files(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return {name: str(tmp_path / name) for name in FILES}


def rows(said):
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def test_the_gate_alone_judges_every_file_with_its_reason(checkout, files):
    said = checkout.actmine("try", *files.values(), "--gate-only", "--json", code=2)
    answers = rows(said)
    assert [row["file"] for row in answers] == list(files.values())
    assert [row["accepted"] for row in answers] == [True] + [False] * 5
    assert set(answers[0]) == {"file", "accepted", "status", "reason", "labels", "flops"}
    assert answers[0]["labels"] == ["pointwise"] and answers[0]["flops"] > 1
    layers = [row["reason"].split(":")[0] for row in answers[1:]]
    assert layers == ["static", "static", "contract", "contract", "static"]
    assert "activation" in answers[1]["reason"] and "import os" in answers[2]["reason"]


def test_files_that_are_all_accepted_give_exit_code_zero(checkout, files):
    checkout.actmine("try", files["good.py"], "--gate-only")


def test_a_trained_file_is_ranked_among_the_known_functions(checkout, files):
    said = checkout.actmine("try", files["good.py"], "--preset", "smoke")
    assert "measuring 4 known functions once" in said
    assert "scored, pointwise" in said and " 4 known functions" in said
    said = checkout.actmine("try", files["good.py"], "--preset", "smoke", "--json")
    assert "measuring" not in said
    (row,) = rows(said)
    assert set(row) == {
        "file", "accepted", "status", "reason", "labels", "flops",
        "fitness", "fitness_se", "seconds",
    }  # fmt: skip
    assert row["fitness_se"] > 0 and row["seconds"] > 0


def test_a_run_finds_what_try_has_measured(checkout, finished, files):
    """Both address the same store with the same content."""
    checkout.actmine("try", files["good.py"], "--preset", "smoke")
    tried = {p.name for p in (checkout.folder / "results/smoke/store").rglob("*.json")}
    ran = {p.name for p in (finished.folder / "results/smoke/store").rglob("*.json")}
    assert len(tried & ran) == 4


def test_a_missing_run_is_named_with_those_that_there_are(finished, checkout):
    said = finished.actmine("show", "nowhere", "c0", code=1)
    assert said == "actmine: nowhere: no such run in results: there is smoke\n"
    said = finished.actmine("show", "smoky", "champion", code=1)
    assert said.endswith("no such run in results (did you mean smoke?): there is smoke\n")
    said = checkout.actmine("watch", "nowhere", "--results", "elsewhere", code=1)
    assert "no such run in elsewhere: there is none; name another with --results" in said


# A file of a run, what it holds once it is damaged, and commands that read it.
DAMAGED = [
    ("run.yaml", "schema_version: [1\nx: y\n", ["show RUN", "watch RUN --once", "replay RUN"]),
    ("run.yaml", "schema_version: 1\n", ["show RUN", "watch RUN --once", "diff RUN RUN"]),
    ("run.yaml", "\udcff", ["show RUN", "compare RUN RUN", "strategies RUN"]),
    ("validation/comparison.json", '{"a": ', ["show RUN", "versus RUN MINE"]),
    ("main/gen_0002/island_0/population.json", "{", ["show RUN", "watch RUN --once"]),
    ("main/gen_0001/island_0/proposals.jsonl", "{", ["lineage RUN champion"]),
    ("reference/search/evaluations.jsonl", "{}\n", ["show RUN", "recommend RUN"]),
    *(
        (name, content, [*commands, "show RUN"])
        for content in ("{}", "[]", "5", '{"elites": 5, "tasks": {}, "candidate_id": 7}')
        for name, commands in {
            "validation/champion.json": ["lineage RUN champion"],
            "validation/comparison.json": ["export mlflow RUN"],
            "suites/held_out.json": ["strategies RUN", "diff RUN RUN"],
            "main/gen_0002/island_0/population.json": ["watch RUN --once"],
            "main/gen_0002/island_0/proposals.jsonl": ["lineage RUN relu"],
        }.items()
    ),
    ("validation/leaderboard.csv", "a\n1,2\n1,2,3\n", ["diff RUN RUN", "compare RUN RUN"]),
    ("tables/candidates.parquet", "PAR1", ["compare RUN RUN"]),
]


@pytest.mark.parametrize(("name", "content", "commands"), DAMAGED)
def test_a_damaged_file_is_named_in_one_line(
    finished, files, tmp_path, capsys, name, content, commands
):
    run = shutil.copytree(finished.folder / "results/smoke", tmp_path / "smoke")
    (run / name).write_bytes(content.encode(errors="surrogateescape"))
    for command in commands:
        words = {"RUN": str(run), "MINE": files["good.py"]}
        assert main([words.get(word, word) for word in command.split()]) == 1
        said = capsys.readouterr().err
        assert said.startswith(f"actmine: {run / name}") and said.count("\n") == 1, said


def test_a_run_that_is_named_twice_is_told_so(finished, tmp_path):
    page = str(tmp_path / "page.html")
    said = finished.actmine("compare", "smoke", "results/smoke", "--out", page)
    assert said.endswith("note: one run is named twice: smoke, results/smoke\n")


def test_a_runs_findings_are_data_frames_and_modules(finished):
    run = actmine.load("smoke", results=finished.folder / "results")
    assert len(run.leaderboard) == run.leaderboard["candidate_id"].nunique() > 2
    assert set(run.candidates["candidate_id"]) & set(run.leaderboard["candidate_id"])
    assert set(run.tasks["suite"]) == {"search", "held_out"} and "formula" in run.tasks
    written: dict[str, Any] = {}
    exec((run.folder / "champion/activation.py").read_text(), written)
    x = torch.linspace(-3, 3, 50).reshape(5, 10)
    assert isinstance(run.champion, torch.nn.Module)
    assert torch.equal(run.champion(x), written["activation"](x))
    for name in run.leaderboard["name"]:  # whatever a table calls a function finds it
        assert run.function(name)(x).shape == x.shape
    assert torch.equal(run.function("GELU")(x), torch.nn.functional.gelu(x))
    assert torch.equal(run.function("gelus")(x), run.function("GELUSine")(x))
    with pytest.raises(ConfigError, match=r"gelq: is no candidate of .*; did you mean GELU"):
        run.function("gelq")


def test_a_function_is_set_beside_another_task_by_task(finished):
    run = actmine.load("smoke", results=finished.folder / "results")
    suite = run.tasks[run.tasks["suite"] == "held_out"]
    by_name = run.leaderboard.set_index("name")
    for name, against, column in (
        ("GELU", "relu", "ratio_relu"),
        ("GELUSine", "gelu", "ratio_gelu"),
        (
            run.leaderboard[run.leaderboard["role"] == "finalist"]["name"].iloc[0],
            "relu",
            "ratio_relu",
        ),
    ):
        table = run.by_task(name, against=against)
        assert sorted(table["task"]) == sorted(suite["name"])
        assert table["ratio"].is_monotonic_decreasing
        # The smoke run weighs all tasks alike.
        mean = np.exp(np.log(table["ratio"]).mean())
        assert mean == pytest.approx(by_name.loc[name, column], rel=1e-9)
        won = (table["ratio"] < 1).mean()
        assert won == by_name.loc[name, column.replace("ratio", "won")]
    gelu = run.families[run.families["name"] == "GELU"].set_index("family")
    of_family = (
        np.log(run.by_task("gelu").set_index("family")["ratio"]).groupby("family").mean()
    )
    assert of_family.to_dict() == pytest.approx((-gelu["log_ratio_relu"]).to_dict())
    unvalidated = set(run.candidates["candidate_id"]) - set(run.leaderboard["candidate_id"])
    with pytest.raises(ConfigError, match=r"has no losses on the held-out tasks"):
        run.by_task(min(unvalidated))


def test_a_run_tells_how_its_champion_was_made_and_what_it_is_worth(finished):
    run = actmine.load("smoke", results=finished.folder / "results")
    line = run.lineage()
    assert line["made"].iloc[0] == "seed" and line["source"].iloc[-1] == run.source()
    found = read_json(run.folder / "validation/comparison.json")
    assert run.verdicts == [
        *found["sentences"],
        *(one["sentence"] for one in found["cautions"].values()),
    ]
    assert run.generations["best_fitness"].iloc[-1] == run.candidates["fitness"].max()
    store = {path.name for path in (run.folder / "store").rglob("*.json")}
    standing = run.score(run.source())  # as the search measured it, and so out of the store
    assert standing.fitness == pytest.approx(run.generations["best_fitness"].iloc[-1])
    assert store == {path.name for path in (run.folder / "store").rglob("*.json")}


def test_the_commands_that_a_run_prints_run_as_they_stand(finished):
    page = html.unescape((finished.folder / "results/smoke/report/index.html").read_text())
    card = (finished.folder / "results/smoke/champion/CARD.md").read_text()
    names = "run|audit|lineage|replay"
    printed = re.findall(rf"`actmine ((?:{names}) [^`]+)`", f"{page}{card}")
    printed += re.findall(rf"^(?:.*>)?actmine ((?:{names}) [^`<\n]+)", f"{page}\n{card}", re.M)
    commands = {tuple(shlex.split(command)) for command in printed}
    assert {words[0] for words in commands} == {"run", "audit", "lineage", "replay"}
    for words in sorted(commands):
        finished.actmine(*words, *["--dry-run"] * (words[0] == "run"))


def test_calibrate_prints_the_correlation_and_the_cost_by_size(checkout):
    said = checkout.actmine("calibrate", "--preset", "smoke", "--steps", "30")
    header, *lines = said.splitlines()
    assert header.split()[:3] == ["steps", "replicates", "tasks"]
    sizes = [line.split()[:3] for line in lines]
    assert sizes == [["30", "1", "6"], ["30", "1", "8"], ["30", "2", "6"], ["30", "2", "8"]]
    assert all(
        -1 <= float(line.split()[3]) <= 1 < 10 * float(line.split()[4]) + 1 for line in lines
    )


def test_labs_ranks_the_known_functions_in_each_and_trains_nothing_twice(checkout):
    asked = ("labs", "--preset", "smoke", "--labs", "{brief: {steps: 5}}", "--out", "in_labs")
    said = checkout.actmine(*asked)
    assert "brief: measuring 4 of 4 known functions" in said
    again = checkout.actmine(*asked)
    assert "measuring" not in again and said.endswith(again)
    head, *lines = again.splitlines()
    assert head.endswith("and rank of 4 known functions")
    assert lines[0].split() == ["mean", "rank", "lab", "brief"]
    ranks = [line.split()[-1] for line in lines[1:5]]
    assert sorted(ranks) == list("1234")
    assert sum(" * " in line for line in lines[1:5]) == 2
    assert re.search(r"^brief +16 +2 +5 +0.01 +0  \S+ \(\S+ to \S+\)$", again, re.M)
    assert again.count("the paper's order GELUSine < GELU-Sinc-Perturbation < GELU") == 4
    tables = {path.name: path.read_text() for path in checkout.folder.glob("in_labs/*")}
    assert {name: len(text.splitlines()) for name, text in tables.items()} == {
        "functions.csv": 5, "labs.csv": 3, "paper_order.csv": 13
    }  # fmt: skip


def test_labs_that_cannot_be_are_refused_by_name(checkout):
    said = checkout.actmine("labs", "--labs", "{odd: {depth: 0}, lab: {}, x: 3}", code=1)
    assert "validation.robustness.odd: lab.depth: is 0" in said
    assert "validation.robustness.lab" in said and "validation.robustness.x" in said
    assert "not valid YAML" in checkout.actmine("labs", "--labs", "{", code=1)


def test_biases_measures_champions_under_every_bias_and_trains_nothing_twice(
    finished, tmp_path
):
    here = finished.copied_to(tmp_path / "project")
    results = here.folder / "results"
    shutil.copytree(results / "smoke", results / "bias-other")
    asked = ("biases", "smoke", "bias-other", "--out", "tables")
    said = here.actmine(*asked)
    # The runs have measured all but SiLU: their champion, ReLU, GELU and the best known.
    assert re.search(r"^other: measuring 1 of [45] functions$", said, re.M)
    again = here.actmine(*asked)
    assert "measuring" not in again and said.endswith(again)
    head, _, *lines = again.splitlines()
    assert head == "| held-out fitness (95%) | smoke | other |"
    assert [line.split(" |")[0] for line in lines[:3]] == [
        "| mined for smoke", "| mined for other", "| ReLU"
    ]  # fmt: skip
    results = results / "smoke/validation"
    found = read_json(results / "comparison.json")
    (own,) = (
        row
        for row in read_leaderboard(results / "leaderboard.csv").to_dict("records")
        if row["candidate_id"] == found["champion"]
    )
    expected = found["versus"][found["best_known"]["name"]]
    cross = read_csv(here.folder / "tables/cross.csv").to_dict("records")
    mine = [row for row in cross if row["mined_for"] == row["measured_on"]]
    assert [row["measured_on"] for row in mine] == ["smoke", "other"]
    for row in mine:
        assert row["candidate_id"] == found["champion"]
        told = [row["fitness"], row["low"], row["high"]]
        assert told == pytest.approx(
            [own["held_out_fitness"], own["ci_low"], own["ci_high"]], rel=1e-4
        )
    versus = read_csv(here.folder / "tables/versus.csv").to_dict("records")
    assert [(row["bias"], row["by"]) for row in versus] == [
        ("smoke", "task"),
        ("other", "task"),
    ]
    for row in versus:
        assert row["sample"] == expected["tasks"] == 8
        keys = ("ratio", "low", "high", "p", "won")
        assert [row[key] for key in keys] == pytest.approx(
            [expected[key] for key in keys], rel=1e-4
        )
    assert here.actmine("audit", "smoke")  # a store that grew is no damage


def test_biases_refuses_runs_that_were_not_measured_alike_or_not_validated(finished, tmp_path):
    here = finished.copied_to(tmp_path / "project")
    results = here.folder / "results"
    other = results / "bias-wide"
    shutil.copytree(results / "smoke", other)
    frozen = (other / "run.yaml").read_text()
    (other / "run.yaml").write_text(frozen.replace("width: 16", "width: 24"))
    said = here.actmine("biases", "smoke", "bias-wide", code=1)
    assert "smoke and bias-wide were not measured alike: they differ in lab.width" in said
    assert "each run needs a name" in here.actmine("biases", "smoke", "smoke", code=1)
    (other / "validation/comparison.json").unlink()
    assert "bias-wide: not validated yet" in here.actmine("biases", "bias-wide", code=1)
    assert "bias-growth: no such run" in here.actmine("biases", code=1)


def test_versus_compares_a_function_with_what_the_run_found_on_held_out_tasks(finished, files):
    """The champion's own source is no better than the champion, and GELU is what it was."""
    run = actmine.load("smoke", results=finished.folder / "results")
    with pytest.raises(ConfigError, match=r"nothing to compare: rejected, contract: .*finite"):
        run.versus(FILES["not_finite.py"])
    store = {path.name for path in (run.folder / "store").rglob("*.json")}
    own, gelu = run.versus(run.source()), run.versus(run.source("gelu"))
    assert store == {path.name for path in (run.folder / "store").rglob("*.json")}
    champion = own.set_index("role").loc["champion"]
    assert (champion["ratio"], champion["won"], champion["p"]) == (1.0, 0.5, 1.0)
    told = read_json(run.folder / "validation/comparison.json")["versus"]
    for name, expected in told.items():
        found = own.set_index("name").loc[name]
        for key in ("ratio", "low", "high", "p", "won", "tasks"):
            assert found[key] == pytest.approx(expected[key], rel=1e-9)
    leading = run.leaderboard.set_index("name").loc["GELU"]
    relu = gelu.set_index("name").loc["ReLU"]
    assert [relu[key] for key in ("ratio", "low", "high", "won")] == pytest.approx(
        [
            leading[key]
            for key in ("ratio_relu", "ratio_relu_low", "ratio_relu_high", "won_relu")
        ]
    )
    assert gelu.set_index("name").loc["GELU", "ratio"] == 1.0


def test_versus_trains_a_file_once_and_the_run_still_passes_its_audit(
    finished, files, tmp_path
):
    here = finished.copied_to(tmp_path / "project")
    (tmp_path / "steep.py").write_text(
        "def activation(x):\n    return 1e3 * x * x * x * x * x * x * x\n"
    )
    mine = [files["good.py"], files["no_entry.py"], str(tmp_path / "steep.py")]
    said = here.actmine("versus", "smoke", *mine, code=2)
    assert "on 8 held-out tasks\n" in said
    for words in (
        *("good.py: scored", "held-out fitness", "in-distribution loss"),
        *(
            "against the champion ",
            "against GELU",
            "against ReLU: ",
            "p values are not corrected",
        ),
        *("no_entry.py: rejected: static", "steep.py: failed: lab: the training loss is"),
    ):
        assert words in said
    again = here.actmine("versus", "smoke", *mine, "--json", code=2)
    assert "measuring" not in again
    good, refused, failed = rows(again)
    assert good["low"] < good["fitness"] < good["high"] and good["within_guard"]
    assert [len(row["against"]) > 2 for row in (good, refused, failed)] == [True, False, False]
    run = actmine.load("smoke", results=here.folder / "results")
    table = run.versus(GOOD)  # out of the store
    assert table.to_dict("records") == good["against"]
    assert here.actmine("audit", "smoke")  # a store that grew is no damage
    store = sorted((run.folder / "store").rglob("*.json"))
    apart = here.actmine("versus", "smoke", files["good.py"], "--isolation", "container")
    assert re.search(r"measuring (\d) of \1 functions", apart)  # it takes nothing from there
    kept = set((run.folder / "store").rglob("*.json")) - set(store)
    assert kept == set((run.folder / "store/container").rglob("*.json")) != set()
    assert here.actmine("audit", "smoke")
    with pytest.raises(
        ConfigError, match=r"nothing to compare: failed, lab: the training loss is"
    ):
        run.versus(tmp_path / "steep.py")
    manifest = run.folder / "suites/held_out.json"
    manifest.write_text(manifest.read_text().replace('"hash": "', '"hash": "0', 1))
    with pytest.raises(ConfigError, match="this version of actmine draws other tasks"):
        run.versus(GOOD)


def test_estimate_prints_tokens_and_dollars_of_known_models(checkout):
    told = checkout.actmine("estimate", "openai/gpt-4o-mini", "--candidates", "500")
    assert re.search(r"500 candidates.* prompt of about \d,\d{3} tokens", told)
    assert re.search(r"openai/gpt-4o-mini: \d\.\d\d USD \(0\.15 in, 0\.6 out", told)


@pytest.fixture
def estimated(checkout, capsys, monkeypatch):
    """What an estimate says, made in this process: litellm takes seconds to start."""
    monkeypatch.chdir(checkout.folder)

    def told(*words, code=0):
        assert main(["estimate", *words]) == code
        return "".join(capsys.readouterr())

    return told


def test_estimate_counts_requests_for_advice(estimated):
    asked = ("openai/gpt-4o-mini", "--candidates", "500")
    told = estimated(*asked, "--advice-every", "5")
    assert re.search(r"of these are 5 requests for advice, .* about \d,\d{3} tokens", told)
    usd = re.compile(r"gpt-4o-mini: (\d\.\d\d) USD")
    assert usd.search(told)[1] > usd.search(estimated(*asked))[1]
    assert "--advice-every must be 1 or more" in estimated(
        *asked, "--advice-every", "0", code=1
    )


def test_estimate_prints_that_a_queue_is_free(estimated):
    assert "queue: 0.00 USD (0 in, 0 out per million)" in estimated("queue")


def test_estimate_refuses_a_model_without_a_price(estimated):
    told = estimated("openai/my-own", code=1)
    assert "litellm knows no price of 'openai/my-own'" in told and "Traceback" not in told


def test_strategies_tells_each_arm_with_its_champion_and_seed(checkout, finished):
    told = finished.actmine("strategies", "smoke")
    assert re.search(r"^main +evolution +1 +\d+ ", told, re.MULTILINE)
    assert "evolution: median share of the gain that survives held-out tasks" in told
    assert "no such run" in checkout.actmine("strategies", "nothing", code=1)
