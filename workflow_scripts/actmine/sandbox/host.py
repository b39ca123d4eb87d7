"""The parent's side: runs one request at a time in a disposable child."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Literal, Self

from numpy.typing import NDArray

from actmine.sandbox import privileges
from actmine.sandbox.layers import Isolation, Limits, warning
from actmine.sandbox.protocol import (
    CONTINUE,
    RUNG,
    STOP,
    Arrays,
    ProtocolError,
    pack,
    receive,
    send,
    unpack,
)

_PACKAGES = str(Path(__file__).resolve().parents[2])
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from actmine.sandbox.zygote import main; main(int(sys.argv[2]), *sys.argv[3:])"
)
# What a warm process needs of the environment: libraries and one thread. Keys never.
_INHERITED = ("LD_LIBRARY_PATH", "ATEN_CPU_CAPABILITY")
_FIXED = {"LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_MAX_REASON = 500
_MISSING = "missing"  # a child's first word, if a layer cannot be had

# Hears what a child sends at a rung: the step that it names, and its arrays, both to be
# distrusted; whether the child may go on. It raises ProtocolError at what is out of turn, so
# that no child can send without end.
Hear = Callable[[object, Arrays], bool]


class SandboxError(RuntimeError):
    """The sandbox itself does not work; no candidate is to blame."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came of one request.

    Attributes:
        ok: the child answered without an error.
        header, arrays: its answer; to be distrusted.
        layers: the isolation that was in force, told before the source was sent.
        reason: why there is none, for a person.
        timed_out: a time limit ended it.
        stopped: it was told at a rung not to go on; whatever it did then counts for nothing.
        cpu_s, wall_s, peak_mb: the kernel's count, not the child's word.
    """

    ok: bool
    header: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    layers: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    timed_out: bool = False
    stopped: bool = False
    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_mb: float = 0.0


class Sandbox:
    """A warm process and its disposable children; a context manager.

    Args:
        preload: "lab" for training (Lightning), "gate" for checks (torch alone), "transfer" for
            the benchmarks' networks, "time" for cost figures.
        isolation: the profile, see `Isolation`.

    Raises:
        SandboxError: the warm process does not start.
    """

    boot: ClassVar[str] = _BOOT

    def __init__(
        self, preload: Literal["lab", "gate", "transfer", "time"], *, isolation: str = "strict"
    ) -> None:
        profile = Isolation(isolation)
        if told := warning(profile):
            print(told, file=sys.stderr, flush=True)
        privileges.hide()  # a child of the same user could read the targets in our memory
        self._folder = tempfile.TemporaryDirectory(prefix="actmine-")
        self._control, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-c", self.boot, _PACKAGES),
                *(str(theirs.fileno()), preload, profile.value),
            ],
            env={**_FIXED, **{k: os.environ[k] for k in _INHERITED if k in os.environ}},
            cwd=self._folder.name,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
        )
        theirs.close()
        if not self._control.recv(1):
            code = self._process.wait()
            raise SandboxError(
                f"the warm process for {preload!r} ended with exit code {code} before it was "
                "ready; its own message stands above, or the machine ran out of memory"
            )

    @property
    def pid(self) -> int:
        """The warm process."""
        return self._process.pid

    @property
    def folder(self) -> Path:
        """The private, empty folder in which the children stand."""
        return Path(self._folder.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._control.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def run(
        self,
        header: Mapping[str, Any],
        arrays: Arrays,
        *,
        limits: Limits,
        hear: Hear | None = None,
    ) -> Reply:
        """Answers one request from a child of its own, which is gone afterwards.

        Args:
            hear: decides at the rungs of a fit. The child is told one bit, go on or stop.

        Raises:
            SandboxError: the warm process is gone, or a layer that must hold is missing.
        """
        started = time.monotonic()
        ours, theirs = socket.socketpair()
        with ours:
            order = {
                "memory_mb": limits.memory_mb,
                "cpu_s": limits.cpu_s,
                "wall_s": limits.wall_s,
                "watch_resident": limits.watch_resident,
            }
            try:
                with theirs:
                    socket.send_fds(
                        self._control, [json.dumps(order).encode()], [theirs.fileno()]
                    )
            except OSError as error:
                raise SandboxError(f"the warm process is gone ({error})") from None
            talk = _converse(ours, pack(header, arrays), limits, hear)
        report = self._report()
        if _MISSING in talk.layers:  # said before any source was sent: it is our own word
            raise SandboxError(talk.layers[_MISSING])
        usage = {
            "layers": talk.layers,
            "cpu_s": report["cpu_s"],
            "peak_mb": report["peak_mb"],
            "wall_s": time.monotonic() - started,
        }
        return _judge(talk, report, usage, limits)

    def _report(self) -> dict[str, Any]:
        data = self._control.recv(4096)
        if not data:
            raise SandboxError(
                "the warm process died; the machine may be out of memory (run again: what was "
                "measured is kept)"
            )
        report: dict[str, Any] = json.loads(data)
        return report


@dataclass(frozen=True, kw_only=True)
class _Talk:
    """What was heard of a child: its layers, and an answer or what went wrong."""

    layers: dict[str, str]
    answer: bytes | None = None
    flaw: str = ""
    stopped: bool = False


def _converse(
    channel: socket.socket, request: bytes, limits: Limits, hear: Hear | None
) -> _Talk:
    layers: dict[str, str] = {}
    try:
        layers, _ = unpack(receive(channel, limit=4096))
        if _MISSING in layers:
            return _Talk(layers=layers)
        send(channel, request)
        while True:
            message = receive(channel, limit=limits.reply_bytes)
            if hear is None:
                return _Talk(layers=layers, answer=message)
            header, arrays = unpack(message)
            if RUNG not in header:
                return _Talk(layers=layers, answer=message)
            if not hear(header[RUNG], arrays):
                with contextlib.suppress(OSError):  # it may be gone; the verdict stands
                    channel.sendall(STOP)
                return _Talk(layers=layers, stopped=True)
            channel.sendall(CONTINUE)
    except (ProtocolError, OSError) as error:
        return _Talk(layers=layers, flaw=str(error))


def _judge(talk: _Talk, report: dict[str, Any], usage: dict[str, Any], limits: Limits) -> Reply:
    if talk.stopped:
        return Reply(ok=False, reason="stopped at a rung", stopped=True, **usage)
    if report["limit"] == "memory":
        reason = f"out of memory (limit {limits.memory_mb} MB)"
        return Reply(ok=False, reason=reason, **usage)
    # A child may ignore the signal at its CPU limit; the kernel then kills it a second later.
    ignored = report["exit"] == -signal.SIGKILL and report["cpu_s"] >= limits.cpu_s
    if report["limit"] == "time" or report["exit"] == -signal.SIGXCPU or ignored:
        reason = f"over its time limit ({limits.cpu_s:.0f} CPU s, {limits.wall_s:.0f} s)"
        return Reply(ok=False, reason=reason, timed_out=True, **usage)
    if talk.answer is None:
        code = report["exit"]
        ended = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return Reply(ok=False, reason=f"no reply: {talk.flaw} ({ended})", **usage)
    try:
        header, arrays = unpack(talk.answer)
    except ProtocolError as error:
        return Reply(ok=False, reason=f"a garbled reply: {error}", **usage)
    if header.get("error"):
        return Reply(ok=False, header=header, reason=_printable(header["error"]), **usage)
    return Reply(ok=True, header=header, arrays=arrays, **usage)


def _printable(text: object) -> str:
    """A child's words, bounded and without control characters."""
    cut = str(text)[:_MAX_REASON]
    return "".join(c if c.isprintable() else " " for c in cut)
