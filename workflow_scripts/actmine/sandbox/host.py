"""The parent's side: runs one request at a time in a disposable child."""

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from actmine.sandbox.layers import Isolation, Limits, warning
from actmine.sandbox.protocol import (
    CONTINUE,
    MISSING,
    RUNG,
    STOP,
    Arrays,
    ProtocolError,
    pack,
    receive,
    send,
    unpack,
)
from actmine.sandbox.reply import Exchange, Reply, reply_of
from actmine.sandbox.warm_process import BOOT, SandboxError, WarmProcess
from actmine.sandbox.worker import Handlers

# Takes what a child sends at a rung: the step that it names, and its arrays, both to be
# distrusted; whether the child may go on. It raises ProtocolError at what is out of turn, so
# that no child can send without end.
AtRung = Callable[[int, Arrays], bool]


class Sandbox:
    """A warm process and its disposable children; a context manager.

    Threads that ask it at the same time wait for each other.

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
        self._turn = threading.Lock()

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
            SandboxError: the warm process does not start or is gone, or a layer that must hold
                is missing.
        """
        with self._turn:
            return self._run(header, arrays, limits, at_rung)

    def _run(
        self,
        header: Mapping[str, Any],
        arrays: Arrays,
        limits: Limits,
        at_rung: AtRung | None,
    ) -> Reply:
        self.process.wait_until_ready()
        started = time.monotonic()
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self.process.order(self._isolation, limits, theirs)
            exchange = exchange_with(ours, pack(header, arrays), limits, at_rung)
        report = self.process.report()
        if MISSING in exchange.locked:  # said before any source was sent: it is our own word
            raise SandboxError(exchange.locked[MISSING])
        wall_s = time.monotonic() - started
        return reply_of(exchange, report, wall_s=wall_s, limits=limits)


def exchange_with(
    channel: socket.socket, request: bytes, limits: Limits, at_rung: AtRung | None
) -> Exchange:
    """What a child sends that is asked something, up to its answer or its end."""
    locked: dict[str, Any] = {}
    try:
        locked, _ = unpack(receive(channel, limit=4096))
        if MISSING in locked:
            return Exchange(locked=locked)
        with contextlib.suppress(ConnectionError):  # it may be gone, and have said why
            send(channel, request)
        while True:
            message = receive(channel, limit=limits.reply_bytes)
            if at_rung is None:
                return Exchange(locked=locked, answer=message)
            header, arrays = unpack(message)
            if RUNG not in header:
                return Exchange(locked=locked, answer=message)
            if type(step := header[RUNG]) is not int:
                raise ProtocolError("a rung is named by no step")
            if not at_rung(step, arrays):
                with contextlib.suppress(OSError):  # it may be gone; the verdict stands
                    channel.sendall(STOP)
                return Exchange(locked=locked, stopped=True)
            channel.sendall(CONTINUE)
    except ProtocolError as error:
        return Exchange(locked=locked, refused=str(error))
    except ConnectionError:  # the warm process reports how it ended
        return Exchange(locked=locked)
