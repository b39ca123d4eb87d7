"""Reads a file of a user's, whatever it turns out to be."""

import io
from pathlib import Path

LARGEST = 1_000_000  # bytes; the gate lets in far less [ours]


class FileError(ValueError):
    """A file that holds no text; the message says what it holds, and what to give."""


def read_text(path: Path) -> str:
    """A file's text in UTF-8, with or without a byte order mark, its line ends as Python's.

    Raises:
        FileError: it cannot be read, is too large, or no such text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise FileError(f"{error.strerror}; give the path of a text file") from None
    if len(data) > LARGEST:
        raise FileError(f"more than {LARGEST:,} bytes; give a file with one function")
    if b"\0" in data:
        raise FileError("binary or UTF-16 text; save it as UTF-8")
    try:
        return io.TextIOWrapper(io.BytesIO(data), "utf-8-sig").read()
    except UnicodeDecodeError:
        raise FileError("not UTF-8 text; save it as UTF-8") from None
