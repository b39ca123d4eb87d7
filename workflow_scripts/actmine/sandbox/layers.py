"""The locks a child puts on itself before it sees any source, and which of them must hold."""

import os
import resource
import sys
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from pathlib import Path

from actmine.sandbox import landlock, privileges, seccomp

_OPEN_FILES = 32
_MOST_DESCRIPTORS = 1 << 20  # that Linux lets a process have, unless it is told otherwise
_STACK = 8 << 20  # bytes; what Linux gives where nobody chose otherwise
_STDERR = 2


class Isolation(StrEnum):
    """Which layers must be in force before any source is run.

    STRICT: all of them; the default, on Linux.
    CONTAINER: all but Landlock, which an outer boundary replaces, as the user declares.
    GATE_ONLY: none of the kernel's; the static gate and a disposable process stand alone.
    """

    STRICT = "strict"
    CONTAINER = "container"
    GATE_ONLY = "gate-only"


class LayerError(OSError):
    """A layer that must hold cannot be applied on this machine."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a child may use.

    Attributes:
        memory_mb: beyond what the warm process uses; 0 lifts the limit.
        cpu_s: CPU seconds, rounded up; the kernel kills at one second more.
        wall_s: seconds on the clock before the whole process group is killed.
        reply_bytes: the longest reply the parent reads.
    """

    memory_mb: int
    cpu_s: float
    wall_s: float
    reply_bytes: int = 64 << 20


def lock_down(limits: Limits, *, isolation: str, keep: int) -> dict[str, str]:
    """Applies every layer to this process and says which are in force.

    Args:
        isolation: a profile, see `Isolation`.
        keep: the one descriptor that stays open, beside the three standard streams.

    Raises:
        LayerError: a layer that the profile requires is not to be had.
    """
    profile = Isolation(isolation)
    os.setsid()
    os.umask(0o077)
    _close_others(keep)
    layers = {
        "isolation": profile.value,
        "process": "disposable child, own session",
        "environment": "allow-list",
        "descriptors": "one channel",
        "rlimits": _limit(limits),
        "privileges": _give_up_privileges(),
    }
    if profile is Isolation.GATE_ONLY:
        return layers | dict.fromkeys(("landlock", "seccomp"), "off (gate-only)")
    layers["landlock"] = _landlock(profile)
    layers["seccomp"] = _seccomp()  # last: it takes away what the others need
    return layers


def warning(isolation: str) -> str:
    """What a user of a weaker profile must be told at every run; empty for the others."""
    if Isolation(isolation) is not Isolation.GATE_ONLY:
        return ""
    return (
        "WARNING: sandbox.isolation is gate-only: candidates run with your user's rights, held "
        "back by the static gate alone. Use strict on Linux, or container inside an image."
    )


def _close_others(keep: int) -> None:
    """Closes what was inherited, but the standard streams and one channel."""
    # Without a list of them: a shell's limit may leave no memory for it.
    os.closerange(_STDERR + 1, keep)
    os.closerange(keep + 1, _MOST_DESCRIPTORS)


def _limit(limits: Limits) -> str:
    seconds = ceil(limits.cpu_s)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    _set_limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _set_limit(resource.RLIMIT_CPU, seconds, beyond=1)
    words = f"cpu {seconds} s, files 0 bytes, {_OPEN_FILES} descriptors"
    if sys.platform == "linux":
        # Where a job's memory runs out, the kernel ends this child, not the warm process.
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
        # Counts threads too: none is needed. It does not bind root; seccomp does.
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        words += ", no new process"
        memory = resource.RLIM_INFINITY
        if limits.memory_mb:
            memory = _address_space() + (limits.memory_mb << 20)
            words += f", memory +{limits.memory_mb} MB"
        # All that a shell may have limited: what ends a child is then a limit of ours.
        _set_limit(resource.RLIMIT_AS, memory)
        _set_limit(resource.RLIMIT_DATA, memory)
        _set_limit(resource.RLIMIT_STACK, _STACK)
    return words


# How the shell names a limit, and in what unit, of how many bytes or seconds.
_OPTIONS = {
    resource.RLIMIT_NOFILE: ("n", "open files", 1),
    resource.RLIMIT_CPU: ("t", "CPU seconds", 1),
    resource.RLIMIT_AS: ("v", "kB of virtual memory", 1 << 10),
    resource.RLIMIT_DATA: ("d", "kB of data", 1 << 10),
    resource.RLIMIT_STACK: ("s", "kB of stack", 1 << 10),
}


def _set_limit(kind: int, soft: int, *, beyond: int = 0) -> None:
    """Sets a limit, and the one that ends what goes on `beyond` it."""
    hard = soft + beyond
    try:
        resource.setrlimit(kind, (soft, hard))
    except ValueError:
        option, unit, size = _OPTIONS[kind]
        needed = "unlimited" if hard == resource.RLIM_INFINITY else -(-hard // size)
        raise LayerError(
            f"the shell's limit `ulimit -{option}` is {resource.getrlimit(kind)[1] // size} "
            f"{unit}, and a child is to have {needed}; raise it, or lower the configuration's "
            "limits (sandbox, transfer)"
        ) from None


def _give_up_privileges() -> str:
    if sys.platform != "linux":
        return "the user's own"
    privileges.drop_capabilities()
    privileges.no_new_privileges()
    privileges.hide()
    privileges.die_with_parent()
    return "no capabilities, no new privileges, not dumpable"


def _landlock(profile: Isolation) -> str:
    try:
        version = landlock.restrict(landlock.readable())
    except OSError as error:
        if profile is Isolation.CONTAINER:
            return "replaced by the container"
        raise LayerError(_advice("landlock", error, "container inside an image, or ")) from None
    return f"on (abi {version})"


def _seccomp() -> str:
    try:
        seccomp.restrict()
    except OSError as error:
        raise LayerError(_advice("seccomp", error, "")) from None
    return "on"


def _advice(layer: str, error: OSError, other: str) -> str:
    return (
        f"the layer {layer} is required and missing: {error}. Run on a kernel that has it, or "
        f"set sandbox.isolation to {other}gate-only, which trusts the static gate alone "
        "(docs/security.md)"
    )


def _address_space() -> int:
    """Bytes mapped by this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")
