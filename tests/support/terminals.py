"""Pseudo-terminals: what is sent to one, to its end."""

import fcntl
import os
import pty
import struct
import termios

_ROWS = 40


def opened(columns: int) -> tuple[int, int]:
    """Both ends of a terminal as wide as that: ours to read, and the one to print to."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, columns, 0, 0))
    return ours, theirs


def sent_to(ours: int) -> str:
    """All that a terminal is sent until nobody has its other end any more; closes ours."""
    parts = []
    while True:
        try:
            parts.append(os.read(ours, 65536))
        except OSError:
            break
    os.close(ours)
    return b"".join(parts).decode()
