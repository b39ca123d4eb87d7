"""What a machine keeps us from, told with the remedy."""

import errno

REMEDY = (
    "see what the machine allows (ulimit -a, free, df, the job's limits), give it more, and "
    "run again: what was measured is kept"
)
# Disks, files, memory and processes that there are none of.
_LACKS = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN),
}


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
