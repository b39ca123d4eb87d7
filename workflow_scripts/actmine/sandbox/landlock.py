"""Takes the file system and the network away from this process, by Landlock.

Nothing may be written or executed. What may be read is the Python installation and the
system's libraries; the package's own folder, with its tables of formulas, is left out, and so
are the project's results and configuration. Names and sizes of files stay visible: Landlock
does not govern `stat`.
"""

import contextlib
import ctypes
import os
import struct
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from actmine.sandbox.kernel import call

NEWEST_ABI = 7
PACKAGE = Path(__file__).resolve().parents[1]
_HIDDEN = {PACKAGE}  # folders that are left out although they lie in one that is listed
_SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/etc/ld.so.cache",
    "/usr/share/zoneinfo",
    "/dev/null",
    "/dev/urandom",
)
# The same numbers on every architecture that has Landlock.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
# From which ABI on the kernel knows which rights: linux/landlock.h.
_FILE_RIGHTS = ((1, (1 << 13) - 1), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15))
_NETWORK_RIGHTS = ((4, 0b11),)  # TCP bind and connect
_SCOPES = ((6, 0b11),)  # abstract unix sockets, signals
_O_PATH = 0o10000000


def abi() -> int:
    """The kernel's Landlock version; 0 where there is none or it is switched off."""
    if sys.platform != "linux":
        return 0
    with contextlib.suppress(OSError):
        return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), _CREATE_RULESET_VERSION)
    return 0


def hide_packages(names: Sequence[str]) -> None:
    """Leaves installed packages out of what children of this process may read.

    For those that hold what a child must not know, such as the labels of a test set.
    """
    specs = [find_spec(name) for name in names]
    _HIDDEN.update(
        Path(f) for spec in specs if spec for f in spec.submodule_search_locations or ()
    )


def readable() -> tuple[Path, ...]:
    """What a locked process may read: the Python installation and system libraries."""
    return _readable(tuple(sorted(_HIDDEN)))


@cache
def _readable(hidden: tuple[Path, ...]) -> tuple[Path, ...]:
    places = sysconfig.get_paths()
    names = [places[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    names += [f"{prefix}/lib" for prefix in (sys.prefix, sys.base_prefix)]
    roots = {Path(name).resolve() for name in (*names, *_SYSTEM)}
    topmost = [root for root in sorted(roots) if not roots.intersection(root.parents)]
    covered = [path.resolve() for path in hidden]
    return tuple(path for root in topmost for path in _without(root, covered))


def restrict(paths: Sequence[Path]) -> int:
    """Applies Landlock to this thread and all it will start; needs no_new_privs.

    Returns:
        The ABI in force, at most the newest one this module knows.

    Raises:
        OSError: the kernel refuses.
    """
    version = min(abi(), NEWEST_ABI)
    if version < 1:
        raise OSError("the kernel has no Landlock (it needs Linux 5.13 with landlock in lsm=)")
    handled = [_known(rights, version) for rights in (_FILE_RIGHTS, _NETWORK_RIGHTS, _SCOPES)]
    attributes = struct.pack("=QQQ", *handled)
    # An older kernel takes the longer structure if what it does not know is zero.
    ruleset = _call(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    try:
        for path in paths:
            _allow_reading(ruleset, path)
        _call(_RESTRICT_SELF, ctypes.c_int(ruleset), 0)
    finally:
        os.close(ruleset)
    return version


def _without(root: Path, hidden: Sequence[Path]) -> Iterator[Path]:
    """The root, or where something hidden lies in it, its other entries."""
    if root in hidden or not root.exists():
        return
    if not any(root in path.parents for path in hidden):
        yield root
        return
    for entry in sorted(root.iterdir()):
        if not entry.is_symlink():  # it might lead back to what is hidden
            yield from _without(entry, hidden)


def _allow_reading(ruleset: int, path: Path) -> None:
    try:
        place = os.open(path, _O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what cannot be opened here cannot be read either
    try:
        rights = _READ_FILE | (_READ_DIR if path.is_dir() else 0)
        rule = struct.pack("=Qi", rights, place)
        _call(_ADD_RULE, ctypes.c_int(ruleset), _RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(place)


def _known(rights: Sequence[tuple[int, int]], version: int) -> int:
    return sum(bits for since, bits in rights if since <= version)


def _call(number: int, *arguments: object) -> int:
    return call("syscall", ctypes.c_long(number), *arguments, what="Landlock")
