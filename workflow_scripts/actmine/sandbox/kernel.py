"""Calls of the kernel for which Python has no function, through the C library."""

import ctypes
import os


def call(function: str, *arguments: object, what: str) -> int:
    """Calls a function of the C library and returns its result.

    Raises:
        OSError: it failed; the message begins with `what`.
    """
    result = int(getattr(ctypes.CDLL(None, use_errno=True), function)(*arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def prctl(option: int, argument: int, data: bytes = b"", *, what: str = "") -> None:
    """Changes an attribute of this process or thread; `data` is what a pointer leads to."""
    none = ctypes.c_ulong(0)
    words = ctypes.c_ulong(argument), data or none, none, none
    call("prctl", option, *words, what=what or f"prctl {option}")
