"""Reads and writes files so that each appears whole or not at all."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

# libyaml, where PyYAML was built with it: ten times faster, and every job reads some YAML.
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def canonical_json(value: Any) -> str:
    """One spelling per value: sorted keys, no spaces, no NaN; the form that is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def json_text(value: Any) -> bytes:
    """One JSON document, sorted and indented for a reader."""
    text = json.dumps(value, sort_keys=True, indent=1, allow_nan=False, ensure_ascii=False)
    return (text + "\n").encode()


def parse_yaml(text: str) -> Any:
    """The one YAML document in a text, of plain values only.

    Raises:
        yaml.YAMLError: it is not valid.
    """
    return yaml.load(text, Loader=_YAML)


def write_json(path: Path, value: Any) -> None:
    """Writes one JSON document, sorted and indented for a reader."""
    write_atomically(path, json_text(value))


def read_json(path: Path) -> Any:
    """Reads one JSON document.

    Raises:
        ValueError: the file is not JSON; the message names it.
    """
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: not valid JSON ({error}); delete it and run again") from None


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes one canonical JSON object a line."""
    write_atomically(path, "".join(canonical_json(row) + "\n" for row in rows).encode())


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yields one object a line.

    Raises:
        ValueError: a line is not JSON; the message names the file and the line.
    """
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield json.loads(line)
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: not valid JSON ({error})") from None
