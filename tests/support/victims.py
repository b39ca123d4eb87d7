"""What a machine does to a warm process and its children: signals, and too little of all."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


def children_of(pid: int) -> list[int]:
    """The processes that one has started and not yet seen off."""
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_locked(pid: int) -> bool:
    """Whether a process filters its system calls, which a child does last, or has ended."""
    try:
        return "\nSeccomp:\t2\n" in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


@contextmanager
def signalled(
    pid: int,
    signals: Sequence[signal.Signals],
    *,
    after: tuple[float, float],
    once_locked: bool = False,
    seed: int = 0,
) -> Iterator[list[int]]:
    """Sends one signal each to the next children of a process, which must be ready for orders.

    Args:
        after: seconds from a child's birth, least and most.
        once_locked: they count from when it has locked itself, which a busy machine delays.

    Yields: the children that were sent one.
    """
    hit: list[int] = []
    ended = threading.Event()

    def send() -> None:
        chance = random.Random(seed)
        for number in signals:
            while not (fresh := [one for one in children_of(pid) if one not in hit]):
                if ended.wait(0.001):
                    return
            while once_locked and not is_locked(fresh[0]) and not ended.wait(0.001):
                pass
            time.sleep(chance.uniform(*after))
            hit.append(fresh[0])
            with suppress(ProcessLookupError):
                os.kill(fresh[0], number)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield hit
    finally:
        ended.set()
        sender.join()


@contextmanager
def control_group(controller: str, pid: int) -> Iterator[Path]:
    """A control group of either version that holds a process, which must have ended after it.

    Skips where none can be made.
    """
    groups = Path("/sys/fs/cgroup")
    groups = groups / controller if (groups / controller).exists() else groups
    group = groups / f"actmine-{pid}"
    try:
        group.mkdir()
        (group / "cgroup.procs").write_text(str(pid))
        assert any(group.glob(f"{controller}.*"))
    except (AssertionError, OSError) as error:
        pytest.skip(f"needs root and control groups ({error})")
    yield group
    until = time.monotonic() + 10
    while group.exists() and time.monotonic() < until:
        with suppress(OSError):  # the kernel is not yet done with the last process
            group.rmdir()
        time.sleep(0.01)
