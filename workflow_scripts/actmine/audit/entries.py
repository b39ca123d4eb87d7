"""Looks at what a run's folder holds before any of it is read: plain files alone.

To read a pipe or a device never ends, and what is behind a link is no part of the run: it may
change after it was sealed.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from actmine.audit.problem import Problem

NOTHING_READ = "nothing was read: a run's folder holds folders and plain files alone"
# Above what a search of a million candidates writes. [ours]
_DEEPEST = 32
_LARGEST = 1 << 33
_LARGEST_TEXT = 1 << 28  # of a file that is read whole
_TEXTS = (".csv", ".json", ".jsonl", ".md", ".py", ".tex", ".txt", ".yaml")
_LONG = frozenset({"tables", "report"})  # folders whose texts are read line by line, if at all


def problems(folder: Path) -> Iterator[Problem]:
    """Each entry below a folder, hidden ones too, that is neither a folder nor a plain file."""
    # Names relative to the folder, which is "" itself; whoever opens it says what is wrong.
    waiting = [""] if folder.is_dir() else []
    while waiting:
        place = waiting.pop()
        try:
            entries = sorted(os.scandir(folder / place), key=lambda entry: entry.name)
        except OSError as error:
            yield Problem(file=place or ".", what=f"cannot be listed ({error.strerror})")
            continue
        for entry in entries:
            name = f"{place}/{entry.name}" if place else entry.name
            if name.count("/") >= _DEEPEST:
                what = f"stands in more than {_DEEPEST} folders"
                yield Problem(file=name, what=what)
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(name)
            elif what := _fault(name, entry):
                yield Problem(file=name, what=what)


def _fault(name: str, entry: os.DirEntry[str]) -> str:
    """What is wrong with what is no folder; empty if it can be read."""
    status = entry.stat(follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        return "is a link; put there what it leads to"
    if not stat.S_ISREG(status.st_mode):
        return "is a pipe, a socket or a device and no file; remove it"
    long = not name.endswith(_TEXTS) or name.partition("/")[0] in _LONG
    largest = _LARGEST if long else _LARGEST_TEXT
    if status.st_size > largest:
        return f"has {status.st_size:,} bytes; no file there has more than {largest:,}"
    return "" if os.access(entry.path, os.R_OK) else "cannot be read; change its permissions"
