"""Reads and writes files so that each appears whole or not at all."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4


class ContentError(ValueError):
    """A file that does not hold what it should; the message names the file."""


class MissingKeyError(ContentError):
    """A file in which an object lacks a key that was asked for."""

    def __init__(self, place: str, key: str) -> None:
        super().__init__(f"{place}: {key!r} is missing; delete the file and run again")
        self.key = key


class FileObject(dict[str, Any]):
    """A JSON object that knows its file, and names it where a key is missing.

    A copy, such as `dataclasses.asdict` makes, is of no file.
    """

    __slots__ = ("place",)

    def __init__(
        self, value: Mapping[str, Any] | Iterable[tuple[str, Any]] = (), *, place: str = ""
    ) -> None:
        super().__init__(value)
        self.place = place

    def __missing__(self, key: str) -> Any:
        raise MissingKeyError(self.place, key) if self.place else KeyError(key)


def write_atomically(path: Path, data: bytes) -> None:
    """Leaves `path` absent, old or complete, also after kill -9.

    Raises:
        OSError: the folder cannot be written or the disk is full; no partial file stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid4().hex}")  # pids repeat across nodes
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)
        raise


def canonical_json(value: Any) -> str:
    """One spelling per value: sorted keys, no spaces, no NaN; the form that is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def json_text(value: Any) -> bytes:
    """One JSON document, sorted and indented for a reader."""
    text = json.dumps(value, sort_keys=True, indent=1, allow_nan=False, ensure_ascii=False)
    return (text + "\n").encode()


def json_rows_text(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """`json_text` of some objects of plain values, in a fifth of its time.

    Python indents without its C code. An object inside an object would stand in one line.
    """
    told = ",\n ".join(f"{{\n  {_encoded(row)[1:-1]}\n }}" for row in rows)
    return f"[\n {told}\n]\n".encode()


_encoded = json.JSONEncoder(
    sort_keys=True, separators=(",\n  ", ": "), allow_nan=False, ensure_ascii=False
).encode


def parse_json(text: str | bytes) -> Any:
    """The value that a JSON text holds.

    Raises:
        ValueError: it is not valid, a key stands twice, or it is nested too deeply.
    """
    return _decoded(text, _JSON)


def _decoded(text: str | bytes, decoder: json.JSONDecoder) -> Any:
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    try:
        return decoder.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    if len(whole) < len(pairs):
        raise ValueError(f"the key {first_twice([key for key, _ in pairs])!r} stands twice")
    return whole


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")


# Made once: `json.loads` with these arguments would make one a text.
_JSON = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number)


class _Reader:
    """Reads the JSON texts of one file, whose objects know where they stand."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._file_object, parse_constant=_no_number
        )

    def value(self, text: bytes) -> Any:
        try:
            return _decoded(text, self._decoder)
        except ValueError as error:
            raise self._damaged(f"not valid JSON ({error})") from None

    def require_object(self, value: Any) -> FileObject:
        if not isinstance(value, FileObject):
            raise self._damaged(f"{value!r:.60} is no JSON object")
        return value

    def _file_object(self, pairs: list[tuple[str, Any]]) -> FileObject:
        return FileObject(_object(pairs), place=self.place)

    def _damaged(self, what: str) -> ContentError:
        return ContentError(f"{self.place}: {what}; delete the file and run again")


def first_twice(keys: list[Any]) -> Any:
    """The first key that was there before."""
    return next(key for number, key in enumerate(keys) if key in keys[:number])


def write_json(path: Path, value: Any) -> None:
    """Writes one JSON document, sorted and indented for a reader."""
    write_atomically(path, json_text(value))


def read_json(path: Path) -> Any:
    """Reads one JSON object, or a list of some; they name the file where a key is missing.

    Raises:
        ContentError: the file holds none.
    """
    reader = _Reader(str(path))
    value = reader.value(path.read_bytes())
    for each in value if isinstance(value, list) and value else [value]:
        reader.require_object(each)
    return value


_NO_ROWS = b"\n"  # not nothing: that is what a full disk leaves of a file


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes one canonical JSON object a line; an empty line if there are none."""
    lines = "".join(canonical_json(row) + "\n" for row in rows)
    write_atomically(path, lines.encode() or _NO_ROWS)


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yields one object a line, which names the file and the line where a key is missing.

    Raises:
        ContentError: a line holds none.
    """
    reader = _Reader(str(path))
    with path.open("rb") as file:
        if file.peek(2) == _NO_ROWS:
            return
        for number, line in enumerate(file, start=1):
            reader.place = f"{path}, line {number}"
            yield reader.require_object(reader.value(line))
