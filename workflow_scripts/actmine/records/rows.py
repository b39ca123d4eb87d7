"""Reads and writes records as rows of JSON, by the types of their fields alone.

A row is refused where a field is missing that has no default, is unknown or of another type.
Numbers stay as they are written: 1 and 1.0 are told apart, so that what is read and written
again has the same bytes.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass
from enum import StrEnum
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from actmine.files import (
    ContentError,
    MissingKeyError,
    read_json,
    read_jsonl,
    write_json,
    write_jsonl,
)
from actmine.records.evaluation import Table
from actmine.records.form import Form

if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")
Row = dict[str, Any]

_PLAIN: dict[type, frozenset[type]] = {
    bool: frozenset({bool}),
    int: frozenset({int}),
    float: frozenset({float, int}),
    str: frozenset({str}),
}


def to_row(record: Any, kind: type | None = None) -> Row:
    """The JSON form of a record; of the fields of its base class `kind`, if given."""
    row: Row = _converter().unstructure(record, kind)
    return row


def from_row(row: Any, kind: type[T]) -> T:
    """Reads the JSON form of a record.

    Raises:
        ValueError: written by another schema version, or no such record; the message names
            the record, and what is wrong field by field.
    """
    if not isinstance(row, Mapping):
        raise ValueError(f"{kind.__name__}: {row!r:.60} is no JSON object")
    try:
        return _converter().structure(row, kind)
    except (ExceptionGroup, KeyError, TypeError, ValueError) as error:
        from cattrs import transform_error

        named = row.get("candidate_id") or row.get("name")
        place = f"{kind.__name__} {named}" if named else kind.__name__
        reasons = map(_place_first, transform_error(error, "", lambda part, _: _reason(part)))
        raise ValueError(f"{place}: {'; '.join(reasons)}") from None


def read_record(path: Path, kind: type[T]) -> T:
    """The record that a .json file holds.

    Raises:
        ContentError: it holds none; the message names the field too.
    """
    row = read_json(path)
    try:
        return from_row(row, kind)
    except ValueError as error:
        raise ContentError(f"{path}: {error}") from None


def read_records(path: Path, kind: type[T]) -> list[T]:
    """The records that a .jsonl file holds, one a line.

    Raises:
        ContentError: a line holds none; the message names it and the field too.
    """
    records = []
    for number, row in enumerate(read_jsonl(path), start=1):
        try:
            records.append(from_row(row, kind))
        except ValueError as error:
            raise ContentError(f"{path}, line {number}: {error}") from None
    return records


def write_record(path: Path, record: Any) -> None:
    """Writes one record as a .json file."""
    write_json(path, to_row(record))


def write_records(path: Path, records: Iterable[Any]) -> None:
    """Writes records as a .jsonl file, one a line."""
    write_jsonl(path, map(to_row, records))


@cache
def _converter() -> "Converter":
    """Made when a record is first read or written: a sandboxed process needs none."""
    from cattrs import Converter

    converter = Converter(forbid_extra_keys=True, unstruct_collection_overrides={tuple: list})
    for kind in _PLAIN:
        converter.register_structure_hook(kind, _plain(kind))
    converter.register_structure_hook(StrEnum, lambda value, kind: kind(value))
    converter.register_structure_hook_func(_is_table, _table)
    converter.register_unstructure_hook_func(_is_table, lambda table: table)
    converter.register_structure_hook_factory(is_dataclass, _reader)
    converter.register_unstructure_hook_factory(is_dataclass, _writer)
    return converter


def _plain(kind: type) -> Callable[[Any, Any], Any]:
    allowed = _PLAIN[kind]

    def read(value: Any, _: Any) -> Any:
        if type(value) not in allowed:
            raise TypeError(f"{value!r:.60} is no {kind.__name__}")
        return value

    return read


def _is_table(kind: Any) -> bool:
    return bool(kind == Table)


def _table(rows: Any, _: Any) -> Table:
    """At once, not number by number: an evaluation has thousands."""
    if not _PLAIN[float].issuperset(map(type, chain.from_iterable(rows))):
        raise TypeError("a value of the table is no number")
    return tuple(map(tuple, rows))


def _reader(kind: Any, converter: "Converter") -> Callable[[Any, Any], Any]:
    from cattrs.gen import make_dict_structure_fn

    fields = make_dict_structure_fn(kind, converter, **_overrides(kind))
    form: Form | None = getattr(kind, "FORM", None)

    def read(row: Any, _: Any) -> Any:
        if not isinstance(row, Mapping):
            raise TypeError(f"{row!r:.60} is no object")
        if form is None:
            return fields(row, kind)
        rest = dict(row)
        if form.version is not None:
            _require_version(rest.pop("schema_version", None), form.version)
        derived = {name: rest.pop(name) for name in form.derived}
        for key in form.grouped:
            rest |= rest.pop(key)
        record = fields(rest, kind)
        for name, value in derived.items():
            if value != (actual := getattr(record, name)):
                raise ValueError(f"{name}: the other fields give {actual}, not {value}")
        return record

    return read


def _require_version(old: Any, version: int) -> None:
    if old != version:
        raise ValueError(f"schema version {old}, not {version}; use the actmine that wrote it")


def _writer(kind: Any, converter: "Converter") -> Callable[[Any], Row]:
    from cattrs.gen import make_dict_unstructure_fn

    fields = make_dict_unstructure_fn(kind, converter, **_overrides(kind))
    form: Form | None = getattr(kind, "FORM", None)
    if form is None:
        return fields

    def write(record: Any) -> Row:
        row: Row = {} if form.version is None else {"schema_version": form.version}
        row |= {name: getattr(record, name) for name in form.derived}
        row |= fields(record)
        for key, names in form.grouped.items():
            row[key] = {name: row.pop(name) for name in names}
        return row

    return write


def _overrides(kind: Any) -> dict[str, Any]:
    from cattrs.gen import override

    form: Form = getattr(kind, "FORM", Form())
    renamed = {name: override(rename=key) for name, key in form.renamed.items()}
    return renamed | {name: override(omit_if_default=True) for name in form.optional}


def _reason(error: BaseException) -> str:
    from cattrs import ForbiddenExtraKeysError

    if isinstance(error, ForbiddenExtraKeysError):
        return f"unknown {', '.join(sorted(error.extra_fields))}"
    if isinstance(error, MissingKeyError):
        return f"{error.key!r} is missing"
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _place_first(message: str) -> str:
    """`what @ .field` as `field: what`."""
    what, _, place = message.rpartition(" @ ")
    return f"{place.lstrip('.')}: {what}" if place else what
