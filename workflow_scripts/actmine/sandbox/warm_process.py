"""Starts the process that children are forked from.

It imports little itself, so that a job can start the process first and import the rest of
what it needs while torch is imported there.
"""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from actmine.sandbox import privileges, zygote

if TYPE_CHECKING:
    from actmine.sandbox.worker import Handlers

BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    f"from {zygote.__name__} import main; main(int(sys.argv[2]), sys.argv[3])"
)
_PACKAGES = str(Path(__file__).resolve().parents[2])
# What a warm process needs of the environment: libraries and one thread. Keys never.
_INHERITED = ("LD_LIBRARY_PATH", "ATEN_CPU_CAPABILITY")
_FIXED = {"LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class SandboxError(RuntimeError):
    """The sandbox itself does not work; no candidate is to blame."""


class WarmProcess:
    """A warm process, started at once and waited for when it is needed; a context manager.

    Args:
        handlers: the module that answers requests there.
        boot: the program that it runs.
    """

    def __init__(self, handlers: "Handlers", *, boot: str = BOOT) -> None:
        privileges.hide()  # a child of the same user could read the targets in our memory
        self._module = handlers.__name__
        self._ready = False
        self._folder = tempfile.TemporaryDirectory(prefix="actmine-")
        self._control, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-c", boot, _PACKAGES),
                *(str(theirs.fileno()), self._module),
            ],
            env={**_FIXED, **{k: os.environ[k] for k in _INHERITED if k in os.environ}},
            cwd=self._folder.name,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
        )
        theirs.close()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def folder(self) -> Path:
        """The private, empty folder in which the children stand."""
        return Path(self._folder.name)

    def control(self) -> socket.socket:
        """The channel to it, once it is ready.

        Raises:
            SandboxError: it does not start.
        """
        if not self._ready and not self._control.recv(1):
            code = self._process.wait()
            raise SandboxError(
                f"the warm process for {self._module} ended with exit code {code} before it "
                "was ready; its own message stands above, or the machine ran out of memory"
            )
        self._ready = True
        return self._control

    def close(self) -> None:
        """Ends it; at once, if nobody waited for it."""
        self._control.close()
        try:
            self._process.wait(timeout=10 if self._ready else 0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
