"""`snakemake --logger actmine`: what it shows of Snakemake's records, and how."""

import io
import logging
import os
import sys

import pytest
from snakemake.settings.enums import Quietness
from snakemake.settings.types import OutputSettings
from snakemake_interface_logger_plugins.common import LogEvent

from actmine.display.narrator import Standing
from snakemake_logger_plugin_actmine import LogHandler, LogHandlerSettings
from terminals import opened, sent_to

PROFILE = frozenset({Quietness.HOST, Quietness.RULES, Quietness.REASON})
ERROR = {
    "event": LogEvent.JOB_ERROR,
    "rule_name": "train",
    "rule_msg": None,
    "jobid": 3,
    "input": ["in.json"],
    "output": ["out.jsonl"],
    "log": ["train.log"],
    "conda_env": None,
    "shellcmd": "python train.py",
    "aux": {},
    "indent": False,
}


class Told:
    """A narrator that has one line of news a look."""

    standing = Standing(share=0.25, doing="generation 1 of 4", left="about 3 min 00 s left")
    looks = 0

    def begin(self, *, now):
        return ["going on"]

    def news(self, done, of, *, now, last=False):
        self.looks += 1
        return [f"news after {done} of {of}"] if done < of else []

    def reminder(self, *, now):
        return []

    def closing(self, *, idle=False):
        return ["page somewhere"] if idle else ["verdict", "page"]


def record(text="", level=logging.INFO, **extra):
    made = logging.LogRecord("snakemake", level, "", 0, text, None, None)
    made.__dict__.update(extra)
    return made


def a_run():
    """The records of a run whose second job fails, as Snakemake 9.27 makes them."""
    yield record("Config file config.yaml is extended by additional config")
    yield record(narrator=Told())
    yield record("Workflow has started!", event=LogEvent.WORKFLOW_STARTED)
    yield record("Building DAG of jobs...")
    yield record("Job stats:\ntrain 2", event=LogEvent.RUN_INFO)
    yield record(narrator=Told())
    yield record("Select jobs to execute...")
    yield record("rule train:", event=LogEvent.JOB_INFO)
    yield record("Finished jobid: 1 (Rule: train)", event=LogEvent.JOB_FINISHED, job_id=1)
    yield record("None", event=LogEvent.PROGRESS, done=1, total=2)
    yield record("a warning", level=logging.WARNING)
    yield record("Error in rule train", level=logging.ERROR, **ERROR)
    yield record("Trying to restart job 3.")
    yield record("None", event=LogEvent.PROGRESS, done=2, total=2)
    yield record("verdict\npage", closing=True)
    yield record("Complete log(s): 2026.snakemake.log")
    yield record("Elapsed time: 0:01:00")


def shown(records, monkeypatch, *, stream=None, snakemake=False, **asked):
    """What a handler prints of records."""
    stream = stream or io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    settings = OutputSettings(**{"quiet": PROFILE, **asked})
    handler = LogHandler(settings, LogHandlerSettings(snakemake=snakemake))
    for one in records:
        handler.handle(one)
    handler.close()
    return stream.getvalue() if isinstance(stream, io.StringIO) else ""


def test_the_run_is_told_and_not_its_jobs(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    told = shown(a_run(), monkeypatch)
    lines = told.splitlines()
    assert lines[:3] == ["going on", "news after 1 of 2", "a warning"]
    assert lines[-4:] == [
        "Trying to restart job 3.",
        "verdict",
        "page",
        "Complete log(s): 2026.snakemake.log",
    ]
    for chatter in ("Config file", "Building", "Job stats", "Finished", "Elapsed", "None\n"):
        assert chatter not in told.replace("message: None\n", "")
    assert "\r" not in told and "\x1b" not in told


def test_a_failed_job_is_told_in_full_with_its_log(monkeypatch):
    told = shown(a_run(), monkeypatch)
    for part in ("Error in rule train:", "log: train.log", "out.jsonl", "python train.py"):
        assert part in told


def test_the_log_of_a_job_that_failed_on_a_node_is_shown(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.log").write_text("Traceback: what went wrong\n")
    local = record("", level=logging.ERROR, **ERROR)
    away = record("", level=logging.ERROR, **{**ERROR, "aux": {"external_jobid": "7"}})
    assert "what went wrong" not in shown([local], monkeypatch)
    told = shown([away], monkeypatch)
    assert "what went wrong" in told and "external_jobid: 7" in told


@pytest.mark.parametrize(
    "asked", [{"snakemake": True}, {"verbose": True}, {"printshellcmds": True}]
)
def test_snakemakes_own_lines_are_one_option_away(monkeypatch, asked):
    told = shown(a_run(), monkeypatch, **asked)
    assert "Job stats" in told and "Finished jobid: 1" in told and "news" not in told
    assert "verdict\npage" in told


def test_a_dry_run_is_snakemakes_and_goes_where_it_went(monkeypatch, capsys):
    told = record("This was a dry-run (flag -n).")
    assert shown([told], monkeypatch, dryrun=True, stdout=True) == ""
    assert capsys.readouterr().out == "This was a dry-run (flag -n).\n"


def test_quiet_about_progress_keeps_errors_and_the_end(monkeypatch):
    told = shown(a_run(), monkeypatch, quiet=PROFILE | {Quietness.PROGRESS})
    assert "news" not in told and "Error in rule train:" in told and "verdict\npage" in told
    assert shown(a_run(), monkeypatch, quiet=frozenset({Quietness.ALL})) == ""


def test_nothing_to_do_names_what_stands(monkeypatch):
    start = list(a_run())[:4]
    nothing = record("Nothing to be done (all requested files are present and up to date).")
    lines = shown([*start, nothing], monkeypatch).splitlines()
    assert lines[-2:] == [nothing.getMessage(), "page somewhere"]


def test_a_mistake_in_what_is_told_leaves_snakemakes_lines(monkeypatch):
    class Broken(Told):
        def news(self, *given, **named):
            raise ValueError("of ours")

    records = [record(narrator=Broken()), *list(a_run())[2:5], *list(a_run())[9:]]
    told = shown(records, monkeypatch)
    assert "ValueError: of ours" in told and "verdict\npage" in told and "Elapsed" in told


@pytest.mark.parametrize(("term", "columns"), [("xterm", 110), ("dumb", 110), ("xterm", 0)])
def test_on_a_terminal_there_is_a_bar_that_the_end_takes_away(monkeypatch, term, columns):
    ours, theirs = opened(columns)
    monkeypatch.setenv("TERM", term)
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        shown(a_run(), monkeypatch, stream=stream)
    told = sent_to(ours)
    assert "news after 1 of 2\r\n" in told
    if term == "dumb" or not columns:
        assert "%" not in told
        return
    assert " 25% |" in told and "| generation 1 of 4; about 3 min 00 s left" in told
    after_bar = told.rpartition("about 3 min 00 s left")[2]
    assert "verdict\r\npage\r\n" in after_bar and "%" not in after_bar


@pytest.mark.parametrize(("encoding", "sign"), [("ascii", "+-"), ("utf-8", "\u00b1")])
def test_signs_are_spelled_as_the_stream_can(monkeypatch, encoding, sign):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace")
    shown([record("best 0.1 \u00b1 0.2", level=logging.WARNING)], monkeypatch, stream=stream)
    stream.flush()
    assert raw.getvalue().decode(encoding) == f"best 0.1 {sign} 0.2\n"
