"""The parent's side: runs one request at a time in a disposable child."""

import contextlib
import json
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Self

from numpy.typing import NDArray

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
from actmine.sandbox.warm_process import BOOT, SandboxError, WarmProcess
from actmine.sandbox.worker import Handlers

_MAX_REASON = 500
_MISSING = "missing"  # a child's first word, if a layer cannot be had

# Takes what a child sends at a rung: the step that it names, and its arrays, both to be
# distrusted; whether the child may go on. It raises ProtocolError at what is out of turn, so
# that no child can send without end.
AtRung = Callable[[object, Arrays], bool]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came of one request.

    Attributes:
        ok: the child answered without an error.
        header, arrays: its answer; to be distrusted.
        layers: the isolation that was in force, reported before the source was sent.
        reason: why there is none, for a person.
        timed_out: a time limit ended it.
        killed: something else ended it from outside, such as the kernel short of memory.
        stopped: the parent said so at a rung; whatever the child did then counts for nothing.
        cpu_s, wall_s, peak_mb: the kernel's count, not the child's word.
    """

    ok: bool
    header: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    layers: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    timed_out: bool = False
    killed: bool = False
    stopped: bool = False
    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_mb: float = 0.0


def patiently(ask: Callable[[], Reply]) -> Reply:
    """The reply to a request, asked once more if the machine may be to blame for the first."""
    reply = ask()
    return ask() if reply.timed_out or reply.killed else reply


class Sandbox:
    """A warm process and its disposable children; a context manager.

    Args:
        handlers: the module that answers its requests.
        isolation: the profile, see `Isolation`.
        process: one that was started before, with these handlers; it is closed with the
            sandbox. Without it, one is started when it is first needed.
    """

    boot: ClassVar[str] = BOOT

    def __init__(
        self,
        handlers: Handlers,
        *,
        isolation: str = "strict",
        process: WarmProcess | None = None,
    ) -> None:
        self._isolation = Isolation(isolation)
        if message := warning(self._isolation):
            print(message, file=sys.stderr, flush=True)
        self._handlers = handlers
        self._process = process

    @property
    def process(self) -> WarmProcess:
        """The warm process, started now if need be."""
        if self._process is None:
            self._process = WarmProcess(self._handlers, boot=self.boot)
        return self._process

    def close(self) -> None:
        """Ends the warm process, if there is one."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def run(
        self,
        header: Mapping[str, Any],
        arrays: Arrays,
        *,
        limits: Limits,
        at_rung: AtRung | None = None,
    ) -> Reply:
        """Answers one request from a child of its own, which is gone afterwards.

        Args:
            at_rung: decides at the rungs of a fit. The child learns one bit, go on or stop.

        Raises:
            SandboxError: the warm process does not start or is gone, a layer that must hold is
                missing, or the child was gone before it could see the request.
        """
        control = self.process.control()
        started = time.monotonic()
        ours, theirs = socket.socketpair()
        with ours:
            order = self._isolation.value, asdict(limits)
            try:
                with theirs:
                    socket.send_fds(control, [json.dumps(order).encode()], [theirs.fileno()])
            except OSError as error:
                raise SandboxError(f"the warm process is gone ({error})") from None
            exchange = _exchange(ours, pack(header, arrays), limits, at_rung)
        report = _report(control)
        if _MISSING in exchange.layers:  # said before any source was sent: it is our own word
            raise SandboxError(exchange.layers[_MISSING])
        if not exchange.layers and not report["limit"]:
            raise SandboxError(
                f"a child ended before it was locked ({_end(report)}); the machine may be out "
                "of memory or processes (run again: what was measured is kept)"
            )
        usage = {name: report[name] for name in ("cpu_s", "peak_mb")}
        usage |= {"layers": exchange.layers, "wall_s": time.monotonic() - started}
        return _reply(exchange, report, usage, limits)


def _report(control: socket.socket) -> dict[str, Any]:
    """What the warm process reports of a child that has ended."""
    data = control.recv(4096)
    if not data:
        raise SandboxError(
            "the warm process died; the machine may be out of memory (run again: what was "
            "measured is kept)"
        )
    report: dict[str, Any] = json.loads(data)
    return report


@dataclass(frozen=True, kw_only=True)
class _Exchange:
    """What a child sent: its layers, and an answer or what went wrong."""

    layers: dict[str, str]
    answer: bytes | None = None
    error: str = ""
    stopped: bool = False


def _exchange(
    channel: socket.socket, request: bytes, limits: Limits, at_rung: AtRung | None
) -> _Exchange:
    layers: dict[str, str] = {}
    try:
        layers, _ = unpack(receive(channel, limit=4096))
        if _MISSING in layers:
            return _Exchange(layers=layers)
        send(channel, request)
        while True:
            message = receive(channel, limit=limits.reply_bytes)
            if at_rung is None:
                return _Exchange(layers=layers, answer=message)
            header, arrays = unpack(message)
            if RUNG not in header:
                return _Exchange(layers=layers, answer=message)
            if not at_rung(header[RUNG], arrays):
                with contextlib.suppress(OSError):  # it may be gone; the verdict stands
                    channel.sendall(STOP)
                return _Exchange(layers=layers, stopped=True)
            channel.sendall(CONTINUE)
    except (ProtocolError, OSError) as error:
        return _Exchange(layers=layers, error=str(error))


def _reply(
    exchange: _Exchange, report: dict[str, Any], usage: dict[str, Any], limits: Limits
) -> Reply:
    if exchange.stopped:
        return Reply(ok=False, reason="stopped at a rung", stopped=True, **usage)
    if report["limit"] == "memory":
        reason = f"out of memory (limit {limits.memory_mb} MB)"
        return Reply(ok=False, reason=reason, **usage)
    # A child may ignore the signal at its CPU limit; the kernel then kills it a second later.
    ignored = report["exit"] == -signal.SIGKILL and report["cpu_s"] >= limits.cpu_s
    if report["limit"] == "time" or report["exit"] == -signal.SIGXCPU or ignored:
        reason = f"over its time limit ({limits.cpu_s:.0f} CPU s, {limits.wall_s:.0f} s)"
        return Reply(ok=False, reason=reason, timed_out=True, **usage)
    if exchange.answer is None:
        reason = f"no reply: {exchange.error} ({_end(report)})"
        killed = report["exit"] == -signal.SIGKILL
        return Reply(ok=False, reason=reason, killed=killed, **usage)
    try:
        header, arrays = unpack(exchange.answer)
    except ProtocolError as error:
        return Reply(ok=False, reason=f"a garbled reply: {error}", **usage)
    if header.get("error"):
        return Reply(ok=False, header=header, reason=_printable(header["error"]), **usage)
    return Reply(ok=True, header=header, arrays=arrays, **usage)


def _end(report: dict[str, Any]) -> str:
    """How a child's process ended."""
    code = report["exit"]
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _printable(text: object) -> str:
    """A child's words, bounded and without control characters."""
    cut = str(text)[:_MAX_REASON]
    return "".join(c if c.isprintable() else " " for c in cut)
