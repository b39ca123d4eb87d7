"""Gives up what a process may do to others, and what others may see of it."""

import contextlib
import signal
import struct
import sys

from actmine.sandbox.kernel import call, prctl

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _CLEAR_ALL = 47, 4
_CAPABILITY_VERSION_3 = 0x20080522
_MORE_THAN_ANY_CAPABILITY = 64


def die_with_parent() -> None:
    """Asks the kernel to kill this process when the one that made it ends."""
    if sys.platform == "linux":
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def hide() -> None:
    """No core file, and no process without special rights can read this one's memory."""
    if sys.platform == "linux":
        prctl(_PR_SET_DUMPABLE, 0)


def no_new_privileges() -> None:
    """Nothing that this process starts can gain rights; the kernel's locks require it."""
    if sys.platform == "linux":
        prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Gives up every capability for good; root is then an ordinary owner of its files.

    Raises:
        OSError: one was kept.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):  # without CAP_SETPCAP there is none to drop
        for capability in range(_MORE_THAN_ANY_CAPABILITY):
            prctl(_PR_CAPBSET_DROP, capability)
    prctl(_PR_CAP_AMBIENT, _CLEAR_ALL)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    call("capset", header, struct.pack("=6I", *[0] * 6), what="capset")
