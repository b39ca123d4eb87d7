"""A warm process that forks one disposable child per request and sees it off.

The host starts it with an allow-listed environment and one socket. Imports are paid here
once; a child costs a fork. It alone waits for its children, so it alone kills them: no
process number can be reused between the decision and the signal.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import time

from actmine.sandbox.layers import die_with_parent

PRELOADS = ("lab", "gate")


def main(descriptor: int, preload: str) -> None:
    """Serves requests until the host closes its end."""
    die_with_parent()
    control = socket.socket(fileno=descriptor)
    _preload(preload)
    gc.freeze()  # the collector of a child leaves the warm pages shared
    wake = _wake_on_child_exit()
    control.sendall(b"+")
    while True:
        message, channels, _, _ = socket.recv_fds(control, 4096, 1)
        if not message:
            return
        request = json.loads(message)
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            _child(channels[0], request)
        os.close(channels[0])
        timed_out = _await_exit(
            pid, control, wake, deadline=time.monotonic() + request["wall_s"]
        )
        control.sendall(json.dumps(_see_off(pid, timed_out)).encode())


def _preload(preload: str) -> None:
    """Imports, and takes one training step, so that no child imports anything lazily."""
    import torch

    torch.set_num_threads(1)  # children of a warm pool of two threads hang
    torch.set_num_interop_threads(1)
    from actmine.sandbox import worker

    worker.warm_up(preload)


def _child(descriptor: int, request: dict[str, float]) -> None:
    status = 1
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        channel = socket.socket(fileno=descriptor)
        from actmine.sandbox import worker

        worker.serve(channel, memory_mb=int(request["memory_mb"]), cpu_s=request["cpu_s"])
        status = 0
    finally:
        os._exit(status)


def _wake_on_child_exit() -> int:
    read, write = os.pipe()
    for end in (read, write):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return read


def _await_exit(pid: int, control: socket.socket, wake: int, *, deadline: float) -> bool:
    """Waits until the child has ended; kills it at the deadline or when the host is gone."""
    timed_out = False
    while not _has_ended(pid):
        left = deadline - time.monotonic()
        waited: list[int] = [control.fileno(), wake]
        ready, _, _ = select.select(waited, [], [], max(left, 0))
        if wake in ready:
            os.read(wake, 4096)
        if (
            left <= 0 or control.fileno() in ready
        ):  # nothing but the end of the host arrives here
            timed_out = left <= 0
            os.kill(pid, signal.SIGKILL)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return timed_out


def _has_ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def _see_off(pid: int, timed_out: bool) -> dict[str, float | bool]:
    """Kills what is left of the child's session, reaps it, and reports the kernel's count."""
    # Nothing may be left of the group but the child that ended.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    _, status, usage = os.wait4(pid, 0)
    return {
        "exit": os.waitstatus_to_exitcode(status),
        "timed_out": timed_out,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
    }
