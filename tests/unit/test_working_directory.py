"""No module of the folder in which a user stands is taken for one of Python's or ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = str(Path(__file__).parents[2] / "workflow_scripts")
# Python itself reads types, functools and a few more there before any of ours: `bin/actmine`.
NAMES = (
    *("abc", "argparse", "copy", "dataclasses", "enum", "json", "numbers", "numpy", "pathlib"),
    *(
        "random",
        "re",
        "select",
        "signal",
        "socket",
        "string",
        "subprocess",
        "tempfile",
        "torch",
    ),
    *("typing", "yaml"),
)


@pytest.fixture
def folder(tmp_path):
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(f"raise ImportError('{name} of the user')\n")
    (tmp_path / "mine.py").write_text("def activation(x):\n    return x * torch.tanh(x)\n")
    return tmp_path


@pytest.mark.parametrize("library", [LIBRARY, f"{LIBRARY}:"], ids=["plain", "empty entry"])
@pytest.mark.parametrize(
    "command", [("read", "mine.py"), ("try", "mine.py", "--gate-only"), ("watch", "none")]
)
def test_a_command_imports_nothing_from_there(command, library, folder):
    if library.endswith(":"):  # Python's own start looks there too
        for name in ("abc", "enum", "numbers", "re", "typing", "copy"):
            (folder / f"{name}.py").unlink()
    ended = subprocess.run(
        [sys.executable, "-m", "actmine", *command],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": library},
        capture_output=True,
        text=True,
    )
    said = ended.stdout + ended.stderr
    assert "mine.py: accepted" in said or "none: no such run" in said, said


def test_the_command_that_pip_makes_does_not_look_there_at_all(folder):
    (folder / "types.py").write_text("raise ImportError('types of the user')\n")
    (folder / "actmine.py").write_text("raise ImportError('actmine of the user')\n")
    made = folder / "bin" / "actmine"  # as pip writes it
    made.parent.mkdir()
    made.write_text("import sys\nfrom actmine.__main__ import main\nsys.exit(main())\n")
    ended = subprocess.run(
        [sys.executable, made, "read", "mine.py"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": LIBRARY},
        capture_output=True,
        text=True,
    )
    assert ended.stdout.startswith("mine.py: accepted"), ended.stderr
