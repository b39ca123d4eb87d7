"""The parent's side of a card: lists of operations go there, predictions come back."""

import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any, Self

from actmine.lab import accelerator_process
from actmine.lab.accelerator_process import (
    BROKEN,
    CPU_S,
    DISTURBED,
    HELLO,
    UNCAPTURED,
    WORK,
)
from actmine.machine import REMEDY
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

    Raises:
        SandboxError: the process does not start.
    """

    def __init__(self, handlers: ModuleType, *, side_by_side: int = 1) -> None:
        self._handlers: Any = handlers
        self._side_by_side = side_by_side
        self._places = threading.Semaphore(side_by_side)
        self._entering, self._ordering = threading.Lock(), threading.Lock()
        self._starting, self._sending = threading.Lock(), threading.Lock()
        self._held = self._started()
        greeting = self._ask(self._held, {"kind": HELLO}, {}, _PATIENT)
        if not greeting.ok:
            self.close()
            raise SandboxError(
                f"the process for the card does not start ({greeting.reason}); its own message "
                f"stands above, if it had one; {REMEDY}"
            )
        self.name = greeting.device

    def _started(self) -> "_Held":
        device = "cpu" if os.getenv(STAND_IN) else "cuda"
        boot = _BOOT.format(device)
        return _Held(WarmProcess(self._handlers, boot=boot, inherited=_INHERITED))

    def close(self) -> None:
        """Ends the process."""
        self._held.process.close()

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
        """
        name, arrays = work
        alone = alone or self._held.worn
        with self._place(self._side_by_side if alone else 1):
            if alone and self._held.worn:
                self._replace(self._held)
            held = self._held  # what is lost with it is asked for again
            with self._sending:
                if name not in held.sent:
                    told = self._ask(held, {"kind": WORK, "work": name}, arrays, _PATIENT)
                    if not told.ok:
                        return told
                    held.sent.add(name)
            return self._ask(held, {**header, "work": name}, {}, limits, at_rung)

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
        held: "_Held",
        header: Mapping[str, Any],
        arrays: Arrays,
        limits: Limits,
        at_rung: AtRung | None = None,
    ) -> Reply:
        started = time.monotonic()
        exchange, limit = Exchange(), ""
        ours, theirs = socket.socketpair()
        with ours:
            ours.settimeout(limits.wall_s)
            try:
                with theirs, self._ordering:
                    held.process.wait_until_ready()
                    held.process.order(Isolation.STRICT, limits, theirs)
                    held.process.report()  # it has the channel
                exchange = exchange_with(ours, pack(header, arrays), limits, at_rung)
            except TimeoutError:
                limit = "time"
            except (SandboxError, OSError):
                pass  # it ended, or another thread ended it: no verdict
        report = {"exit": 1, "limit": limit, "cpu_s": 0.0, "peak_mb": 0.0}
        reply = reply_of(exchange, report, wall_s=time.monotonic() - started, limits=limits)
        if header["kind"] != HELLO:
            if reply.disturbed or reply.header.get(BROKEN):
                self._replace(held)
            elif reply.device != self.name:
                raise SandboxError(f"the card {self.name} is gone; {REMEDY}")
            held.worn |= UNCAPTURED in reply.header
        disturbed = reply.disturbed or bool(reply.header.get(DISTURBED))
        spent = float(reply.header.get(CPU_S, 0.0))
        return replace(reply, cpu_s=spent, disturbed=disturbed)

    def _replace(self, lost: "_Held") -> None:
        """Starts another process in the place of one that is of no more use."""
        with self._starting:
            if self._held is lost:
                lost.process.close()
                self._held = self._started()


@dataclass
class _Held:
    """A process with a card.

    Attributes:
        sent: names of the work that it has.
        worn: a step could not be captured there, after which torch does not promise that
            another can; it is replaced when nothing else is trained.
    """

    process: WarmProcess
    sent: set[str] = field(default_factory=set)
    worn: bool = False


def require_accelerator(
    handlers: ModuleType, *, key: str, side_by_side: int = 1
) -> Accelerator:
    """A card.

    Args:
        handlers: the module whose DEVICE_HANDLERS answer there.
        key: of the configuration that asks.

    Raises:
        NoDeviceError: there is none.
    """
    accelerator = Accelerator(handlers, side_by_side=side_by_side)
    if accelerator.name:
        return accelerator
    accelerator.close()
    raise NoDeviceError(
        f"{key}: is cuda, and PyTorch finds no card here; set it to cpu (lab.device also knows "
        "auto, which takes a card where there is one). `.venv/bin/python -c 'import torch; "
        "print(torch.version.cuda)'` tells whether PyTorch was built for cards"
    )
