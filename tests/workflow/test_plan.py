"""What Snakemake plans, without running it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from checkouts import copy_project
from key_spellings import leaks

pytestmark = pytest.mark.workflow

PLANTED = "sk-planted-fedcba9876543210"


def jobs(text):
    """Planned jobs: (rule, inputs, outputs)."""
    blocks = re.split(r"\n(?=(?:local)?rule )", text)
    for block in blocks:
        name = re.match(r"(?:local)?rule (\w+):", block)
        if name:
            lines = dict(re.findall(r"^    (input|output|wildcards): (.*)$", block, re.M))
            yield name[1], lines.get("input", ""), lines.get("output", "")


@pytest.fixture(scope="module")
def plan(checkout):
    text = checkout.snakemake(
        "--dry-run", "--config", "preset=smoke", "--workflow-profile", "none", "--cores", "1"
    )
    return list(jobs(text))


def test_the_search_never_reads_the_held_out_suite(plan):
    searching = ("propose", "train", "select")
    inputs = [reads for rule, reads, _ in plan if rule in searching]
    assert len(inputs) > 8
    assert not [reads for reads in inputs if "held_out" in reads]


def test_held_out_tasks_are_read_by_validation_and_drawn_by_a_rule_of_their_own(plan):
    readers = {rule for rule, reads, _ in plan if "held_out.npz" in reads}
    measuring = {"measure_reference", "measure_catalog", "measure_finalists"}
    measuring.add("measure_compared")
    telling = {"validate", "corroborate"}  # what a constant would lose on them
    assert readers == {*measuring, *telling, "plot_tasks", "measure_champion"}
    drawn = [writes for rule, _, writes in plan if rule == "draw_suite"]
    assert sum("held_out" in writes for writes in drawn) == 1


def test_every_stage_reads_what_an_earlier_one_wrote(plan):
    written = {path for _, _, writes in plan for path in writes.split(", ")}
    for rule, reads, _ in plan:
        for path in filter(None, reads.split(", ")):
            assert path in written, f"{rule} reads {path}, which nothing writes"


def test_the_report_waits_for_every_file_of_the_champion(plan):
    (reads,) = [reads.split(", ") for rule, reads, _ in plan if rule == "report"]
    made = [writes.split(", ") for rule, _, writes in plan if rule.endswith("champion")]
    assert {name for each in made for name in each} <= set(reads)
    assert sorted(map(len, made)) == [3, 4]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["preset=huge"],
            "preset: no 'huge'; there are bias-growth, bias-parity, bias-periodic",
        ),
        (["sed=1"], "sed: no such key (did you mean seed?)"),
        (["search={islands: none}"], "search.islands: is 'none', must be a whole number"),
        (
            ["validation={robustness: {wide: {widht: 8}}}"],
            "validation.robustness.wide: lab.widht: no such key (did you mean width?)",
        ),
        (["results=/proc/nowhere"], "/proc/nowhere/demo cannot be written"),
        (["results=a{b}"], "results: is 'a{b}', must be a path in UTF-8, without braces"),
        (["results=\udcff"], "must be a path in UTF-8"),
        (["run=2026_11_28"], "run: is 20261128, must be a text: put it in quotes"),
        (
            ["sed=1", "lab={depth: 1e400}"],
            "lab.depth: is inf, must be a finite number\nsed: no such key",
        ),
    ],
)
def test_a_bad_configuration_is_one_clear_message(checkout, overrides, message):
    said = checkout.snakemake("--dry-run", "--config", *overrides, code=1)
    assert message in said
    assert "Traceback" not in said


def test_a_key_that_stands_twice_in_a_file_is_refused(checkout, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("run: mine\nsearch: {islands: 1}\nsearch: {generations: 4}\n")
    said = checkout.snakemake("--dry-run", "--configfile", str(path), code=1)
    assert f"{path}: not valid YAML: the key 'search' stands twice" in said


@pytest.mark.parametrize(
    "overrides",
    [
        [f"mutation={{mutators: [{{kind: llm, model: openai/a, {entry}}}]}}"]
        for entry in (
            f"api_base: http://me:{PLANTED}@127.0.0.1/v1",
            f"api_base: http://127.0.0.1/{PLANTED}/v1",  # known by its variable alone
            f"extra: {{extra_body: {{session_token: {PLANTED}}}}}",
        )
    ]
    + [[f"openai_api_key={PLANTED}"]],
)
def test_a_key_on_the_command_line_is_refused_and_stands_in_no_file(checkout, overrides):
    said = checkout.snakemake("--config", "run=told", *overrides, code=1, MODEL_KEY=PLANTED)
    assert "Traceback" not in said
    files = [path for path in checkout.folder.rglob("*") if path.is_file()]
    assert not leaks(said, PLANTED)
    assert [path for path in files if PLANTED.encode() in path.read_bytes()] == []


@pytest.mark.slow
def test_a_folder_in_any_spelling_is_one(checkout):
    def freeze(folder):
        options = ("--cores", "1", "freeze_run", "--config", "preset=smoke", "run=odd")
        return checkout.snakemake(*options, f"results={folder}", HOME=str(checkout.folder))

    freeze("./it's//here/")
    assert (checkout.folder / "it's/here/odd/run.yaml").exists()
    assert "Nothing to be done" in freeze("$HOME/it's/./here")
    freeze(".")
    assert (checkout.folder / "odd/run.yaml").exists()


@pytest.mark.slow
def test_jobs_keep_their_python_where_software_is_deployed_that_they_do_not_use(checkout):
    """No rule loads a module, and this configuration names no image."""
    options = ("--sdm", "env-modules", "apptainer", "--cores", "1")
    checkout.snakemake(*options, "freeze_run", "--config", "preset=smoke", "run=deployed")
    assert (checkout.folder / "results/deployed/run.yaml").exists()


def test_keys_of_the_search_can_be_overridden_on_the_command_line(checkout):
    said = checkout.snakemake(
        "--dry-run",
        "--config",
        "preset=smoke",
        "run=other",
        "seed=7",
        "search={generations: 3, islands: 2, candidates_per_island: 4}",
    )
    counts = dict(re.findall(r"^(\w+) +(\d+)$", said, re.M))
    assert (counts["propose"], counts["train"]) == ("8", "26")


def test_arms_share_the_suites_and_search_apart(checkout):
    said = checkout.snakemake(
        "--dry-run",
        "--config",
        "preset=smoke",
        "arms={main: {}, wide: {search: {islands: 2}}}",
    )
    counts = dict(re.findall(r"^(\w+) +(\d+)$", said, re.M))
    assert counts["draw_suite"] == "3"


def test_only_a_search_that_asks_models_waits_for_the_known_functions(checkout):
    model = (
        "{kind: llm, model: openai/a, price: {input: 0, output: 0}, api_base: 'http://h/v1'}"
    )
    arms = (
        f"{{main: {{}}, asking: {{mutation: {{mutators: [{model}]}}}}, "
        f"blind: {{mutation: {{mutators: [{model}], known_functions: 0}}}}}}"
    )
    said = checkout.snakemake(
        "--dry-run",
        "--config",
        "preset=smoke",
        f"arms={arms}",
        "--workflow-profile",
        "none",
        "--cores",
        "1",
    )
    reading = {
        "/".join(writes.split("/")[2:4])
        for rule, reads, writes in jobs(said)
        if rule == "propose" and "catalog/search/shard_0/evaluations.jsonl" in reads
    }
    assert reading == {"asking/gen_0001", "asking/gen_0002"}


def test_every_setting_of_the_lab_is_one_more_measurement_of_the_champions(checkout):
    said = checkout.snakemake(
        "--dry-run",
        "--config",
        "preset=smoke",
        "validation={robustness: {wide: {width: 8}, sgd: {optimizer: sgd}}}",
    )
    counts = dict(re.findall(r"^(\w+) +(\d+)$", said, re.M))
    assert (counts["measure_compared"], counts["corroborate"]) == ("3", "1")


def test_three_hundred_generations_plan_without_a_recursion_error(checkout):
    said = checkout.snakemake(
        "--dry-run", "--quiet", "all", "--config", "preset=smoke", "search={generations: 300}"
    )
    assert "RecursionError" not in said


def test_snakemakes_linter_has_no_remark(checkout):
    assert "your workflow is in a good condition" in checkout.snakemake("--lint")


def test_planning_needs_no_torch(checkout):
    modules = (
        "actmine.settings.frozen, actmine.layout, actmine.settings.measurements, "
        "actmine.evolution.selection"
    )
    probe = f"import sys, {modules}; assert 'torch' not in sys.modules"
    subprocess.run(
        [sys.executable, "-c", probe],
        env={"PYTHONPATH": str(checkout.folder / "workflow_scripts")},
        check=True,
    )


def test_it_runs_from_any_folder_whatever_that_is_called_or_holds(tmp_path):
    """Neither the checkout's folder nor that of the user gives a job its modules."""
    checkout = copy_project(tmp_path / "the 'check' \"out\" $x {y} & \u00fc")
    away = tmp_path / "{away} \u2212 $(x)"
    away.mkdir()
    for name in ("copy", "json", "numpy", "random", "select", "string", "types", "yaml"):
        for folder in (checkout.folder, away):
            (folder / f"{name}.py").write_text(f"raise ImportError('{name} of the user')\n")
    manifest = Path("results/smoke/suites/search.json")
    ended = subprocess.run(
        [
            *(Path(sys.executable).with_name("snakemake"), "--cores", "2", manifest),
            *("--snakefile", checkout.folder / "Snakefile", "--config", "preset=smoke"),
        ],
        cwd=away,
        env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "ascii", "TZ": "Nowhere/Else"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    plan = json.loads((away / "results/smoke/logs/plan.json").read_text())
    assert plan["jobs"] == 2
    assert (away / manifest).exists() and not (checkout.folder / "results").exists()
