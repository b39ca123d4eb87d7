"""Reads and writes files so that each appears whole or not at all."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4


class ContentError(ValueError):
    """A file that does not hold what it should; the message names the file."""


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
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    try:
        return _JSON.decode(text)
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


def first_twice(keys: list[Any]) -> Any:
    """The first key that was there before."""
    return next(key for number, key in enumerate(keys) if key in keys[:number])


def write_json(path: Path, value: Any) -> None:
    """Writes one JSON document, sorted and indented for a reader."""
    write_atomically(path, json_text(value))


def read_json(path: Path) -> Any:
    """Reads one JSON document.

    Raises:
        ContentError: the file is not JSON.
    """
    try:
        return parse_json(path.read_bytes())
    except ValueError as error:
        raise ContentError(
            f"{path}: not valid JSON ({error}); delete it and run again"
        ) from None


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes one canonical JSON object a line."""
    write_atomically(path, "".join(canonical_json(row) + "\n" for row in rows).encode())


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yields one object a line.

    Raises:
        ContentError: a line is not JSON; the message names it too.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield parse_json(line.decode())
            except ValueError as error:
                raise ContentError(f"{path}, line {number}: not valid JSON ({error})") from None
