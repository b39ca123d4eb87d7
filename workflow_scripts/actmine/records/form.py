"""How a record stands in its file, where that is not simply field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Form:
    """The class variable FORM of a record that has one; `rows` heeds it.

    Attributes:
        version: of the format, written as `schema_version`; no other is read. None writes none.
        derived: properties that are written too, and must be right when the record is read.
        grouped: fields that stand together under a key of the row, by that key.
        renamed: the key of a field that has another name in the row.
        optional: fields that a row leaves out where they have their default.
    """

    version: int | None = None
    derived: tuple[str, ...] = ()
    grouped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
