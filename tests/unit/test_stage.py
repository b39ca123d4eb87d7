import errno
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import pytest

from actmine.files import ContentError, read_jsonl, write_jsonl
from actmine.machine import MachineError
from actmine.stage import Json, run_stage

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(path.stem for path in (ROOT / "workflow_scripts").glob("*.py"))
RULES = "".join(path.read_text() for path in sorted((ROOT / "rules").glob("*.smk")))


def example(run: Path, asked: Json, shard: int = 0, population: Path | None = None) -> None:
    """Stands for a stage."""
    print(run.name, asked, shard, population)


def test_parameters_are_read_by_their_types(capsys):
    run_stage(example, ["--run", "a/run.yaml", "--asked", '{"b": 1}', "--shard", "2"])
    assert capsys.readouterr().out == "run.yaml {'b': 1} 2 None\n"


def test_an_input_that_is_empty_leaves_an_option_alone(capsys):
    run_stage(example, ["--run", "run.yaml", "--asked", "{}", "--population"])
    assert capsys.readouterr().out == "run.yaml {} 0 None\n"


def test_a_parameter_without_a_default_must_be_given(capsys):
    with pytest.raises(SystemExit):
        run_stage(example, ["--run", "run.yaml"])
    assert "required: --asked" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MachineError("it has no legs; give it some"), "it has no legs; give it some"),
        (OSError(errno.ENOSPC, "No space left on device", "a"), "No space left .* see what"),
        (OSError(errno.EFBIG, "File too large"), "File too large.* see what the machine"),
        (MemoryError(), "no memory left; see what the machine allows"),
        (ContentError("a.json:3: no JSON; delete it"), r"a\.json:3: no JSON; delete it$"),
    ],
)
def test_what_the_machine_or_a_file_does_ends_a_stage_with_one_line(error, told):
    def stage() -> None:
        raise error

    with pytest.raises(SystemExit, match=told) as ended:
        run_stage(stage, [])
    assert "\n" not in str(ended.value)


def test_a_file_that_a_full_disk_emptied_is_named_and_no_list_of_nothing(tmp_path):
    def main(proposals: Path, evaluations: Sequence[Path], files: Sequence[Path] = ()) -> None:
        """Never called where a file of the run is empty."""

    emptied, none, own = (tmp_path / name for name in ("emptied", "none.jsonl", "own.py"))
    emptied.touch()
    own.touch()
    write_jsonl(none, [])
    assert list(read_jsonl(none)) == []
    run_stage(main, ["--proposals", str(none), "--evaluations", str(none), "--files", str(own)])
    with pytest.raises(SystemExit, match=f": {emptied}: empty; delete the file and run again"):
        run_stage(main, ["--proposals", str(none), "--evaluations", str(none), str(emptied)])


def test_any_other_error_is_a_traceback():
    def stage() -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file", "a")

    with pytest.raises(FileNotFoundError):
        run_stage(stage, [])


@pytest.mark.parametrize("name", SCRIPTS)
def test_rules_give_a_stage_the_options_that_it_has(name, capsys, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "workflow_scripts")
    main = import_module(name).main
    sys.modules.pop(name)
    with pytest.raises(SystemExit):
        run_stage(main, ["--help"])
    offered = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    shells = re.findall(rf'python "\$SCRIPTS"/{name}\.py.*?\n\n', RULES, re.S)
    assert shells
    for shell in shells:
        assert set(re.findall(r"--[a-z-]+", shell)) <= offered


def test_a_rule_that_fails_shows_its_log_in_one_spelling():
    shells = re.findall(r"^    shell:\n((?:        .*\n)+)", RULES, re.M)
    assert len(shells) == len(re.findall(r"^rule ", RULES, re.M)) > 20
    for shell in shells:
        assert shell.endswith('" || (cat {log:q} >&2; exit 1)"\n')


def test_every_path_of_a_command_is_quoted():
    # Numbers, and names that the schema holds to letters, digits, hyphens and underscores.
    plain = {"params.generations", "params.per_job", "params.measurement", "params.arm"}
    used = re.findall(r"\{((?:input|output|log|params)\b[^{}]*)\}", RULES)
    assert len(used) > 100
    assert {use for use in used if not use.endswith(":q")} <= plain
