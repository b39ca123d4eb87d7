"""What a machine keeps us from, told with the remedy."""

import errno

REMEDY = (
    "see what the machine allows (ulimit -a, free, df, the job's limits), give it more, and "
    "run again: what was measured is kept"
)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class MachineError(RuntimeError):
    """The machine does not let something be done; the message says how, and what to do."""


def told_of_machine(error: Exception) -> str:
    """An error of the machine for a person; empty for any other."""
    if isinstance(error, MachineError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"there is no memory left; {REMEDY}"
    no_room = isinstance(error, OSError) and error.errno in _NO_ROOM
    return f"{error}; {REMEDY}" if no_room else ""
