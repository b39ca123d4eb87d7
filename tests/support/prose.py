"""Reads what the documents say, and the tables that they quote."""

import csv
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def said(figure: str, text: str) -> bool:
    """Whether a text says this, however its lines are broken."""
    return figure in " ".join(text.replace("**", "").split())


def cells(text: str, first: str) -> list[list[str]]:
    """The cells of the rows of a page's tables that begin with a pattern."""
    rows = [line for line in text.splitlines() if re.match(first, line)]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def quoted(path: str) -> list[dict[str, str]]:
    """A table of `docs`, a mapping for each row."""
    with (ROOT / "docs" / path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
