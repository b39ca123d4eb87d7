"""Whole runs in which language models write the candidates."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from random import Random

import pytest
import yaml

from actmine.audit import sums
from actmine.files import read_jsonl
from checkouts import ROOT, copy_project
from fault_server import FaultServer, Plan, outcomes
from key_spellings import leaks
from model_server import weights

pytestmark = pytest.mark.workflow

KEY = "sk-planted-fedcba9876543210"
PASSWORD = "pl4nted+w0rd"  # of a proxy that nothing here needs
PROXY = f"http://me:{PASSWORD}@127.0.0.1:9"
SERVER = ROOT / "tests/support/model_server.py"
GRAMMAR = ROOT / "tests/support/activation.gbnf"
SEARCH = {"generations": 2, "candidates_per_island": 4}
REQUESTS = 7  # of eight slots, and the repairs of what the gate refuses
# Advice is due in the second generation, for which the budget has slots alone.
ADVISED = {"advice": {"every": 1}, "tune_children": 0}
FEW = 3  # for a real model: two slots and advice
KILLS = int(os.environ.get("KILLS", "20"))


def configure(checkout, name, url, *, entry=None, adviser=None, **more):
    """A file of configuration whose only mutator is a model at that address.

    It gives advice itself, or does so under another name with another entry.
    """
    mutator = {
        "kind": "llm",
        "model": "openai/local",
        "api_base": url,
        "price": {"input": 1, "output": 2},
    }
    advisers = [{**mutator, "weight": 0, **adviser}] if adviser else []
    settings = {
        "run": name,
        "preset": "smoke",
        "candidates_per_job": 20,
        "mutation": {
            "mutators": [{**mutator, **(entry or {})}, *advisers],
            "client": {"timeout_s": 60, "backoff_s": 0.05},
            "adapt": "bandit",
            **ADVISED,
            **more.pop("mutation", {}),
        },
        **more,
    }
    path = checkout.folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(settings))
    return ["--configfile", str(path), "--config", f"run={name}", "--cores", "2"]


def search_files(folder):
    """The proposals and populations of a run."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.glob("main/gen_*/island_*/*.json*"))
    }


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A finished smoke run of a model whose server fails now and then, within a budget.

    What the server knows of secrets it repeats, in each of its answers.
    """
    folder = tmp_path_factory.mktemp("served")
    checkout = copy_project(folder)
    plan = Plan(rate=0.03, delay_s=0.02, echo_key=True, echoes=(KEY, PASSWORD))
    with FaultServer(plan, folder / "server.jsonl") as server:
        options = configure(
            checkout,
            "asked",
            server.url,
            entry={"key_env": "MODEL_KEY"},
            search=SEARCH,
            budget={"requests": REQUESTS},
            mutation={"client": {"timeout_s": 3, "backoff_s": 0.05, "concurrency": 1}},
        )
        options = [*options, "--printshellcmds"]
        said = checkout.snakemake(*options, MODEL_KEY=f"{KEY}\r\n", HTTPS_PROXY=PROXY)
        (folder / "said.txt").write_text(said)
        log = outcomes(folder / "server.jsonl")
        checkout.snakemake(*options, "--forceall", "search", MODEL_KEY=KEY)
        again = outcomes(folder / "server.jsonl")
    return checkout, options, log, again


def mined(checkout):
    """The rows of all slots but the seeds'."""
    with (checkout.folder / "results/asked/tables/candidates.csv").open() as file:
        return [row for row in csv.DictReader(file) if row["mutator"] != "seed"]


def replies(run):
    """The files of a run's journal that hold a reply."""
    return [one for one in (run / "journal").glob("*/*.json") if one.name.count(".") == 1]


def test_every_candidate_was_written_by_the_model(served):
    checkout, _, log, _ = served
    rows = mined(checkout)
    assert len(rows) == 8 and {row["mutator"] for row in rows} == {"openai/local"}
    assert any(row["status"] == "scored" for row in rows)
    asked = [row for row in rows if int(row["attempts"])]
    assert all(int(row["tokens"]) > 0 for row in asked)
    kept = replies(checkout.folder / "results/asked")
    assert len(kept) == sum(int(row["attempts"]) for row in rows) <= len(log)


def test_a_budget_that_is_used_up_ends_the_search_and_not_the_run(served):
    checkout, *_ = served
    skipped = [row for row in mined(checkout) if row["status"] == "skipped"]
    assert skipped and all(row["reason"].startswith("budget: requests") for row in skipped)
    assert len(replies(checkout.folder / "results/asked")) <= REQUESTS
    assert (checkout.folder / "results/asked/report/index.html").exists()


def test_advice_is_paid_after_the_slots_and_costs_none(served):
    run = served[0].folder / "results/asked"
    first, second = (
        next(read_jsonl(run / f"main/gen_000{generation}/island_0/proposals.jsonl"))
        for generation in (1, 2)
    )
    assert "advice" not in first
    assert second["advice"]["reason"].startswith("budget: requests")
    (row,) = (
        one
        for one in csv.DictReader((run / "tables/mutators.csv").read_text().splitlines())
        if one["operator"] == "advice"
    )
    assert (row["slots"], row["replies"], row["skipped"]) == ("0", "0", "0")


def test_what_the_models_children_cost_is_kept_for_the_slots_to_come(served):
    checkout, *_ = served
    run = checkout.folder / "results/asked"
    last = json.loads((run / "main/gen_0002/island_0/population.json").read_text())
    (record,) = last["returns"]
    rows = [row for row in mined(checkout) if row["status"] != "skipped"]
    assert record["mutator"] == "openai/local" and record["children"] == len(rows)
    assert record["usd"] == pytest.approx(sum(float(row["usd"]) for row in rows)) != 0
    with (run / "tables/returns.csv").open() as file:
        (told,) = csv.DictReader(file)
    assert float(told["gain"]) == pytest.approx(record["gain"], abs=1e-6)
    assert float(told["usd"]) == pytest.approx(record["usd"], abs=1e-6)


def test_no_reply_is_asked_for_again_even_if_the_whole_search_is_forced(served):
    _, _, log, again = served
    assert log and again == log


def test_no_file_of_a_run_tells_a_secret_in_any_spelling(served):
    checkout, *_ = served
    files = [path for path in checkout.folder.rglob("*") if path.is_file()]
    told = {path: leaks(path.read_text(errors="replace"), KEY, PASSWORD) for path in files}
    assert {path: ways for path, ways in told.items() if ways} == {}
    folder = checkout.folder / "results/asked"
    kept = [json.loads(path.read_text())["reply"]["text"] for path in replies(folder)]
    assert kept and all("Your key is Bearer [redacted]." in text for text in kept)


def test_a_copied_journal_repeats_the_run_without_server_or_key(served, tmp_path):
    checkout, *_ = served
    assert "all are identical" in checkout.actmine("replay", "asked")
    copied = copy_project(tmp_path / "copy")
    shutil.copytree(
        checkout.folder / "results/asked/journal", copied.folder / "results/asked/journal"
    )
    options = configure(copied, "asked", None, search=SEARCH, mutation={"replay": "only"})
    copied.snakemake(*options, "search")
    repeated, asked = (search_files(one.folder / "results/asked") for one in (copied, checkout))
    assert repeated == asked


@pytest.fixture
def begun(served, tmp_path):
    """A copy of that run which has its seeds only, and no reply."""
    copy = served[0].copied_to(tmp_path / "begun")
    for part in ("journal", "main/gen_0001", "main/gen_0002"):
        shutil.rmtree(copy.folder / "results/asked" / part)
    return copy


def test_a_prompt_that_no_journal_holds_is_named_in_a_replay(begun):
    options = configure(begun, "asked", None, search=SEARCH, mutation={"replay": "only"})
    told = begun.snakemake(*options, "search", code=1)
    assert "journal has no reply for prompt" in told
    assert "Traceback" not in told


def test_an_endpoint_that_is_down_ends_the_job_with_one_clear_line(begun):
    options = configure(begun, "asked", "http://127.0.0.1:9/v1", search=SEARCH)
    told = begun.snakemake(*options, "search", code=1, OPENAI_API_KEY=KEY)
    assert "unreachable" in told and "run again to continue" in told
    assert "Traceback" not in told


def test_a_tampered_population_is_named_by_replay(served):
    checkout, *_ = served
    path = checkout.folder / "results/asked/main/gen_0001/island_0/population.json"
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b'"generation": 1', b'"generation": 9', 1))
    told = checkout.actmine("replay", "asked", code=1)
    path.write_bytes(kept)
    assert "gen_0001/island_0/population.json: does not follow from its inputs" in told


def test_an_audit_names_a_reply_that_is_not_the_proposals(served, tmp_path):
    checkout, *_ = served
    assert "every check holds" in checkout.actmine("audit", "asked")
    forged = tmp_path / "asked"
    shutil.copytree(checkout.folder / "results/asked", forged)
    # Where a reply held no code, another without code would be none either. A repair's request
    # has the answer before it, of which the secrets were taken: its hash cannot be checked.
    entries = {path: json.loads(path.read_text()) for path in replies(forged)}
    kept = sorted(
        entries,
        key=lambda path: (
            "def " not in entries[path]["reply"]["text"],
            entries[path]["attempt"] > 0,
        ),
    )
    for path, part in zip(kept, ("text", "prompt_tokens", "messages"), strict=False):
        document = json.loads(path.read_text())
        if part == "messages":
            document["messages"][0]["content"] += " Please."
        else:
            document["reply"][part] = {"text": "nothing", "prompt_tokens": 1}[part]
        path.write_text(json.dumps(document))
    kept[-1].unlink()
    sums.seal(forged)
    told = checkout.actmine("audit", str(forged), code=1)
    for path in (*kept[:3], kept[-1]):
        assert f"{path.relative_to(forged)}: " in told


def test_a_missing_key_is_named_before_any_job_and_a_replay_needs_none(begun):
    keyed = {"search": SEARCH, "entry": {"key_env": "MY_KEY"}}
    told = begun.snakemake(*configure(begun, "asked", None, **keyed), "search", "-n", code=1)
    assert "openai/local needs MY_KEY, which the environment does not hold" in told
    assert "Traceback" not in told
    options = configure(begun, "asked", None, mutation={"replay": "only"}, **keyed)
    begun.snakemake(*options, "search", "-n")


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"price": None}, "litellm knows no price of 'openai/local'; set mutation.mutators"),
        (
            {"model": "own"},
            "'own' begins with no provider that litellm knows; write openai/own",
        ),
    ],
)
def test_a_model_that_cannot_be_asked_or_counted_stops_before_any_job(checkout, entry, told):
    options = configure(checkout, "free", "http://127.0.0.1:9/v1", entry=entry)
    assert told in checkout.snakemake(*options, "-n", code=1)


@contextmanager
def real_model():
    """The address of a model that a grammar holds to the form, and its entry."""
    process = subprocess.Popen(
        [sys.executable, str(SERVER)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    held = {"extra_body": {"grammar": GRAMMAR.read_text()}}
    try:
        yield process.stdout.readline().strip() + "/v1", {"max_tokens": 200, "extra": held}
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.skipif(weights() is None, reason="no weights: see requirements-model.txt")
def test_a_real_model_writes_the_candidates_of_a_run(checkout):
    """Asserts the plumbing, never skill: a tiny model held to the form by a grammar."""
    with real_model() as (url, entry):
        options = configure(
            checkout,
            "real",
            url,
            entry=entry,
            adviser={"name": "adviser", "max_tokens": 60},
            search={"generations": 2, "candidates_per_island": 1},
            budget={"requests": FEW},
            mutation={
                "repairs": 0,
                "client": {"timeout_s": 300, "concurrency": 1},
                "advice": {"every": 2, "model": "adviser"},
            },
        )
        checkout.snakemake(*options, "search", OPENAI_API_KEY=KEY)
    run = checkout.folder / "results/real"
    rows = [
        row
        for generation in (1, 2)
        for row in read_jsonl(run / f"main/gen_000{generation}/island_0/proposals.jsonl")
    ]
    told = [json.loads(path.read_text())["reply"] for path in replies(run)]
    print(f"a real model: {[(row['status'], row['reason']) for row in rows]} {told}")
    assert len(told) == FEW and rows[0].get("advice") is None
    assert rows[1]["advice"]["adviser"] == "adviser" and rows[1]["advice"]["text"]
    assert "accepted" in {row["status"] for row in rows}
    for reply in told:
        assert reply["prompt_tokens"] > 1500 and 0 < reply["completion_tokens"] <= 200
        assert reply["seconds"] > 0 and reply["usd"] > 0
    assert "all are identical" in checkout.actmine("replay", "real")


@pytest.mark.soak
def test_a_run_killed_again_and_again_ends_like_an_undisturbed_one(tmp_path):
    """Kills every process of the run at random moments while 200 proposals are made."""
    search = {"generations": 2, "candidates_per_island": 100}
    plan = Plan(rate=0.03, delay_s=0.3)
    mutation = {"client": {"timeout_s": 5, "backoff_s": 0.05, "concurrency": 4}}
    runs = {}
    for kind in ("calm", "killed"):
        checkout = copy_project(tmp_path / kind)
        log = tmp_path / f"{kind}.jsonl"
        with FaultServer(plan, log) as server:
            options = configure(
                checkout,
                "soaked",
                server.url,
                search=search,
                mutation=mutation,
            )
            if kind == "killed":
                _kill_often(checkout, options, log)
            checkout.snakemake(*options, "search", OPENAI_API_KEY=KEY)
        runs[kind] = checkout.folder / "results/soaked"
    for generation in ("gen_0001", "gen_0002"):
        for name in ("proposals.jsonl", "population.json"):
            paths = [run / "main" / generation / "island_0" / name for run in runs.values()]
            assert paths[0].read_bytes() == paths[1].read_bytes(), paths[1]


def _kill_often(checkout, options, log):
    """Starts the run, kills all of it, starts it again; counts what was asked twice."""
    random = Random(1)
    for _ in range(KILLS):
        process = subprocess.Popen(
            checkout.command(*options, "search"),
            cwd=checkout.folder,
            env=checkout.environ(OPENAI_API_KEY=KEY),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(random.uniform(4, 25))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        checkout.snakemake(*options, "--unlock")
    served = [line["body"] for line in outcomes(log) if line["outcome"] == "ok"]
    assert len(served) - len(set(served)) <= KILLS * 4
