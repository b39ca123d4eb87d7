"""What a real run says to whoever started it, on a terminal and elsewhere."""

import os
import re
import subprocess

import pytest

from checkouts import copy_project
from smoke_runs import SAID
from terminals import opened, sent_to

pytestmark = pytest.mark.workflow

SMOKE = ("--config", "preset=smoke", "--cores", "2")
# A search of seconds: one candidate after the seed.
SEARCH = "search={generations: 1, candidates_per_island: 1}"
SHORT = ("search", "--cores", "1", "--config", "preset=smoke", SEARCH)
CHATTER = (
    "Finished jobid",
    "Select jobs",
    "Job stats",
    "Building DAG",
    "rule train",
    "Elapsed",
)
FIVE = ["verdict", "page", "champion", "data", "next"]


def heads(lines):
    return [line.split(maxsplit=1)[0] for line in lines]


def test_a_run_tells_its_generations_its_stages_and_its_end(finished):
    told = (finished.folder / SAID).read_text()
    assert not [words for words in CHATTER if words in told]
    # Where a stream can show ASCII alone, the sign of an error is written in it.
    line = (
        r"^generation (\d) of 2: best( known function)? "
        r"[+-]?[\d.]+ (?:\+-|\N{PLUS-MINUS SIGN}) [\d.]+ \("
    )
    known = " known function"
    assert re.findall(line, told, re.M) == [("0", known), ("1", ""), ("2", "")]
    for stage in (
        "known functions on the search tasks: 4 of 4",
        "known functions on the held-out tasks: 4 of 4",
        "finalists on the fresh tasks: 1 of 1",
        "finalists on the held-out tasks: 2 of 2",
        "further checks: 1 of 1",
    ):
        assert told.count(stage) == 1
    assert re.search(r", about (\d+ min )?\d+ s left$", told, re.M)
    assert heads(told.splitlines()[-5:]) == FIVE
    assert "Finished jobid" in log_of(finished)


def test_with_nothing_to_do_it_ends_on_the_same_lines_which_are_true(finished):
    again = finished.snakemake(*SMOKE).splitlines()
    assert again[-6].startswith("Nothing to be done")
    first = (finished.folder / SAID).read_text().splitlines()
    assert again[-5:-1] == first[-5:-1]  # the last has a path that starts where one stands
    told = dict(line.split(maxsplit=1) for line in again[-5:])
    for line in ("page", "champion"):
        assert (finished.folder / told[line]).is_file()
    for place in told["data"].split(" and "):
        assert (finished.folder / place).exists()
    assert "times ReLU's" in told["verdict"] and "the best known" in told["verdict"]
    ended = subprocess.run(
        told["next"],
        shell=True,
        cwd=finished.folder,
        env=finished.environ(),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0 and "lineage, youngest first" in ended.stdout, ended.stderr


def log_of(checkout):
    """Snakemake's own log of its first invocation there."""
    return min((checkout.folder / ".snakemake/log").glob("*.log")).read_text()


def on_a_terminal(checkout, *arguments):
    """What a terminal is sent, and the exit code."""
    ours, theirs = opened(110)
    process = subprocess.Popen(
        checkout.command(*arguments),
        cwd=checkout.folder,
        env=checkout.environ(TERM="xterm", LANG="C.UTF-8"),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    return sent_to(ours), process.wait()


@pytest.mark.slow
def test_on_a_terminal_a_bar_moves_below_the_lines(tmp_path):
    told, code = on_a_terminal(copy_project(tmp_path / "bar"), *SHORT)
    assert code == 0, told
    shares = [int(share) for share in re.findall(r"\r *(\d+)% \|", told)]
    assert len(set(shares)) > 4 and shares == sorted(shares)
    assert "| generation 1 of 1" in told
    lines = [line.rpartition("\r")[2] for line in told.replace("\r\n", "\n").splitlines()]
    assert len([line for line in lines if line.startswith("generation 0 of 1: best")]) == 1
    assert heads(lines[-2:]) == ["best", "next"]
    assert not [words for words in CHATTER if words in told]


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """A checkout whose suites cannot be drawn."""
    checkout = copy_project(tmp_path_factory.mktemp("broken") / "project")
    script = checkout.folder / "workflow_scripts/draw_suite.py"
    text = script.read_text()
    assert text.count("    drawn = ") == 1
    script.write_text(text.replace("    drawn = ", "    1 / 0\n    drawn = "))
    return checkout


def test_a_failed_job_is_shown_with_its_message_its_command_and_its_log(broken):
    suite = "results/smoke/suites/search.json"
    told = broken.snakemake(*SMOKE, "--", suite, code=1)
    for part in (
        "ZeroDivisionError: division by zero",
        "Error in rule draw_suite:",
        "log: results/smoke/logs/draw_suite_search.log",
        "draw_suite.py --run results/smoke/run.yaml",
        "Complete log(s): ",
    ):
        assert part in told
    assert not [words for words in CHATTER if words in told]


def test_snakemakes_own_lines_are_one_option_away(broken):
    told = broken.snakemake(
        *("--logger-actmine-snakemake", "--forcerun", "freeze_run", *SMOKE, "freeze_run")
    )
    assert "Finished jobid: 0 (Rule: freeze_run)" in told and "Job stats" in told
