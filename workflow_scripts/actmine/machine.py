"""What a machine computes with; and what it keeps us from, told with the remedy."""

import errno
import platform
import re
from functools import cache
from pathlib import Path

REMEDY = (
    "see what the machine allows (ulimit -a, free, df, the job's limits), give it more, and "
    "run again: what was measured is kept"
)
# By these of the environment torch, NumPy and OpenBLAS choose narrower instructions.
NARROWER = ("ATEN_CPU_CAPABILITY", "NPY_DISABLE_CPU_FEATURES", "OPENBLAS_CORETYPE")
# Disks, files, memory and processes that there are none of.
_LACKS = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN),
}


@cache
def cpu_capability() -> str:
    """What the last bits of a result depend on, beside the versions of libraries.

    These are the vector instructions of torch's own loops and of NumPy's functions, the
    kernels of NumPy's BLAS, and the processor's maker, by whom MKL goes in what torch leaves
    to it.
    """
    import numpy as np
    import torch
    from threadpoolctl import threadpool_info

    loops = np.lib.introspect.opt_func_info(func_name="^exp$", signature="float32")["exp"]["ff"]
    kernels = {
        "torch": torch.backends.cpu.get_cpu_capability(),
        "NumPy": loops["current"],
        **{
            library["internal_api"]: library.get("architecture", "")
            for library in threadpool_info()
            if library["user_api"] == "blas" and "numpy" in library["filepath"]
        },
    }
    named = (f"{name} {kernel}".strip() for name, kernel in kernels.items())
    return ", ".join([*named, _maker()])


def _maker() -> str:
    told = Path("/proc/cpuinfo")
    text = told.read_text(encoding="utf-8") if told.exists() else ""
    found = re.search(r"vendor_id\s*:\s*(\S+)", text)
    return found[1] if found else platform.machine()


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
