"""Lists the known functions, each with its formula and its source, as a Markdown table."""

import argparse
from collections.abc import Sequence

from actmine.functions.catalog import CATALOG


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line, which is empty."""


def run(args: argparse.Namespace) -> int:
    """Prints the table of docs/functions.md."""
    print(table())
    return 0


def table() -> str:
    """One row a function, in the order of the catalog."""
    rows = [("name", "key", "formula", "source", "provenance"), ("---",) * 5]
    rows += [
        (one.name, f"`{one.key}`", one.formula, one.reference, one.provenance)
        for one in CATALOG
    ]
    return "\n".join(map(_line, rows))


def _line(cells: Sequence[str]) -> str:
    """A row; a bar within a cell is no border of it."""
    return " | ".join(["", *(cell.replace("|", r"\|") for cell in cells), ""]).strip()
