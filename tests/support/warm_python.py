"""`python -m MODULE` by a fork of a process that has imported what such modules import.

It spares each start a second and more. The module still has a process of its own, with the
arguments, environment, folder and path of an ordinary start; none of our code is loaded before.
"""

import atexit
import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

_IMPORTED = {"snakemake": ("snakemake.cli",)}
_IMPORTED_ELSE = ("pandas", "scipy.stats", "torch")
_LONGEST_S = 1800


def run(
    module: str, arguments: Sequence[str], *, folder: Path, environ: Mapping[str, str]
) -> tuple[int, str]:
    """Its exit code, and what it wrote on both streams."""
    server = _server(_IMPORTED.get(module, _IMPORTED_ELSE))
    assert server.stdin and server.stdout
    with tempfile.NamedTemporaryFile("r", errors="replace") as said:
        order = [module, list(arguments), str(folder), dict(environ), said.name]
        server.stdin.write(json.dumps(order) + "\n")
        server.stdin.flush()
        return int(server.stdout.readline()), said.read()


@cache
def _server(imported: tuple[str, ...]) -> subprocess.Popen[str]:
    """The process that forks, ended with this one."""
    server = subprocess.Popen(
        [sys.executable, __file__, *imported],
        env={"PATH": "/usr/bin:/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(server.communicate)
    return server


def _serve(imported: Sequence[str]) -> None:
    """Answers each order with the exit code of a child; returns in the child, to run it."""
    for name in imported:
        import_module(name)
    gc.freeze()  # a child's collections shall not copy what it was given
    answers = os.fdopen(os.dup(1), "w")
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if child == 0:
            answers.close()
            _begin(*json.loads(line))
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)
    sys.exit()


def _begin(
    module: str, arguments: list[str], folder: str, environ: dict[str, str], said: str
) -> None:
    """Makes of this process what `python -m` is when its module begins."""
    signal.alarm(_LONGEST_S)
    out = os.open(said, os.O_WRONLY | os.O_APPEND)
    for stream, target in ((0, os.open(os.devnull, os.O_RDONLY)), (1, out), (2, out)):
        os.dup2(target, stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    sys.path[:1] = [folder, *environ["PYTHONPATH"].split(os.pathsep)]
    sys.argv[:] = [module, *arguments]


if __name__ == "__main__":
    _serve(sys.argv[1:])
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
