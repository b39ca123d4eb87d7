"""Every candidate as a folder has it: a module that runs, and all rows that mention it.

Written without the care of `write_atomically`, which would take longer than all else: the
folder is one output of one job, and goes as a whole if that does not end well.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd

from actmine.evolution.reading import Generation
from actmine.files import json_rows_text
from actmine.functions.drop_in import module_text


def module(folder: Path, candidate_id: str) -> Path:
    """Where a candidate's source stands."""
    return folder.joinpath(candidate_id[1:3], f"{candidate_id}.py")


def listing(folder: Path, candidate_id: str) -> Path:
    """Where the rows stand that mention a candidate."""
    return folder.joinpath(candidate_id[1:3], f"{candidate_id}.json")


def write_modules(folder: Path, generation: Generation) -> None:
    """Writes the sources of a generation that have no file yet."""
    for proposal in generation.proposals:
        path = module(folder, proposal.candidate_id)
        if proposal.candidate_id and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(module_text(proposal.source).encode())


def write_listings(folder: Path, table: pd.DataFrame) -> None:
    """Writes each candidate's rows of the table of candidates."""
    for name, rows in listings(table):
        listing(folder, name).write_bytes(json_rows_text(rows))


def listings(table: pd.DataFrame) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every candidate with its rows; nothing stands where a number is missing."""
    named = table[table["candidate_id"] != ""].sort_values("candidate_id", kind="stable")
    plain = named.astype(object).where(named.notna(), None)
    rows = (
        dict(zip(plain.columns, row, strict=True))
        for row in plain.itertuples(index=False, name=None)
    )
    for name, group in groupby(rows, key=itemgetter("candidate_id")):
        yield name, list(group)
