"""Compares what a file says with what follows from the others, but for the last bits.

Processors round logarithms and sums in different last bits, so what follows from losses is
compared to nine digits. The losses themselves are compared bit by bit, where a training is
repeated.
"""

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from itertools import zip_longest
from math import isclose
from typing import Any, TextIO

import pandas as pd

from actmine.csv_files import csv_text
from actmine.files import canonical_json, parse_json
from actmine.number_text import counted

_RELATIVE = 1e-9
_ABSOLUTE = 1e-12  # of what is zero but for rounding


def same(one: Any, other: Any) -> bool:
    """Whether two values of JSON documents are equal, floats to nine digits."""
    if isinstance(one, float) and isinstance(other, float):
        return _close(one, other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def differing(stored: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """The keys of a JSON document that another does not have, or has otherwise."""
    texts = canonical_json(stored), canonical_json(expected)
    if texts[0] == texts[1]:
        return []
    have, want = map(parse_json, texts)
    return [
        key
        for key in sorted(have.keys() | want.keys())
        if key not in have or key not in want or not same(have[key], want[key])
    ]


def table_difference(stored: TextIO, expected: str) -> str:
    """The first row of a CSV text that differs; empty if none does.

    Args:
        stored: opened with newline="", as the module csv asks for.
    """
    if stored.read(len(expected) + 1) == expected:  # no more: a damaged table has no end
        return ""
    stored.seek(0)
    rows = csv.reader(stored, strict=True), csv.reader(StringIO(expected))
    columns: list[str] = []
    for number, (have, want) in enumerate(zip_longest(*rows)):
        if have is None:
            return f"row {number} is missing"
        if want is None:
            told = counted(number - 1, "row that follows", "rows that follow")
            return f"has more than the {told} from its inputs"
        if number == 0:
            columns = want
            if have != want:
                return f"its columns are {have}, not {want}"[:600]
        if len(have) != len(want):
            return f"row {number} has {counted(len(have), 'cell')}, not {len(want)}"
        wrong = [
            f"{column} is {a!r}, not {b!r}"
            for column, a, b in zip(columns, have, want, strict=True)
            if not _same_cell(a, b)
        ]
        if wrong:
            return f"row {number} does not follow from its inputs: {'; '.join(wrong[:3])}"[:600]
    return ""


def cells(frame: pd.DataFrame) -> Iterator[list[str]]:
    """A table's rows as its CSV file has them, the header first."""
    return csv.reader(StringIO(csv_text(frame)))


def _same_cell(have: str, want: str) -> bool:
    """Equal as text, or as numbers: another version of pandas may spell 3.0 for 3."""
    if have == want:
        return True
    try:
        return _close(float(have), float(want))
    except ValueError:
        return False


def _close(one: float, other: float) -> bool:
    return isclose(one, other, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
