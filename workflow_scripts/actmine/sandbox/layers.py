"""The locks a child puts on itself before it sees any source."""

import ctypes
import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_SIGKILL = 9


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a child may use.

    Attributes:
        memory_mb: address space beyond what the warm process has mapped; 0 lifts the limit.
        cpu_s: CPU seconds, rounded up; the kernel kills at one second more.
        wall_s: seconds on the clock before the whole process group is killed.
        reply_bytes: the longest reply the parent reads.
    """

    memory_mb: int
    cpu_s: float
    wall_s: float
    reply_bytes: int = 64 << 20


def lock_down(*, memory_mb: int, cpu_s: float) -> dict[str, str]:
    """Applies every layer to this process and says which are in force."""
    os.setsid()
    layers = {"process": "disposable child, own session", "environment": "allow-list"}
    if sys.platform == "linux":
        die_with_parent()
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    seconds = int(-(-cpu_s // 1))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    layers["rlimits"] = f"cpu {seconds} s, files 0 bytes"
    if memory_mb and sys.platform == "linux":
        limit = _address_space() + (memory_mb << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        layers["rlimits"] += f", memory +{memory_mb} MB"
    return layers


def die_with_parent() -> None:
    """Asks the kernel to kill this process when the one that made it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)


def _address_space() -> int:
    """Bytes mapped by this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")
