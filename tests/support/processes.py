"""The processes of a checkout: found, waited for, and ended without warning."""

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import psutil

from checkouts import Checkout

Found = TypeVar("Found")


def scripts(checkout: Checkout, *words: str) -> list[psutil.Process]:
    """Scripts of the workflow that run now, whose command line has all these words."""
    return [
        process for process in psutil.process_iter() if _is_script(process, checkout, words)
    ]


def _is_script(process: psutil.Process, checkout: Checkout, words: tuple[str, ...]) -> bool:
    try:
        line = process.cmdline()
        # The shell that starts a script has all of its words in one argument.
        return (
            len(line) > 2
            and "workflow_scripts/" in line[1]
            and process.cwd() == str(checkout.folder)
            and all(any(word in part for part in line) for word in words)
        )
    except psutil.Error:
        return False


def wait_for(what: Callable[[], Found], *, seconds: float, told: Callable[[], Any]) -> Found:
    """The first true value of `what`.

    Raises:
        AssertionError: there is none in time; the message is what `told` says then.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain: {told()}")


def kill(process: psutil.Process, *, with_children: bool = False) -> None:
    """SIGKILL, for the process alone or for all that it started."""
    with suppress(psutil.Error):
        victims = [process, *(process.children(recursive=True) if with_children else ())]
        for victim in victims:
            with suppress(psutil.Error):
                victim.send_signal(signal.SIGKILL)
