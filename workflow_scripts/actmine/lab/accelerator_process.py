"""The process that holds a card: trains functions that stand as lists of operations.

No foreign code ever runs in it. What it is told about a function is data, read by `traced`. So
it may hold a driver that the locks of a candidate's process shut out. It serves requests side
by side, each in a thread and on a stream of its own.
"""

import fcntl
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
from typing import Any, NoReturn

from actmine.lab.allocation import keep_freed_memory
from actmine.lab.lightning import import_lightning, leave_compiler_out
from actmine.sandbox.protocol import ERROR, RUNG, Arrays, may_go_on, pack, receive, send, unpack

HELLO, WORK = "hello", "work"  # kinds of requests, beside those that the handlers answer
DEVICE = (
    "device"  # in the first message of every answer: the card's name, empty if there is none
)
DISTURBED = "disturbed"  # in an answer that is no verdict on the function: the card failed
CPU_S = "cpu_s"
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

    def serve(self, channel: socket.socket) -> None:
        """Answers one request; what a list of operations raises becomes the answer's error."""
        started = time.thread_time()
        with channel, suppress(OSError):  # the parent may be gone
            send(channel, pack({DEVICE: self.name}, {}))
            header, arrays = unpack(receive(channel, limit=_MAX_REQUEST))

            def ask(step: int, predictions: Any) -> bool:
                send(channel, pack({RUNG: step}, {"test": predictions}))
                if may_go_on(channel):
                    return True
                stopped.append(step)
                return False

            stopped: list[int] = []
            try:
                answer, made = self._answer(header, arrays, ask)
            except Exception as error:
                answer, made = _explained(error), {}
            if not stopped:
                spent = time.thread_time() - started
                send(channel, pack({**answer, CPU_S: spent}, made))

    def _answer(self, header: dict[str, Any], arrays: Arrays, ask: Any) -> tuple[Any, Any]:
        if header["kind"] == HELLO:
            return {}, {}
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
        """A queue of the card's for this thread alone."""
        import torch

        if self._device.type != "cuda":
            yield
            return
        with torch.cuda.device(self._device), torch.cuda.stream(torch.cuda.Stream()):
            yield


def _claimed(count: int) -> int:
    """The first of a machine's cards that no other job of this user's holds; else any."""
    for number in range(count):
        path = Path(tempfile.gettempdir(), f"actmine-card-{os.getuid()}-{number}")
        # Never closed: the kernel lets go when this process is gone.
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return number
        os.close(lock)
    return os.getpid() % count


def _explained(error: Exception) -> dict[str, Any]:
    """An error in one line; one of the card is no verdict, for others use it too."""
    first, *_ = str(error).strip().splitlines() or [""]
    disturbed = "out of memory" in str(error) or "CUDA error" in str(error)
    return {ERROR: f"{type(error).__name__}: {first}", DISTURBED: disturbed}
