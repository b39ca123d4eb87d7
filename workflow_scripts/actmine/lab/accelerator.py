"""The parent's side of a card: lists of operations go there, predictions come back."""

import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType
from typing import Any, Self

from actmine.lab import accelerator_process
from actmine.lab.accelerator_process import CPU_S, DISTURBED, HELLO, WORK
from actmine.sandbox.host import AtRung, exchange_with
from actmine.sandbox.layers import Isolation, Limits
from actmine.sandbox.protocol import Arrays, pack
from actmine.sandbox.reply import Exchange, Reply, reply_of
from actmine.sandbox.warm_process import SandboxError, WarmProcess

# Set to anything, it has a processor do what is else done on a card: for tests without one.
STAND_IN = "ACTMINE_STAND_IN"
_INHERITED = ("CUDA_DEVICE_ORDER", "CUDA_VISIBLE_DEVICES")
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    f"from {accelerator_process.__name__} import main; "
    "main(int(sys.argv[2]), sys.argv[3], {!r})"
)
_PATIENT = Limits(memory_mb=0, cpu_s=600.0, wall_s=600.0)  # for what is no training


class NoDeviceError(SandboxError):
    """A card is asked for, and there is none."""


class Accelerator:
    """A process that holds a card and trains there; a context manager.

    Several threads may ask it at a time. When it is lost it is started again.

    Attributes:
        name: of the card; empty if there is none.

    Args:
        handlers: the module whose DEVICE_HANDLERS answer there.
        side_by_side: functions that are trained at a time.
    """

    def __init__(self, handlers: ModuleType, *, side_by_side: int = 1) -> None:
        self._handlers: Any = handlers
        self._side_by_side = side_by_side
        self._places = threading.Semaphore(side_by_side)
        self._entering, self._ordering = threading.Lock(), threading.Lock()
        self._starting, self._sending = threading.Lock(), threading.Lock()
        self._start()
        self.name = self._ask({"kind": HELLO}, {}, _PATIENT).device

    def _start(self) -> None:
        device = "cpu" if os.getenv(STAND_IN) else "cuda"
        self._process = WarmProcess(
            self._handlers, boot=_BOOT.format(device), inherited=_INHERITED
        )
        self._sent: set[str] = set()

    def close(self) -> None:
        """Ends the process."""
        self._process.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def run(
        self,
        header: Mapping[str, Any],
        work: tuple[str, Arrays],
        *,
        limits: Limits,
        at_rung: AtRung | None = None,
        alone: bool = False,
    ) -> Reply:
        """Answers one request to train; see `Sandbox.run`.

        Args:
            work: the name of what is trained on, and its arrays, which are sent once.
            alone: nothing is trained beside it. What breaks a card ends all that is on it: a
                request that was disturbed is repeated like this.

        Raises:
            SandboxError: the process does not start.
        """
        name, arrays = work
        with self._place(self._side_by_side if alone else 1):
            with self._sending:
                if name not in self._sent:
                    told = self._ask({"kind": WORK, "work": name}, arrays, _PATIENT)
                    if not told.ok:
                        return told
                    self._sent.add(name)
            return self._ask({**header, "work": name}, {}, limits, at_rung)

    @contextmanager
    def _place(self, count: int) -> Iterator[None]:
        """So many places on the card; who wants several waits with the others behind it."""
        with self._entering:
            for _ in range(count):
                self._places.acquire()
        try:
            yield
        finally:
            self._places.release(count)

    def _ask(
        self,
        header: Mapping[str, Any],
        arrays: Arrays,
        limits: Limits,
        at_rung: AtRung | None = None,
    ) -> Reply:
        process, started = self._process, time.monotonic()
        process.wait_until_ready()
        exchange, limit = Exchange(), ""
        ours, theirs = socket.socketpair()
        with ours:
            ours.settimeout(limits.wall_s)
            try:
                with theirs, self._ordering:
                    process.order(Isolation.STRICT, limits, theirs)
                    process.report()  # it has the channel
                exchange = exchange_with(ours, pack(header, arrays), limits, at_rung)
            except SandboxError:
                pass  # it ended meanwhile
            except TimeoutError:
                limit = "time"
        report = {"exit": 1, "limit": limit, "cpu_s": 0.0, "peak_mb": 0.0}
        reply = reply_of(exchange, report, wall_s=time.monotonic() - started, limits=limits)
        broken = reply.header.get(DISTURBED, False)
        if broken or (reply.disturbed and not exchange.refused):
            self._restart(process)
        return replace(
            reply,
            cpu_s=float(reply.header.get(CPU_S, 0.0)),
            disturbed=reply.disturbed or broken,
        )

    def _restart(self, lost: WarmProcess) -> None:
        """Starts another process in the place of one that is of no more use."""
        with self._starting:
            if self._process is lost:
                lost.close()
                self._start()


def accelerator_for(
    device: str, handlers: ModuleType, *, key: str, side_by_side: int = 1
) -> Accelerator | None:
    """The card that is asked for; none where processors are, or `auto` finds no card.

    Args:
        device: `cpu`, `cuda` or `auto`.
        handlers: the module whose DEVICE_HANDLERS answer there.
        key: of the configuration that asks.

    Raises:
        NoDeviceError: `cuda` finds none.
    """
    if device == "cpu":
        return None
    accelerator = Accelerator(handlers, side_by_side=side_by_side)
    if accelerator.name:
        return accelerator
    accelerator.close()
    if device == "cuda":
        raise NoDeviceError(
            f"{key}: is cuda, and PyTorch finds no card here; set it to cpu, or to auto, which "
            "takes one where there is one. `.venv/bin/python -c 'import torch; "
            "print(torch.version.cuda)'` tells whether PyTorch was built for cards"
        )
    return None
