"""Reads a file that somebody else writes, and says when it is whole."""

import codecs
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

SETTLED_S = 2.0  # seconds without a change after which a file is whole [ours]
LARGEST_BYTES = 16 * 1024 * 1024  # far more than is kept of a reply [ours]

_Stamp = tuple[int, int, int]  # inode, bytes, ns of the last change


@dataclass
class ReplyFile:
    """A reply's file, looked at again and again.

    Attributes:
        fault: why what stands there can be no reply; empty if it can, or nothing does.
    """

    path: Path
    fault: str = ""
    _last: _Stamp | None = None
    _since: float = 0.0

    @property
    def is_settling(self) -> bool:
        """Whether there is something that may become a reply."""
        return self._last is not None and not self.fault

    def text(self) -> str:
        """What it holds once it has not changed for `SETTLED_S`; until then nothing.

        Links are not followed, and a pipe is not waited for: whoever may write in the folder
        may not read by our hand.
        """
        self.fault = ""
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(self.path, flags)
        except FileNotFoundError:
            self._last = None
            return ""
        except OSError as error:
            linked = self.path.is_symlink()
            return self._refused("is a link" if linked else f"is shut ({error.strerror})")
        try:
            return self._read(descriptor)
        finally:
            os.close(descriptor)

    def _read(self, descriptor: int) -> str:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return self._refused("is no plain file")
        if not status.st_size:
            return self._refused("is empty")
        if status.st_size > LARGEST_BYTES:
            return self._refused(f"has {status.st_size:,} bytes, above {LARGEST_BYTES:,}")
        if not self._has_settled(status):
            return ""
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            text = _decoded(file.read(LARGEST_BYTES))
        if _stamp(os.fstat(descriptor)) != self._last:
            return ""
        if not text.strip():
            self.fault = "holds white space alone, and no answer"
        elif "\0" in text:
            self.fault = "is no plain text: save it in UTF-8"
        return "" if self.fault else text

    def _refused(self, fault: str) -> str:
        self.fault, self._last = fault, None
        return ""

    def _has_settled(self, status: os.stat_result) -> bool:
        """Whether it has been as it is for long enough."""
        now, stamp = time.monotonic(), _stamp(status)
        if stamp != self._last:
            self._last, self._since = stamp, now
            return False
        return now - self._since >= SETTLED_S


def _decoded(content: bytes) -> str:
    """A text in UTF-8, or in UTF-16 that is marked as such, as editors of Windows write it."""
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if marked else "utf-8-sig", errors="replace")


def _stamp(status: os.stat_result) -> _Stamp:
    return status.st_ino, status.st_size, status.st_mtime_ns
