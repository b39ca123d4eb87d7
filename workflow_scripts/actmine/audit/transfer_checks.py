"""Checks the tables of a run's transfer measurements against their outcomes."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from actmine.audit.difference import cells, differing, table_difference
from actmine.audit.problem import BROKEN, Problem
from actmine.csv_files import csv_text
from actmine.files import read_json
from actmine.transfer.plan import SUMMARY
from actmine.transfer.tables import Tables, read_tables


def transfer_problems(folder: Path) -> Iterator[Problem]:
    """Tables and findings of every tier that do not follow from its outcomes.

    Fitness in the lab is taken as told: the search may have gone on since.
    """
    for tier in sorted((folder / "transfer").glob("*")):
        if not (tier / SUMMARY).exists():
            continue
        try:
            summary = read_json(tier / SUMMARY)
            differences = _differences(tier, summary, _expected(tier, summary))
            for name, what in differences:
                if what:
                    file = (tier / name).relative_to(folder).as_posix()
                    yield Problem(file=file, what=what)
        except BROKEN as error:
            what = f"cannot be checked: {' '.join(str(error).split())[:300]}"
            yield Problem(file=tier.relative_to(folder).as_posix(), what=what)


def _expected(tier: Path, summary: dict[str, Any]) -> Tables:
    told = {one["candidate_id"]: one["lab"] for one in summary["functions"]}
    return read_tables(
        tier / "settings.json",
        tier / "candidates.jsonl",
        tier / "data",
        sorted(tier.glob("*/shard_*/outcomes.jsonl")),
        {name: lab for name, lab in told.items() if lab is not None},
    )


def _differences(
    tier: Path, summary: dict[str, Any], expected: Tables
) -> Iterator[tuple[str, str]]:
    keys = differing(summary, expected.summary)
    yield SUMMARY, f"does not follow from its inputs: {', '.join(keys)}" if keys else ""
    with (tier / "table.csv").open(newline="", encoding="utf-8") as file:
        yield "table.csv", table_difference(file, csv_text(expected.table))
    page = (tier / "summary.md").read_bytes()
    yield "summary.md", "" if page == expected.page.encode() else "is another page"
    with (tier / "outcomes.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file, strict=True)
    columns, *wanted = cells(expected.outcomes)
    # Jobs that were cut otherwise may have left further files with the same outcomes.
    right = header == columns and {*map(tuple, rows)} == {*map(tuple, wanted)}
    yield "outcomes.csv", "" if right else "has other rows than the outcomes of its shards"
