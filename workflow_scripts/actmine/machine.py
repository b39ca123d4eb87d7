"""What a machine has, and what it keeps us from, told with the remedy."""

import errno
from pathlib import Path

REMEDY = (
    "see what the machine allows (ulimit -a, free, df, the job's limits), give it more, and "
    "run again: what was measured is kept"
)
# Disks, files, memory and processes that there are none of.
_LACKS = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN),
}


_DRIVER = Path("/dev/nvidiactl")  # of NVIDIA's driver, on Linux


def cards_asked(device: str) -> int:
    """How many cards a job asks for that trains on a device: `cpu`, `cuda` or `auto`.

    `auto` goes by the machine that plans: where that has no card, a job that asked for one
    would hold others back, or wait for ever.
    """
    return int(device == "cuda" or (device == "auto" and _DRIVER.exists()))


class MachineError(RuntimeError):
    """The machine does not let something be done; the message says how, and what to do."""


def told_of_machine(error: Exception) -> str:
    """An error of the machine for a person; empty for any other."""
    if isinstance(error, MachineError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"there is no memory left; {REMEDY}"
    lacks = isinstance(error, OSError) and error.errno in _LACKS
    return f"{error}; {REMEDY}" if lacks else ""
