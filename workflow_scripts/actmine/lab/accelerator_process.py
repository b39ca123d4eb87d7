"""The process that holds a card: trains functions that stand as lists of operations.

No foreign code ever runs in it. What it is told about a function is data, read by `traced`. So
it may hold a driver that the locks of a candidate's process shut out. It serves requests side
by side, each in a thread and on a stream of its own.
"""

import fcntl
import gc
import os
import socket
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NoReturn

from actmine.lab.allocation import keep_freed_memory
from actmine.lab.lightning import import_lightning, leave_compiler_out
from actmine.sandbox.protocol import ERROR, Arrays, pack, receive, send, unpack
from actmine.sandbox.worker import Rungs

HELLO, WORK = "hello", "work"  # kinds of requests, beside those that the handlers answer
DEVICE = "device"  # in the first message of an answer: the card, or nothing if there is none
DISTURBED = "disturbed"  # in an answer that is no verdict on the function: ask again
BROKEN = "broken"  # in one after which this process is of no more use
UNCAPTURED = "uncaptured"  # in one without a result: why no step could be captured
CPU_S = "cpu_s"
MOST_STREAMS = 32  # see `Card._stream`
_MAX_REQUEST = 1 << 36  # of the parent, who is trusted


def main(descriptor: int, module: str, wanted: str) -> NoReturn:
    """Serves requests until the host closes its end.

    Args:
        descriptor: of the channel to the host.
        module: whose DEVICE_HANDLERS answer them, given the header, the arrays that it names,
            the device, and what asks at rungs. Its DETERMINISM is torch's debug mode.
        wanted: `cuda`, or `cpu` to do on a processor all that is done on a card.
    """
    control = socket.socket(fileno=descriptor)
    card = Card(wanted, import_module(module))
    with suppress(ConnectionError):
        control.sendall(b"+")
        while True:
            message, channels, _, _ = socket.recv_fds(control, 4096, 1)
            if not message:
                break
            channel = socket.socket(fileno=channels[0])
            threading.Thread(target=card.serve, args=(channel,), daemon=True).start()
            control.sendall(b"{}")  # the next request may be handed over
    os._exit(0)  # it holds nothing to flush


class Card:
    """A device, and the arrays that functions are trained on there.

    Attributes:
        name: empty if there is no such device.
    """

    def __init__(self, wanted: str, handlers: Any) -> None:
        # Products with the same result each time need their memory fixed, before CUDA starts.
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
        import torch

        torch.set_num_threads(1)
        leave_compiler_out()
        import_lightning()
        keep_freed_memory()
        warnings.simplefilter("ignore")  # arrays that came as messages are only read
        torch.set_deterministic_debug_mode(handlers.DETERMINISM)
        # No list may name what hands out memory as it was left.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        self._handlers = handlers.DEVICE_HANDLERS
        self._device, self.name = torch.device("cpu"), ""
        if wanted == "cpu":
            self.name = "processor"
        elif torch.cuda.is_available():
            self._device = torch.device("cuda", _claimed(torch.cuda.device_count()))
            card = torch.cuda.get_device_name(self._device)
            self.name = f"{card}, CUDA {torch.version.cuda}"
        self._arrays: dict[str, Arrays] = {}
        self._streams: SimpleQueue[Any] = SimpleQueue()
        if self._device.type == "cuda":
            with torch.cuda.device(self._device):
                for _ in range(MOST_STREAMS):
                    self._streams.put(torch.cuda.Stream())
        gc.freeze()  # the collector then looks at what fits leave behind, and is quick

    def serve(self, channel: socket.socket) -> None:
        """Answers one request; what a list of operations raises becomes the answer's error."""
        started = time.thread_time()
        with channel, suppress(OSError):  # the parent may be gone
            send(channel, pack({DEVICE: self.name}, {}))
            ask = Rungs(channel)
            try:
                header, arrays = unpack(receive(channel, limit=_MAX_REQUEST))
                answer, made = self._answer(header, arrays, ask)
            except Exception as error:
                answer, made = self._explained(error), {}
            gc.collect()  # networks that refer to themselves would keep their memory
            if not ask.stopped:
                spent = time.thread_time() - started
                send(channel, pack({**answer, CPU_S: spent}, made))

    def _answer(self, header: dict[str, Any], arrays: Arrays, ask: Rungs) -> tuple[Any, Any]:
        if header["kind"] == HELLO:
            return {}, {}
        if not self.name:
            raise LookupError("there is no card")
        if header["kind"] == WORK:
            self._arrays[header["work"]] = arrays
            return {}, {}
        with self._stream():
            answer: tuple[Any, Any] = self._handlers[header["kind"]](
                header, self._arrays[header["work"]], self._device, ask
            )
            return answer

    @contextmanager
    def _stream(self) -> Iterator[None]:
        """A queue of the card's for this thread alone.

        A card has 32, and torch gives a 33rd that is the first again: what one thread captures
        would take in what another does.
        """
        import torch

        if self._device.type != "cuda":
            yield
            return
        stream = self._streams.get()
        try:
            with torch.cuda.device(self._device), torch.cuda.stream(stream):
                yield
        finally:
            self._streams.put(stream)

    def _explained(self, error: Exception) -> dict[str, Any]:
        """An error in one line; where the card is at fault, it is no verdict."""
        first, *_ = str(error).strip().splitlines() or [""]
        told: dict[str, Any] = {ERROR: f"{type(error).__name__}: {first}"}
        if self._device.type == "cuda":
            import torch

            told[DISTURBED] = isinstance(error, torch.cuda.OutOfMemoryError)  # others use it
            try:
                torch.cuda.synchronize(self._device)
            except RuntimeError:
                told |= {DISTURBED: True, BROKEN: True}
        return told


def _claimed(count: int) -> int:
    """The first of a machine's cards that no other job of this user's holds; else any."""
    for number in range(count):
        path = Path(tempfile.gettempdir(), f"actmine-card-{os.getuid()}-{number}")
        with suppress(OSError):
            # Never closed where it locks: the kernel lets go when this process is gone.
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(lock)
                continue
            return number
    return os.getpid() % count
