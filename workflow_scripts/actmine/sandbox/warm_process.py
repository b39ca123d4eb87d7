"""Starts the process that children are forked from.

It imports little itself, so that a job can start the process first and import the rest of
what it needs while torch is imported there.
"""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from actmine.capability import NARROWER
from actmine.machine import REMEDY, MachineError
from actmine.sandbox import privileges, zygote
from actmine.sandbox.layers import Isolation, Limits

if TYPE_CHECKING:
    from actmine.sandbox.worker import Handlers

BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    f"from {zygote.__name__} import main; main(int(sys.argv[2]), sys.argv[3])"
)
_PACKAGES = str(Path(__file__).resolve().parents[2])
# What a warm process needs of the environment: libraries, kernels and one thread. Keys never.
_INHERITED = ("LD_LIBRARY_PATH", *NARROWER)
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
# Without torch's JIT, vmap spares a fit 0.15 s of imports: what it would learn there is to
# compute losses and `addr`, which no source may call.
_FIXED = {
    "LC_ALL": "C.UTF-8",
    "PYTORCH_JIT": "0",
    # A heap of large pages, where the kernel has them: a child of it begins and ends sooner.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    **dict.fromkeys(_THREADS, "1"),
}


class SandboxError(MachineError):
    """The sandbox itself does not work; no candidate is to blame."""


def ending(code: int) -> str:
    """How a process ended, by its exit code as Python has it."""
    if code >= 0:
        return f"exit code {code}"
    names = {number.value: number.name for number in signal.Signals}
    return f"killed by {names.get(-code, f'signal {-code}')}"


class WarmProcess:
    """A warm process, started at once and waited for when it is needed; a context manager.

    Args:
        handlers: the module that answers requests there.
        boot: the program that it runs.
        inherited: names of what it needs of the environment besides.
    """

    def __init__(
        self, handlers: "Handlers", *, boot: str = BOOT, inherited: Sequence[str] = ()
    ) -> None:
        privileges.hide()  # a child of the same user could read the targets in our memory
        self._module = handlers.__name__
        self._ready = False
        try:
            self._folder = tempfile.TemporaryDirectory(prefix="actmine-")
            self._control, theirs = socket.socketpair()
            with theirs:
                self._process = self._start(boot, theirs.fileno(), inherited)
        except OSError as error:
            raise SandboxError(f"no warm process can be started ({error}); {REMEDY}") from None
        atexit.register(self.close)  # before its folder goes, whose loss it would tell of

    def _start(
        self, boot: str, channel: int, inherited: Sequence[str]
    ) -> subprocess.Popen[bytes]:
        names = (*_INHERITED, *inherited)
        return subprocess.Popen(
            [sys.executable, "-I", "-c", boot, _PACKAGES, str(channel), self._module],
            env={**_FIXED, **{k: os.environ[k] for k in names if k in os.environ}},
            cwd=self._folder.name,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(channel,),
        )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def folder(self) -> Path:
        """The private, empty folder in which the children stand."""
        return Path(self._folder.name)

    def wait_until_ready(self) -> None:
        """Returns once it takes orders.

        Raises:
            SandboxError: it does not start.
        """
        if not self._ready:
            self._receive(1, "before it was ready; its own message stands above, if it had one")
        self._ready = True

    def order(self, isolation: Isolation, limits: Limits, channel: socket.socket) -> None:
        """Has it fork a child that serves one channel."""
        message = json.dumps([isolation.value, asdict(limits)]).encode()
        # What is sent to a process that is gone is missed when its report is read.
        with contextlib.suppress(ConnectionError):
            socket.send_fds(self._control, [message], [channel.fileno()])

    def report(self) -> dict[str, Any]:
        """How the child of the last order ended.

        Raises:
            SandboxError: the warm process is gone.
        """
        report: dict[str, Any] = json.loads(self._receive(4096, "while it had a child"))
        return report

    def _receive(self, size: int, when: str) -> bytes:
        with contextlib.suppress(ConnectionError):
            if data := self._control.recv(size):
                return data
        end = ending(self._process.wait())
        raise SandboxError(f"the process for {self._module} ended ({end}) {when}; {REMEDY}")

    def close(self) -> None:
        """Ends it; at once, if nobody waited for it."""
        atexit.unregister(self.close)
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
