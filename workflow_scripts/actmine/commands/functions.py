"""Lists the known functions, each with its formula and its source, as a Markdown table."""

import argparse
from collections.abc import Iterable, Sequence

from actmine.functions.catalog import CATALOG, Known, by_name
from actmine.settings.configuration import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="of some; all of them if none")


def run(args: argparse.Namespace) -> int:
    """Prints the table of docs/functions.md, or some of its rows."""
    try:
        print(table([by_name(name) for name in args.names] or CATALOG))
    except ValueError as error:
        raise ConfigError(str(error)) from None
    return 0


def table(functions: Iterable[Known] = CATALOG) -> str:
    """One row a function, in the order given."""
    rows = [("name", "key", "formula", "source", "provenance"), ("---",) * 5]
    rows += [
        (one.name, f"`{one.key}`", one.formula, one.reference, one.provenance)
        for one in functions
    ]
    return "\n".join(map(_line, rows))


def _line(cells: Sequence[str]) -> str:
    """A row; a bar within a cell is no border of it."""
    return " | ".join(["", *(cell.replace("|", r"\|") for cell in cells), ""]).strip()
