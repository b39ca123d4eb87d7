"""Gives up what a process may do to others, and what others may see of it."""

import contextlib
import ctypes
import os
import struct
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _CLEAR_ALL = 47, 4
_CAPABILITY_VERSION_3 = 0x20080522
_SIGKILL = 9
_MORE_THAN_ANY_CAPABILITY = 64


def die_with_parent() -> None:
    """Asks the kernel to kill this process when the one that made it ends."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def hide() -> None:
    """No core file, and no process without special rights can read this one's memory."""
    if sys.platform == "linux":
        _prctl(_PR_SET_DUMPABLE, 0)


def no_new_privileges() -> None:
    """Nothing that this process starts can gain rights; the kernel's locks require it."""
    if sys.platform == "linux":
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Gives up every capability for good; root is then an ordinary owner of its files.

    Raises:
        OSError: one was kept.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):  # without CAP_SETPCAP there is none to drop
        for capability in range(_MORE_THAN_ANY_CAPABILITY):
            _prctl(_PR_CAPBSET_DROP, capability)
    _prctl(_PR_CAP_AMBIENT, _CLEAR_ALL)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(header, struct.pack("=6I", *[0] * 6)):
        raise _failure("capset")


def _prctl(option: int, argument: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    word = ctypes.c_ulong
    if libc.prctl(option, word(argument), word(0), word(0), word(0)):
        raise _failure(f"prctl {option}")


def _failure(call: str) -> OSError:
    code = ctypes.get_errno()
    return OSError(code, f"{call}: {os.strerror(code)}")
