"""What a stage or a command says reaches a stream of any kind, or is missed by nobody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = str(Path(__file__).parents[2] / "workflow_scripts")
STAGE = (
    "from actmine.stage import run_stage\n"
    "from actmine.streams import tell\n"
    "def main():\n    tell('a \\u00b7 \\u2212 \\udcff')\n    tell('b')\n"
    "run_stage(main, [])\n"
)
TEXT = "def activation(x):\n    return x  # \u03b1 \u2212\n"


def python(*arguments, shell="", **environ):
    """An interpreter that sees nothing but these variables; the shell redirects its streams."""
    return subprocess.run(
        ["bash", "-c", f'exec "$@" {shell}', "bash", sys.executable, *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": LIBRARY, **environ},
        capture_output=True,
    )


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(TEXT, encoding="utf-8")
    return str(path)


ENCODINGS = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"},
    {"PYTHONIOENCODING": "ascii:strict"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONIOENCODING": "utf-8", "COLUMNS": "0", "TERM": "dumb"},
]


@pytest.mark.parametrize("environ", ENCODINGS, ids=lambda environ: " ".join(environ.values()))
def test_what_an_encoding_lacks_is_spelled_out(environ, source):
    staged = python("-c", STAGE, **environ)
    assert staged.returncode == 0 and staged.stdout.endswith(b"\\udcff\nb\n"), staged.stderr
    read = python("-m", "actmine", "read", source, **environ)
    assert read.returncode == 0 and b"def activation" in read.stdout, read.stderr


@pytest.mark.parametrize("shell", [">&-", "> /dev/full", "2>&-", "<&- >&- 2>&-", "> >(exit)"])
def test_a_stage_does_not_fail_because_nobody_reads_it(shell):
    ended = python("-c", STAGE, shell=shell)
    assert ended.returncode == 0 and ended.stderr == b""


def test_what_is_opened_next_does_not_become_a_stream_that_was_closed(tmp_path):
    path = tmp_path / "result"
    code = (
        "import os, sys\nfrom actmine.streams import open_streams\nopen_streams()\n"
        f"file = open({str(path)!r}, 'w')\nprint('said', flush=True)\nos.write(1, b'said')\n"
        "sys.exit(file.fileno() < 3)\n"
    )
    assert python("-c", code, shell="<&- >&- 2>&-").returncode == 0
    assert path.read_text() == ""


@pytest.mark.parametrize(
    ("shell", "code", "said"),
    [
        (">&-", 0, b""),
        ("2>&-", 0, b""),
        ("> /dev/full", 1, b"actmine: output: No space left on device\n"),
    ],
)
def test_a_command_says_in_a_line_that_its_output_fits_nowhere(shell, code, said, source):
    ended = python("-m", "actmine", "read", source, shell=shell)
    assert (ended.returncode, ended.stderr) == (code, said)


def test_a_command_whose_output_nobody_reads_on_ends_without_a_word(tmp_path):
    paths = [str(tmp_path / f"{n:04}") for n in range(3000)]
    ended = python("-m", "actmine", "read", *paths, shell="| head -n 1")
    assert ended.stdout.count(b"\n") == 1 and ended.stderr == b""
