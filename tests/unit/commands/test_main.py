"""What the program says to who calls it wrongly, or lacks what a command needs."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from actmine import code_hash, layout
from actmine.__main__ import COMMANDS, main, parser_for
from actmine.audit.sums import seal
from actmine.commands import functions, recommend
from actmine.llm import prices
from actmine.machine import told_of_machine
from actmine.program import program
from actmine.settings.configuration import DEMO_TAKES, ConfigError
from actmine.transfer.benchmark import MissingDataError, Tier
from actmine.transfer.benchmarks import b3db, clrs, co2

CONFIGURING = ("--config", "-C", "--configfile", "--configfiles")


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("sho", "show"), ("champion", ""), ("tri", "try"), ("function", "functions")],
)
def test_an_unknown_command_is_told_with_what_is_near(wrong, meant, capsys):
    assert main([wrong]) == 2
    said = capsys.readouterr().err
    near = f" (did you mean {meant}?)" if meant else ""
    assert said == f"actmine: {wrong}: no such command{near}; there are {', '.join(COMMANDS)}\n"


def test_an_error_shows_what_is_in_a_name_and_keeps_its_lines(monkeypatch, capsys):
    def fail(_):
        raise ConfigError("\x1b[2Jx\u202ey: no such function\nthere are others")

    monkeypatch.setattr(functions, "run", fail)
    assert main(["functions"]) == 1
    said = "actmine: [U+001B][2Jx[U+202E]y: no such function\nthere are others\n"
    assert capsys.readouterr().err == said


def test_the_version_is_that_of_the_installation(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"actmine {code_hash.version()}\n"


def test_an_option_that_a_command_does_not_know_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["functions", "gelu", "--all"])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and "unrecognized arguments: --all" in said
    assert "functions [-h]" in said  # what it does know


def test_the_workflow_is_started_with_all_that_is_given(monkeypatch):
    started = []
    monkeypatch.setattr(os, "execv", lambda path, words: started.append((path, words)))
    for command in ("run", "demo"):
        given = ["-n", "search", "--config", "run=x", "search={islands: 1}", "--cores", "2"]
        with pytest.raises(TypeError):  # it does not come back
            main([command, *given])
        path, words = started.pop()
        assert path == words[0] == sys.executable and words[-len(given) :] == given
        assert Path(words[words.index("--snakefile") + 1]).is_file()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        *(([], True), (["--cores", "2"], True), (["-call"], True), (["--jobs=4"], True)),
        *((["search"], False), (["--dry-run"], False), (["--cores", "2", "search"], False)),
        *(([word, "run=x"], False) for word in CONFIGURING[:2]),
    ],
)
def test_the_demo_says_where_its_report_will_stand_and_no_other_runs(
    given, told, monkeypatch, capsys
):
    monkeypatch.setattr(os, "execv", lambda path, words: None)
    with pytest.raises(TypeError):  # it does not come back
        main(["demo", *given])
    said = capsys.readouterr().out
    place = "results/demo/report/index.html"
    assert said.startswith(f"The report will stand in {place}; {DEMO_TAKES}. `") or not told
    assert bool(said) is told


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            ["--config", "search.islands=2"],
            "--config: search.islands=2 is not KEY=VALUE; a key",
        ),
        (["-C", "run=x", "search"], "-C: search is not KEY=VALUE"),
        (["--config=seed"], "--config: seed is not KEY=VALUE"),
        (["search", "--configfile", "nowhere.yaml", "-n"], "nowhere.yaml: no such file"),
        (
            ["--configfiles", "good.yaml", "twice.yaml"],
            "twice.yaml: not valid YAML: the key 'run'",
        ),
    ],
)
def test_what_snakemake_would_not_read_as_configuration_is_one_line(
    given, said, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text("run: x\n")
    Path("twice.yaml").write_text("run: x\nrun: y\n")
    for command in ("run", "demo"):
        assert main([command, *given]) == 1
        told = capsys.readouterr().err
        assert told.startswith(f"actmine: {said}") and told.count("\n") == 1


def test_a_failure_is_that_of_a_changed_file_if_there_is_one(tmp_path, monkeypatch, capsys):
    def fail(_):
        raise TypeError("our mistake")

    monkeypatch.setattr(recommend, "run", fail)
    run = tmp_path / "mine"
    run.mkdir()
    (run / layout.RUN_FILE).write_text("whole")
    for sealed in (False, True):
        if sealed:
            seal(run)
        with pytest.raises(TypeError, match="our mistake"):
            main(["recommend", str(run)])
    (run / layout.RUN_FILE).write_text("changed")
    assert main(["recommend", str(run)]) == 1
    said = f"actmine: {run / layout.RUN_FILE}: its content is not what sha256sums.txt sealed; "
    assert capsys.readouterr().err == f"{said}`actmine audit {run}` tells more\n"


def test_choices_are_shown_as_they_are_typed():
    for command in COMMANDS:
        (commands,) = parser_for([command])._subparsers._group_actions
        parsers: Any = commands.choices
        for action in parsers[command]._actions:
            assert {type(choice) for choice in action.choices or ()} <= {str}, command


def test_the_program_is_called_as_it_was_started(monkeypatch, tmp_path):
    made = tmp_path / "bin" / "actmine"
    made.parent.mkdir()
    made.touch(0o755)
    monkeypatch.setattr(sys, "argv", [str(made)])
    for path, told in ((made.parent, "actmine"), (tmp_path, "bin/actmine")):
        program.cache_clear()
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PATH", str(path))
        assert program() == told
    program.cache_clear()
    monkeypatch.setattr(sys, "argv", ["/somewhere/actmine/__main__.py"])
    python = Path(sys.executable)
    for path, told in ((python.parent, python.name), (tmp_path, os.path.relpath(python))):
        program.cache_clear()
        monkeypatch.setenv("PATH", str(path))
        assert program() == f"{told} -m actmine"
    program.cache_clear()


def test_a_missing_language_model_library_names_its_extra(monkeypatch, capsys):
    monkeypatch.setattr(prices, "find_spec", lambda name: None)
    prices.price_table.cache_clear()
    assert main(["estimate", "openai/gpt-4o-mini"]) == 1
    said = capsys.readouterr().err
    assert said == "actmine: litellm is not installed; pip install 'actmine[llm]'\n"


@pytest.mark.parametrize("benchmark", [b3db, co2, clrs])
def test_a_missing_library_of_a_benchmark_names_its_extra(benchmark, monkeypatch):
    for module in (benchmark, sys.modules[MissingDataError.__module__]):
        monkeypatch.setattr(module, "find_spec", lambda name: None, raising=False)
    with pytest.raises(MissingDataError) as missing:
        if benchmark is clrs:
            clrs.draw("bfs", 1, 4, 0)
        else:
            benchmark.load(Tier.SMOKE, {})
    told = told_of_machine(missing.value)  # with which a stage ends, in one line
    assert "pip install 'actmine[transfer]'" in told and "\n" not in told
