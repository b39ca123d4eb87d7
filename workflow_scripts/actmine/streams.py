"""The standard streams as they may be: of any encoding, closed, full, or read by nobody."""

import io
import os
import sys


def open_streams() -> None:
    """Opens what is closed, and has what an encoding lacks spelled out.

    The place of a closed one (`>&-`) would go to the next file that is opened.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest place that is free
    for descriptor, name in enumerate(("stdout", "stderr"), start=1):
        if getattr(sys, name) is None:
            setattr(sys, name, io.TextIOWrapper(io.FileIO(descriptor, "w", closefd=False)))
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def drop_output() -> None:
    """Has nobody read what is still to be written, so that no exit fails by it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def tell(line: str) -> None:
    """Prints a line to whoever watches a stage; that nobody can is no reason to fail."""
    try:
        print(line, flush=True)
    except OSError:
        drop_output()
