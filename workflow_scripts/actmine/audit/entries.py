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
_TEXTS = frozenset({".csv", ".json", ".jsonl", ".md", ".py", ".tex", ".txt", ".yaml"})
_LONG = frozenset({"tables", "report"})  # folders whose texts are read line by line, if at all


def problems(folder: Path) -> Iterator[Problem]:
    """Each entry below a folder, hidden ones too, that is neither a folder nor a plain file."""
    waiting = [folder] if folder.is_dir() else []  # whoever opens it says what is wrong
    while waiting:
        place = waiting.pop()
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError as error:
            yield _problem(place, folder, f"cannot be listed ({error.strerror})")
            continue
        for entry in entries:
            path = Path(entry.path)
            if len(path.relative_to(folder).parts) > _DEEPEST:
                yield _problem(path, folder, f"stands in more than {_DEEPEST} folders")
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif what := _fault(path, entry.stat(follow_symlinks=False), folder):
                yield _problem(path, folder, what)


def _fault(path: Path, status: os.stat_result, folder: Path) -> str:
    """What is wrong with what is no folder; empty if it can be read."""
    if stat.S_ISLNK(status.st_mode):
        return "is a link; put there what it leads to"
    if not stat.S_ISREG(status.st_mode):
        return "is a pipe, a socket or a device and no file; remove it"
    long = path.suffix not in _TEXTS or path.relative_to(folder).parts[0] in _LONG
    largest = _LARGEST if long else _LARGEST_TEXT
    if status.st_size > largest:
        return f"has {status.st_size:,} bytes; no file there has more than {largest:,}"
    return "" if os.access(path, os.R_OK) else "cannot be read; change its permissions"


def _problem(path: Path, folder: Path, what: str) -> Problem:
    return Problem(file=path.relative_to(folder).as_posix(), what=what)
