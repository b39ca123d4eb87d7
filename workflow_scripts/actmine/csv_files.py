"""Tables as CSV files in which no text is a formula to a spreadsheet, and as Parquet.

A text that a spreadsheet would calculate, or that begins with an apostrophe, has one more
before it; whoever reads a file here gets the text back.
"""

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actmine.files import ContentError

if TYPE_CHECKING:
    import pandas as pd

# Whatever stands before the sign: programs pass over blanks, and take wide signs for narrow.
_CALCULATED = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|['\t\r\n]")


def csv_text(table: "pd.DataFrame") -> str:
    """A table without its index, the header first."""
    # Every text is quoted: a carriage return alone would end its row.
    return _in_texts(table, _guarded).to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC)


def read_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """The header and the cells of such a file, as texts, without pandas and its 0.25 s.

    Raises:
        ContentError: the file is no such table.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file, strict=True)
    except (ValueError, csv.Error) as error:
        raise _damaged(path, "CSV", error) from None
    if any(len(row) != len(header) for row in rows):
        raise _damaged(path, "CSV", ValueError("its rows differ in length"))
    return header, [[_plain(cell) for cell in row] for row in rows]


def read_csv(path: Path, **options: Any) -> "pd.DataFrame":
    """A table as it was before `csv_text`; options are those of pandas.

    Raises:
        ContentError: the file is no such table.
    """
    import pandas as pd

    try:
        return _in_texts(pd.read_csv(path, **options), _plain)
    except ValueError as error:
        raise _damaged(path, "CSV", error) from None


def read_parquet(path: Path) -> "pd.DataFrame":
    """The other form of a table, in which every text is a text.

    Raises:
        ContentError: the file is no such table.
    """
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise _damaged(path, "Parquet", error) from None


def _damaged(path: Path, form: str, error: Exception) -> ContentError:
    return ContentError(
        f"{path}: not valid {form} ({str(error).strip()}); delete it and run again"
    )


def _in_texts(table: "pd.DataFrame", change: Any) -> "pd.DataFrame":
    from pandas.api.types import is_numeric_dtype

    texts = [name for name in table.columns if not is_numeric_dtype(table[name])]
    return table.assign(**{name: table[name].map(change) for name in texts})


def _guarded(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and _CALCULATED.match(value) else value


def _plain(value: Any) -> Any:
    guarded = isinstance(value, str) and value[:1] == "'" and _CALCULATED.match(value[1:])
    return value[1:] if guarded else value
