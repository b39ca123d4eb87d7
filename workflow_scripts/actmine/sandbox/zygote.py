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
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn

from actmine.collector import seldom_collected
from actmine.sandbox import landlock, privileges
from actmine.sandbox.layers import Limits

# What the first two register, operator by operator, is about tensors without data. No source
# can make one, and it takes a fifth of torch's start; the others take a twelfth. `torch.export`
# is no such part: vmap asks it, and without vmap each member of a fit is computed alone.
_UNUSED = (
    *("torch._meta_registrations", "torch.distributed._meta_registrations"),
    *("torch.ao", "torch.quantization", "torch.nn.intrinsic", "torch.nn.qat"),
    *("torch.nn.quantizable", "torch.nn.quantized"),
    *("torch.distributions", "torch.masked"),
)


def main(descriptor: int, module: str) -> NoReturn:
    """Serves requests until the host closes its end.

    Args:
        descriptor: of the channel to the host.
        module: the name of what answers them, see `Handlers`.
    """
    privileges.die_with_parent()
    control = socket.socket(fileno=descriptor)
    gc.disable()  # imports leave next to no garbage, and looking for it takes a tenth of them
    serve = _warm(module)
    privileges.drop_capabilities()  # after the imports: root may not own the code
    privileges.hide()
    gc.freeze()  # the collector of a child leaves the warm pages shared
    gc.enable()
    wake = _wake_on_child_exit()
    # A lost connection means that the host has ended, and tells why itself.
    with contextlib.suppress(ConnectionError), seldom_collected():
        _serve_host(control, serve, wake)
    os._exit(0)  # it holds nothing to flush, and taking torch down costs 0.3 s


def _serve_host(control: socket.socket, serve: Callable[..., None], wake: int) -> None:
    control.sendall(b"+")
    while True:
        message, channels, _, _ = socket.recv_fds(control, 4096, 1)
        if not message:
            return
        isolation, settings = json.loads(message)
        limits = Limits(**settings)
        try:
            pid = os.fork()
        except OSError as error:
            sys.exit(f"actmine: no child can be started: {error}")
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            _child(channels[0], partial(serve, limits=limits, isolation=isolation))
        os.close(channels[0])
        end = _await_exit(pid, control, wake, limits)
        control.sendall(json.dumps(_reap(pid, end)).encode())


def _warm(module: str) -> Callable[..., None]:
    """Imports what a child serves requests with, so that none imports anything lazily."""
    sys.modules.update((name, ModuleType(name)) for name in _UNUSED)
    import torch

    torch.set_num_threads(1)  # children of a warm pool of two threads hang
    torch.set_num_interop_threads(1)
    from actmine.capability import cpu_capability
    from actmine.sandbox import worker

    cpu_capability()  # found once, before a child may no longer look
    handlers: Any = import_module(module)
    handlers.warm_up()
    landlock.readable()  # found once
    return partial(worker.serve, handlers=handlers)


def _child(descriptor: int, serve: Callable[..., None]) -> None:
    status = 1
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        serve(socket.socket(fileno=descriptor))
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


def _await_exit(pid: int, control: socket.socket, wake: int, limits: Limits) -> str:
    """Waits until the child has ended; kills it at a limit or when the host is gone.

    It is killed too when it is stopped: nobody may ever let it go on.

    Returns:
        "time" if the limit of the clock ended it, else nothing.
    """
    deadline = time.monotonic() + limits.wall_s
    end = ""
    while (state := _state(pid)) in (None, os.CLD_STOPPED):
        left = max(deadline - time.monotonic(), 0)
        waited: list[int] = [control.fileno(), wake]
        ready, _, _ = select.select(waited, [], [], 0 if state else left)
        if wake in ready:
            os.read(wake, 4096)
        if left <= 0:
            end = "time"
        # Nothing but the host's end arrives there.
        if end or state or control.fileno() in ready:
            os.kill(pid, signal.SIGKILL)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return end


def _state(pid: int) -> int | None:
    """How a child has ended, or that it is stopped; none while it runs."""
    options = os.WEXITED | os.WSTOPPED | os.WNOWAIT | os.WNOHANG
    found = os.waitid(os.P_PID, pid, options)
    return None if found is None else found.si_code


def _reap(pid: int, end: str) -> dict[str, float | str]:
    """Kills what is left of the child's session, reaps it, and reports the kernel's count."""
    # Nothing may be left of the group but the child that ended.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    _, status, usage = os.wait4(pid, 0)
    return {
        "exit": os.waitstatus_to_exitcode(status),
        "limit": end,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
    }
