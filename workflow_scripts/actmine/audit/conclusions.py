"""Finalists, leaderboard, champion and the paper's order follow from what was measured."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from actmine import layout
from actmine.audit.audited import Audited
from actmine.audit.problem import Problem, reading
from actmine.audit.rows import Rows
from actmine.evolution.population import from_json
from actmine.evolution.reading import read_listed
from actmine.files import canonical_json, read_json
from actmine.gate.fingerprint import decode, same_behaviour
from actmine.records.candidate import candidate_id
from actmine.records.listed import Listed, Role
from actmine.settings.configuration import arm_settings
from actmine.validation.conclusions import champion_row, read_conclusions
from actmine.validation.corroboration import read_corroboration
from actmine.validation.finalists import finalists
from actmine.validation.findings import to_row as findings_row
from actmine.validation.paper_order import to_row


def problems(run: Audited) -> Iterator[Problem]:
    """What the files of `validation/` say and the measurements do not."""
    found = read_conclusions(run.folder, run.config)
    further = read_corroboration(run.folder, run.config)
    for name, table in (
        ("leaderboard.csv", found.table),
        ("families.csv", further.families),
        ("robustness.csv", further.robustness),
        ("cross.csv", further.cross),
    ):
        yield from _table(run, run.folder / "validation" / name, table)
    for name, expected in (
        ("champion.json", champion_row(found)),
        ("comparison.json", findings_row(found)),
        ("control.json", further.control),
        ("paper_order.json", to_row(found.order)),
    ):
        yield from _compared(run, run.folder / "validation" / name, expected)


def _table(run: Audited, path: Path, expected: pd.DataFrame) -> Iterator[Problem]:
    with (
        reading(path, run.folder),
        Rows(path, file=run.relative(path), columns=list(expected.columns)) as rows,
    ):
        rows.expect(expected)
        yield from rows.problems()


def listings(run: Audited) -> Iterator[Problem]:
    """Sources under another id than their hash, and finalists that no archive gives."""
    catalog = layout.catalog(run.folder)
    with reading(catalog, run.folder):
        known = read_listed(catalog)
    yield from _hashes(run, catalog, known)
    for arm in run.config["arms"]:
        path = layout.finalists(run.folder, arm)
        with reading(path, run.folder):
            listed = read_listed(path)
        yield from _hashes(run, path, listed)
        mined = [one for one in listed if one.role is not Role.CONTRAST]
        yield from _finalists(run, arm, path, mined, known)


def _hashes(run: Audited, path: Path, listed: list[Listed]) -> Iterator[Problem]:
    for one in listed:
        if candidate_id(one.source) != one.candidate_id:
            what = f"the source of {one.candidate_id} has another content hash"
            yield Problem(file=run.relative(path), what=what)


def _finalists(
    run: Audited, arm: str, path: Path, listed: list[Listed], known: list[Listed]
) -> Iterator[Problem]:
    settings = arm_settings(run.config, arm)
    islands = range(settings["search"]["islands"])
    places = [layout.island(run.folder, arm, run.generations, island) for island in islands]
    populations = [from_json(read_json(place / "population.json")) for place in places]
    chosen = finalists(populations, known, count=run.config["validation"]["finalists"])
    expected = {one.candidate_id: one for one in chosen}
    short = [one.found_as or one.candidate_id for one in listed]
    # Two that have one shortest form are listed once.
    if not set(short) <= expected.keys() or short[:1] != list(expected)[:1]:
        what = "these are not the fittest of the last archives"
        yield Problem(file=run.relative(path), what=what)
        return
    for one, origin in zip(listed, short, strict=True):
        long = expected[origin]
        if one.search_fitness != long.search_fitness or one.name != long.name:
            what = f"{one.candidate_id} has another name or search fitness than {origin}"
            yield Problem(file=run.relative(path), what=what)
        if not same_behaviour(decode(one.fingerprint), decode(long.fingerprint)):
            what = f"{one.candidate_id} behaves unlike {origin}"
            yield Problem(file=run.relative(path), what=what)


def _compared(run: Audited, path: Path, expected: dict[str, Any]) -> Iterator[Problem]:
    with reading(path, run.folder):
        stored = read_json(path)
        keys = [k for k in sorted(expected | stored) if _text(expected, k) != _text(stored, k)]
    if keys:
        what = f"does not follow from the measurements: {', '.join(keys)} come out different"
        yield Problem(file=run.relative(path), what=what)


def _text(row: dict[str, Any], key: str) -> str:
    return canonical_json(row.get(key))
