"""A whole run whose model is a script that answers prompts in a folder."""

import csv
import json
import os
import re
import shutil
import signal
import threading
import time
from contextlib import contextmanager, suppress
from random import Random

import pytest
import yaml

from actmine.audit import sums
from actmine.files import read_json, read_jsonl, write_jsonl
from actmine.mutation.parameters import structure_of
from checkouts import copy_project

pytestmark = pytest.mark.workflow

SLOTS = 3
ADVICE = "Waves lose where they are fast; nothing even was tried."
FORMS = (
    "x * torch.sigmoid({a} * x)",
    "F.gelu(x) + 0.1 * torch.sin({a} * x)",
    "F.softplus({a} * x) - 0.3",
)
WAIT_S = 300  # far more than the script takes
KILLS = int(os.environ.get("KILLS", "20"))
NAME = re.compile(r"main-gen(\d+)-island0-slot(\d+)-try(\d)-[0-9a-f]{16}\.prompt\.md")
FOR_ADVICE = re.compile(r"main-gen\d{4}-island0-advice-try0-[0-9a-f]{16}\.prompt\.md")


def configure(checkout, *, wait_s=0, islands=1, generations=2, **mutation):
    """A configuration whose only mutator is a queue, which gives advice as well.

    One elite is kept, so that some children are none and have their constants tuned.
    """
    settings = {
        "run": "letters",
        "preset": "smoke",
        "candidates_per_job": 20,
        "search": {
            "generations": generations,
            "candidates_per_island": SLOTS,
            "islands": islands,
            "elites": 1,
            "per_niche": None,
        },
        "mutation": {
            "mutators": [{"kind": "queue", "name": "me"}],
            "client": {"queue_wait_s": wait_s},
            "advice": {"every": 2},
            **mutation,
        },
    }
    path = checkout.folder / "letters.yaml"
    path.write_text(yaml.safe_dump(settings))
    return ["--configfile", str(path), "--config", "run=letters", "--cores", "2"]


def prompts(run):
    return sorted((run / "queue").glob("*.prompt.md"))


def answer(prompt):
    """Writes advice, or a function; in slot 0 the first one is none that the gate takes."""
    text = ADVICE
    if not FOR_ADVICE.fullmatch(prompt.name):
        generation, slot, attempt = map(int, NAME.fullmatch(prompt.name).groups())
        formula = FORMS[slot].format(a=1 + slot / 5 + generation)
        if (slot, attempt) == (0, 0):
            formula = "x.numpy()"
        text = f"Here it is.\n\n```python\ndef activation(x):\n    return {formula}\n```\n"
    part = prompt.with_suffix(".part")
    part.write_text(text)
    name = prompt.read_text().partition("\n")[0].removeprefix("Reply file: ")
    part.rename(prompt.with_name(name))


@contextmanager
def someone(run):
    """Answers whatever stands in a run's queue, until the run has ended."""
    ended, answered = threading.Event(), set()

    def work():
        while not ended.wait(0.2):
            for prompt in prompts(run):
                if prompt.name not in answered:
                    answered.add(prompt.name)
                    answer(prompt)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield answered
    finally:
        ended.set()
        thread.join()


def replies(run):
    return [one for one in (run / "journal").glob("*/*.json") if one.name.count(".") == 1]


def kill_once(process, happened):
    """Kills all of a run at once when something has happened."""
    end = time.monotonic() + WAIT_S
    while not happened() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.2)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_while_it_waits(checkout, options, run):
    """Kills all of a run that has taken one reply and waits for others."""
    process = checkout.start(*options, "search", log=checkout.folder / "killed.log")
    # A reply is kept before its prompt goes: only after that is one taken.
    kill_once(process, lambda: replies(run) and len(prompts(run)) < SLOTS)
    checkout.snakemake(*options, "--unlock")


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """A finished run: it ended for want of replies, was killed waiting, and was run again."""
    checkout = copy_project(tmp_path_factory.mktemp("letters"))
    run = checkout.folder / "results/letters"
    told = checkout.snakemake(*configure(checkout), "search", code=1)
    asked = prompts(run)
    told += checkout.actmine("watch", "letters", "--once")
    answer(asked[1])
    waiting = configure(checkout, wait_s=WAIT_S)
    kill_while_it_waits(checkout, waiting, run)
    left = prompts(run)
    with someone(run) as whom:
        checkout.snakemake(*waiting)
    return checkout, run, told, (asked, left, whom)


def test_a_run_ends_with_one_message_once_all_its_prompts_are_written(answered):
    _, _, told, (asked, *_) = answered
    assert f"island 0: {SLOTS} replies missing in results/letters/queue" in told
    assert "then run again to continue: 0 replies kept" in told
    waiting = f"{SLOTS} prompts wait for a reply in results/letters/queue"
    assert f"{waiting}; then run again to continue" in told
    assert f"  queue       {waiting}" in told
    assert "Traceback" not in told
    assert [NAME.fullmatch(path.name)[2] for path in asked] == ["000", "001", "002"]


def test_a_kill_loses_no_reply_and_asks_none_again(answered):
    _, run, _, (asked, left, whom) = answered
    assert left == [asked[0], asked[2]]
    assert asked[1].name not in whom
    # Two generations, and a repair in each; of the second one slot is for constants, and
    # beside the others advice is asked for.
    assert len(replies(run)) == 1 + len(whom) == 2 * (SLOTS + 1)
    assert list((run / "queue").iterdir()) == []


def proposed(run):
    return [
        row
        for generation in (1, 2)
        for row in read_jsonl(run / f"main/gen_{generation:04d}/island_0/proposals.jsonl")
    ]


def test_every_candidate_was_written_by_the_script_and_cost_no_money(answered):
    _, run, *_ = answered
    rows = proposed(run)
    assert [row["status"] for row in rows] == ["accepted"] * len(rows)
    assert [row["mutator"] for row in rows] == ["me"] * 5 + ["embedded"]
    assert [len(row["attempts"]) for row in rows] == [2, 1, 1] * 2
    attempts = [attempt for row in rows[:-1] for attempt in row["attempts"]]
    assert {(attempt["model"], attempt["usd"]) for attempt in attempts} == {("queue/me", 0)}
    assert all(attempt["tokens"] > 1000 for attempt in attempts)
    kept = [json.loads(path.read_text())["reply"] for path in replies(run)]
    assert all(reply["in_doubt"] == 0 and reply["seconds"] >= 0 for reply in kept)


def test_advice_is_kept_and_counted_beside_the_slots(answered):
    _, run, *_ = answered
    held = [row.get("advice") for row in proposed(run)]
    assert [bool(one) for one in held] == [False] * SLOTS + [True, False, False]
    assert (held[SLOTS]["text"], held[SLOTS]["model"]) == (ADVICE, "queue/me")
    assert read_json(run / "main/gen_0002/island_0/population.json")["advice"] == held[SLOTS]
    with (run / "tables/mutators.csv").open() as file:
        (row,) = (one for one in csv.DictReader(file) if one["operator"] == "advice")
    assert (row["mutator"], row["slots"], row["replies"]) == ("me", "0", "1")
    assert int(row["tokens"]) == held[SLOTS]["tokens"] > 1000
    assert re.search(r">advice</td><td>0</td>", (run / "report/index.html").read_text())


def test_a_promising_child_has_its_constants_tuned_and_its_line_says_so(answered):
    checkout, run, *_ = answered
    waiting = read_json(run / "main/gen_0001/island_0/population.json")["promising"]
    last = proposed(run)[-1]
    assert last["operator"] == "tune child" and last["parents"] == [waiting[0]["target"]]
    assert structure_of(last["source"]) == structure_of(waiting[0]["state"]["source"])
    told = checkout.actmine("show", "letters", last["candidate_id"])
    parent = waiting[0]["target"]
    assert re.search(rf"{last['candidate_id']} .* tune child: .*\n  {parent} ", told)
    graph = checkout.actmine("lineage", "letters", last["candidate_id"])
    assert f'{parent} -->|"tune child' in graph


def test_a_later_prompt_and_show_tell_the_advice(answered, tmp_path):
    copy = answered[0].copied_to(tmp_path / "copy")
    run = copy.folder / "results/letters"
    options = configure(copy, generations=3)
    copy.snakemake(*options, "search", code=1)
    assert all(ADVICE in path.read_text() for path in prompts(run))
    with someone(run):
        copy.snakemake(*configure(copy, generations=3, wait_s=WAIT_S), "search")
    row = next(read_jsonl(run / "main/gen_0003/island_0/proposals.jsonl"))
    told = copy.actmine("show", "letters", row["candidate_id"])
    assert "advice in its prompt, of queue/me, asked in generation 2:\n  " + ADVICE in told
    assert "all are identical" in copy.actmine("replay", "letters")


def test_an_audit_names_advice_that_is_not_the_replys(answered, tmp_path):
    checkout, run, *_ = answered
    forged = tmp_path / "letters"
    shutil.copytree(run, forged)
    place = forged / "main/gen_0002/island_0/proposals.jsonl"
    place.write_text(place.read_text().replace(ADVICE, "Send waves.", 1))
    sums.seal(forged)
    told = checkout.actmine("audit", str(forged), code=1)
    assert re.search(r"journal/\w\w/\w+\.json: text differ from the advice", told)
    rows = [{k: v for k, v in row.items() if k != "advice"} for row in read_jsonl(place)]
    write_jsonl(place, rows)
    sums.seal(forged)
    told = checkout.actmine("audit", str(forged), code=1)
    assert "gen_0002/island_0/proposals.jsonl: advice stands in the slots []" in told


def test_an_audit_and_a_replay_find_it_as_it_was(answered):
    checkout, run, *_ = answered
    assert (run / "report/index.html").exists()
    assert "every check holds" in checkout.actmine("audit", "letters")
    assert "all are identical" in checkout.actmine("replay", "letters")
    (run / "queue/note.txt").write_text("of mine")
    assert "every check holds" in checkout.actmine("audit", "letters")


def test_a_replay_that_lacks_a_reply_writes_no_prompt(answered, tmp_path):
    copy = answered[0].copied_to(tmp_path / "copy")
    run = copy.folder / "results/letters"
    shutil.rmtree(run / "main/gen_0002")
    for path in replies(run):
        if json.loads(path.read_text())["generation"] == 2:
            path.unlink()
    told = copy.snakemake(*configure(copy, replay="only"), "search", code=1)
    assert "journal has no reply for prompt" in told
    assert not prompts(run)


def test_an_island_that_waits_holds_no_other_up(checkout):
    """Requests go over the network one island at a time; a queue has none."""
    run = checkout.folder / "results/letters"
    options = configure(checkout, wait_s=WAIT_S, islands=2)
    process = checkout.start(*options, "search", log=checkout.folder / "waiting.log")
    kill_once(process, lambda: len(prompts(run)) == 2 * SLOTS)
    assert {path.name.split("-")[2] for path in prompts(run)} == {"island0", "island1"}


@pytest.mark.soak
def test_a_run_killed_again_and_again_while_somebody_answers_ends_like_a_calm_one(tmp_path):
    random, runs = Random(7), []
    for kills in (0, KILLS):
        checkout = copy_project(tmp_path / f"killed-{kills}")
        run = checkout.folder / "results/letters"
        options = configure(checkout, wait_s=WAIT_S, generations=6)
        with someone(run):
            for _ in range(kills):
                process = checkout.start(*options, "search", log=tmp_path / "log")
                time.sleep(random.uniform(3, 15))
                with suppress(ProcessLookupError):  # it may have ended by itself
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                checkout.snakemake(*options, "--unlock")
            checkout.snakemake(*options, "search")
        runs.append(run)
        assert list((run / "queue").iterdir()) == []
    calm, killed = (
        {
            str(path.relative_to(run)): path.read_bytes()
            for name in ("proposals.jsonl", "population.json")
            for path in sorted(run.glob(f"main/gen_*/island_0/{name}"))
        }
        for run in runs
    )
    assert len(calm) == 14 and calm == killed
    assert len(replies(runs[0])) == len(replies(runs[1]))
