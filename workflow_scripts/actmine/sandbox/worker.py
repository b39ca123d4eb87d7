"""The child's side: locks itself down, then answers one request about one source."""

import socket
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from actmine.capability import cpu_capability
from actmine.sandbox.layers import Limits, lock_down
from actmine.sandbox.protocol import (
    ERROR,
    MISSING,
    RUNG,
    Arrays,
    may_go_on,
    pack,
    receive,
    send,
    unpack,
)

_MAX_REQUEST = 1 << 36  # of the parent, who is trusted: memory has a limit of its own

Header = Mapping[str, Any]
Answer = tuple[dict[str, Any], dict[str, NDArray[Any]]]
Ask = Callable[[int, Arrays], bool]  # sends what there is at a step; whether to go on
Handler = Callable[[Header, Arrays, Ask | None], Answer]


class Handlers(Protocol):
    """A module that answers requests in the child.

    The parent imports it too and hands on its name, so its own imports must be cheap and hold
    nothing that a child may not see.
    """

    __name__: str

    @property
    def HANDLERS(self) -> Mapping[str, Handler]:  # noqa: N802 - a module's constant
        """What answers a request, by its kind."""

    def warm_up(self) -> None:
        """Pays, in the warm process, for every import that a locked child could not do."""


def serve(
    channel: socket.socket, *, handlers: Handlers, limits: Limits, isolation: str
) -> None:
    """Answers one request; whatever the candidate raises becomes the answer's error.

    A fit that the parent stops at a rung ends without an answer.
    """
    # Sent before any source is seen, so that no source can lie about it.
    try:
        layers = lock_down(limits, isolation=isolation, keep=channel.fileno())
    except OSError as error:
        send(channel, pack({MISSING: str(error)}, {}))
        return
    send(channel, pack({"layers": layers, "cpu_capability": cpu_capability()}, {}))

    ask = Rungs(channel)
    try:
        header, arrays = unpack(receive(channel, limit=_MAX_REQUEST))
        message = pack(*answer_request(handlers, header, arrays, ask))
    except Exception as error:  # the candidate may raise anything
        message = pack({ERROR: _explain(error, limits)}, {})
    if not ask.stopped:
        send(channel, message)


class Rungs:
    """Sends what there is at the rungs of a fit, and hears whether it goes on.

    Attributes:
        stopped: it does not; no answer is waited for.
    """

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self.stopped = False

    def __call__(self, step: int, predictions: Arrays) -> bool:
        """Whether a fit goes on after this step."""
        send(self._channel, pack({RUNG: step}, predictions))
        self.stopped = not may_go_on(self._channel)
        return not self.stopped


def answer_request(handlers: Handlers, header: Header, arrays: Arrays, ask: Ask) -> Answer:
    """Lets the handler of the request's kind answer it.

    Raises:
        LookupError: there is none.
    """
    handler = handlers.HANDLERS.get(header["kind"])
    if handler is None:
        raise LookupError(f"{handlers.__name__} answers no request {header['kind']!r}")
    return handler(header, arrays, ask)


def out_of_memory(error: BaseException) -> bool:
    """Whether what was raised says that the limit of memory was met."""
    return isinstance(error, MemoryError) or "can't allocate memory" in str(error)


def _explain(error: Exception, limits: Limits) -> str:
    """The error in one line, with a memory limit named as such.

    What our own code raises says all in its words; of any other error its name is a part.
    """
    if out_of_memory(error):
        return f"out of memory (limit {limits.memory_mb} MB)"
    first, *_ = str(error).strip().splitlines() or [""]
    is_own = type(error).__module__.startswith("actmine.")
    return first if is_own else f"{type(error).__name__}: {first}"
