"""The bytes that parent and child exchange: a JSON header and raw arrays, never pickle."""

import json
import math
import socket
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actmine.files import parse_json

MAX_HEADER = 1 << 20
MAX_MESSAGE_HEAD = 8 + MAX_HEADER  # what a message has besides the bytes of its arrays
_MAX_DIMENSIONS = 8
_MAX_TEXT = 500  # characters of a child's words that are kept
MISSING = "missing"  # in a child's first header, if a layer cannot be had: which and why
ERROR = "error"  # in the header of its answer, if it has none: why
RUNG = "rung"  # in the header of a message that is not yet the answer: the step it is sent at
CONTINUE, STOP = b"\1", b"\0"  # all that a child ever learns about what it sent
_DTYPES = frozenset({"float32", "int32"})

Arrays = Mapping[str, NDArray[Any]]


class ProtocolError(ValueError):
    """A message that does not keep to the protocol; the sender is not to be trusted.

    What it says may quote the sender, and is made fit for a record.
    """

    def __init__(self, text: str) -> None:
        super().__init__(printable(text))


def printable(text: str) -> str:
    """A child's words, bounded and without control characters."""
    return "".join(c if c.isprintable() else " " for c in text[:_MAX_TEXT])


def pack(header: Mapping[str, Any], arrays: Arrays) -> bytes:
    """One message: 8 bytes of header length, the header, then the arrays' bytes in order."""
    listing = [[name, str(a.dtype), list(a.shape)] for name, a in arrays.items()]
    head = json.dumps({"header": dict(header), "arrays": listing}).encode()
    body = [np.ascontiguousarray(a).tobytes() for a in arrays.values()]
    return b"".join([len(head).to_bytes(8, "big"), head, *body])


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Reads one message; the arrays are read-only views.

    Raises:
        ProtocolError: lengths, types or shapes do not add up.
    """
    length = int.from_bytes(message[:8], "big")
    if len(message) < 8 or length > MAX_HEADER or 8 + length > len(message):
        raise ProtocolError("the message is cut short, or its header too long")
    try:
        head = parse_json(message[8 : 8 + length])
        header, listing = head["header"], head["arrays"]
        arrays, offset = {}, 8 + length
        for name, dtype, shape in listing:
            arrays[name] = _view(message, offset, dtype, shape)
            offset += arrays[name].nbytes
    except (ValueError, TypeError, KeyError) as error:
        raise ProtocolError(f"the message cannot be read ({error})") from None
    if offset != len(message) or len(arrays) != len(listing) or not isinstance(header, dict):
        raise ProtocolError("the message has bytes of no array, a name twice, or no header")
    return header, arrays


def _view(message: bytes, offset: int, dtype: str, shape: list[int]) -> NDArray[Any]:
    if dtype not in _DTYPES:
        raise ProtocolError(f"arrays of {dtype!r} are not exchanged")
    sizes = shape if isinstance(shape, list) and len(shape) <= _MAX_DIMENSIONS else [-1]
    if not all(type(size) is int and 0 <= size <= len(message) for size in sizes):
        raise ProtocolError("an array's shape is not made of sizes")
    count = math.prod(shape)  # Python integers: no overflow to hide behind
    return np.frombuffer(message, dtype=dtype, count=count, offset=offset).reshape(shape)


def floats(arrays: Arrays, shapes: Mapping[str, tuple[int, ...]]) -> Arrays:
    """A child's arrays, if they are float32, of these names and shapes, and no others.

    Raises:
        ProtocolError: they are not.
    """
    sent = {name: (str(array.dtype), array.shape) for name, array in arrays.items()}
    due = {name: ("float32", shape) for name, shape in shapes.items()}
    if sent != due:
        raise ProtocolError(f"the arrays due are {due}, and it sent {sent}")
    return arrays


def send(channel: socket.socket, message: bytes) -> None:
    """Writes one framed message."""
    channel.sendall(len(message).to_bytes(8, "big"))
    channel.sendall(message)


def receive(channel: socket.socket, *, limit: int) -> bytes:
    """Reads one framed message of at most `limit` bytes.

    Raises:
        ProtocolError: the peer announces more than the limit.
        ConnectionError: it closed before its message ended.
    """
    size = int.from_bytes(_exactly(channel, 8), "big")
    if size > limit:
        raise ProtocolError(f"a reply of {size} bytes, above the limit of {limit}")
    return _exactly(channel, size)


def may_go_on(channel: socket.socket) -> bool:
    """Reads the one byte that follows what was sent at a rung."""
    return _exactly(channel, 1) == CONTINUE


def _exactly(channel: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        part = channel.recv(min(1 << 20, size - len(data)))
        if not part:
            raise ConnectionError("the peer closed before its message ended")
        data += part
    return bytes(data)
