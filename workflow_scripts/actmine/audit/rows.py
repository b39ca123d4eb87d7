"""Compares a CSV file with the rows that it should have."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd

from actmine.audit.problem import Problem

csv.field_size_limit(1 << 26)  # a model's rationale may be long

Cells = Sequence[str]


class Rows:
    """A CSV file that is read along with what it should hold; a context manager.

    Args:
        path: of the file.
        file: its name in problems.
        columns: its header.
        measured: columns that hold seconds or memory, which nothing gives again.
    """

    def __init__(
        self, path: Path, *, file: str, columns: Cells, measured: frozenset[str] = frozenset()
    ) -> None:
        self.file = file
        self._columns = list(columns)
        self._measured = measured
        self._text = path.open(newline="", encoding="utf-8")
        self._rows = csv.reader(self._text, strict=True)
        self._number = 0
        self.flaw: Problem | None = None
        if (head := next(self._rows, None)) != self._columns:
            self._note(f"its columns are {head}, not {self._columns}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._text.close()

    def expect(self, frame: pd.DataFrame) -> None:
        """The next rows; the first one that differs is remembered."""
        text = StringIO(frame.to_csv(index=False, header=False))
        for expected in csv.reader(text):
            if self.flaw is not None:
                return
            self._number += 1
            found = next(self._rows, None)
            if found is None:
                self._note(f"row {self._number} is missing")
            elif differing := self._differing(expected, found):
                told = "; ".join(f"{c} is {a!r}, not {b!r}" for c, a, b in differing[:3])
                self._note(f"row {self._number} does not follow from its inputs: {told}")

    def problems(self) -> Iterator[Problem]:
        """What was found, or a row too many."""
        if self.flaw is None and next(self._rows, None) is not None:
            self._note(f"it has more than the {self._number} rows that follow from its inputs")
        if self.flaw is not None:
            yield self.flaw

    def _differing(self, expected: Cells, found: Cells) -> list[tuple[str, str, str]]:
        if len(found) != len(expected):
            return [("number of cells", str(len(found)), str(len(expected)))]
        return [
            (column, have, want)
            for column, have, want in zip(self._columns, found, expected, strict=True)
            if column not in self._measured and not _same(have, want)
        ]

    def _note(self, what: str) -> None:
        if self.flaw is None:
            self.flaw = Problem(file=self.file, what=what[:600])


def _same(have: str, want: str) -> bool:
    """Equal as text, or as numbers: a column of whole numbers may be spelled 3.0."""
    if have == want:
        return True
    try:
        return float(have) == float(want)
    except ValueError:
        return False
