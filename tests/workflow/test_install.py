"""What `pip install .` gives: a program that needs no checkout, run from another folder."""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from actmine import code_hash
from checkouts import PARTS, ROOT, copy_project

pytestmark = pytest.mark.workflow

OF_PACKAGE = ("pyproject.toml", "setup.py", "README.md", "LICENSE")
MINE = "def activation(x):\n    return x * torch.sigmoid(2 * x)\n"
HASHES = """
import json
from actmine import code_hash
print(json.dumps([code_hash.__file__, code_hash.digest(), code_hash.file_hashes("train.py")]))
"""
API = """
import sys
import actmine
heavy = {"numpy", "pandas", "torch", "yaml", "argparse"} & set(sys.modules)
def mine(x):
    return x * torch.sigmoid(2 * x)
print(sorted(heavy), actmine.score(mine, train=False).status)
"""


class Installed:
    """A wheel, installed into an environment of its own; what it requires lies outside."""

    def __init__(self, folder):
        source = copy_project(folder / "source").folder
        for name in OF_PACKAGE:
            (source / name).write_bytes((ROOT / name).read_bytes())
        build = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
        run(*pip(*build, "--wheel-dir", folder, source))
        (self.wheel,) = folder.glob("actmine-*.whl")
        run(sys.executable, "-m", "venv", "--without-pip", folder / "env")
        self.bin = folder / "env/bin"
        install = ["install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
        run(*pip("--python", self.bin / "python", *install, self.wheel))
        required = sysconfig.get_paths()["purelib"]
        (packages,) = (folder / "env").glob("lib/python*/site-packages")
        (packages / "required.pth").write_text(f"{required}\n")
        self.package = packages / "actmine"
        self.elsewhere = folder / "elsewhere"
        self.elsewhere.mkdir()

    def __call__(self, program, *arguments, code=0):
        """What it says, started in a folder that has nothing of ours."""
        return run(self.bin / program, *arguments, cwd=self.elsewhere, code=code)


def pip(*arguments):
    return [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]


def run(*command, code=0, cwd=None):
    ended = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == code, (ended.stdout + ended.stderr)[-4000:]
    return ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    return Installed(tmp_path_factory.mktemp("installed"))


def test_the_wheel_has_every_file_of_the_workflow_once(installed):
    brought = {
        path.relative_to(installed.package / "workflow")
        for path in (installed.package / "workflow").rglob("*")
        if path.is_file()
    }
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", *PARTS], capture_output=True, text=True
    ).stdout.split()
    packages = ("actmine/", "snakemake_logger_plugin_actmine/")
    inside = tuple(f"workflow_scripts/{name}" for name in packages)
    assert brought == {Path(name) for name in listed if not name.startswith(inside)}
    above = installed.package.parent
    package = {
        path.relative_to(above).as_posix()
        for name in packages
        for path in (above / name).rglob("*")
        if path.is_file() and "workflow" not in path.relative_to(above / name).parts
    }
    ours = {name.removeprefix("workflow_scripts/") for name in listed}
    assert package == {name for name in ours if name.startswith(packages)}


def test_it_has_the_code_of_the_checkout(installed):
    """So that a run may be continued by either."""
    file, digest, hashes = json.loads(installed("python", "-c", HASHES))
    assert Path(file).parent == installed.package
    assert digest == code_hash.digest() and hashes == code_hash.file_hashes("train.py")


def test_commands_start_and_name_the_version(installed):
    assert installed("actmine", "--version") == "actmine 0.1.0\n"
    said = installed("actmine", "--help")
    assert "demo " in said and "functions" in said
    assert installed("python", "-m", "actmine", "--version") == "actmine 0.1.0\n"
    said = installed("actmine", "functions", "gelu_sine", code=1)
    assert "did you mean gelusine?" in said
    assert installed("actmine", "functions", "gelusine").count("\n") == 3
    for line in installed("actmine").splitlines():
        if "demo" in line:
            assert line.split()[0] == str(Path("../env/bin/actmine"))


def test_a_function_is_judged_behind_locks(installed):
    (installed.elsewhere / "mine.py").write_text(MINE)
    said = installed("actmine", "try", "mine.py", "--gate-only")
    assert said.startswith("mine.py: accepted, pointwise")
    (installed.elsewhere / "ours.py").write_text(API)
    assert installed("python", "ours.py") == "[] accepted\n"


def test_the_workflow_is_planned_and_its_jobs_run(installed):
    said = installed("actmine", "demo", "--dry-run")
    assert "This was a dry-run" in said and "write_report" not in said
    suite = "results/smoke/suites/search.json"
    installed("actmine", "run", "--cores", "1", suite, "--config", "preset=smoke")
    assert len(json.loads((installed.elsewhere / suite).read_text())["tasks"]) == 8
    assert (installed.elsewhere / "results/smoke/run.yaml").exists()
    assert "no such file" not in installed("actmine", "watch", "smoke", "--once")
