"""Checkouts in which Snakemake runs for real: each its own, or made once and copied."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import warm_python
from actmine.capability import NARROWER

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("Snakefile", "rules", "config", "profiles", "workflow_scripts")


def _heed_interrupts() -> None:
    """A shell that runs the tests in its background has them, and their children, ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A copy of the project's own files."""

    folder: Path

    def copied_to(self, folder: Path) -> "Checkout":
        """A checkout with the same files and dates, to be spoilt."""
        shutil.copytree(self.folder, folder)
        return Checkout(folder=folder)

    def snakemake(self, *arguments: str, code: int = 0, **environ: str) -> str:
        """Runs Snakemake as a user would, and returns what it said."""
        return self._run("snakemake", arguments, code, environ)

    def actmine(self, *arguments: str, code: int = 0) -> str:
        """Runs `python -m actmine` on this checkout's code."""
        return self._run("actmine", arguments, code, {})

    def start(self, *arguments: str, log: Path, **environ: str) -> subprocess.Popen[bytes]:
        """Starts Snakemake in a session of its own, and returns at once."""
        with log.open("ab") as out:
            return subprocess.Popen(
                self.command(*arguments),
                cwd=self.folder,
                env=self.environ(**environ),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_heed_interrupts,
            )

    def command(self, *arguments: str) -> list[str]:
        """The command line of Snakemake."""
        return [sys.executable, "-m", "snakemake", *arguments]

    def environ(self, **more: str) -> dict[str, str]:
        """What a command sees of the environment."""
        library = str(self.folder / "workflow_scripts")
        narrower = {name: os.environ[name] for name in NARROWER if name in os.environ}
        return {"PATH": "/usr/bin:/bin", "PYTHONPATH": library, **narrower, **more}

    def _run(
        self, module: str, arguments: tuple[str, ...], code: int, environ: dict[str, str]
    ) -> str:
        surroundings = self.environ(**environ)
        ended, said = warm_python.run(
            module, arguments, folder=self.folder, environ=surroundings
        )
        assert ended == code, said[-4000:]
        return said


def copy_project(folder: Path, *, root: Path = ROOT) -> Checkout:
    """The files that a user's clone has, without any result."""
    for part in PARTS:
        source, target = root / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return Checkout(folder=folder)


def made_once(folder: Path, fill: Callable[[Checkout], object]) -> Checkout:
    """A checkout that one worker fills, while the others wait for it.

    Args:
        folder: the same in every worker.
        fill: runs what the checkout is to hold; if it fails, the next worker starts anew.
    """
    done = folder.with_name(f"{folder.name}.done")
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            fill(copy_project(folder))
            done.touch()
    return Checkout(folder=folder)


def common_folder(base: Path) -> Path:
    """The folder of temporary files that all workers of one test run share."""
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
