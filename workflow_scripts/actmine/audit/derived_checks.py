"""Checks what was derived from a run's measurements: suites, conclusions, champion, tables."""

import csv
from collections.abc import Iterator
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd

from actmine import layout
from actmine.audit import crate
from actmine.audit.audited import Audited, Place
from actmine.audit.difference import differing, same, table_difference
from actmine.audit.problem import Problem, reading
from actmine.champion.derived_files import written
from actmine.csv_files import csv_text
from actmine.files import json_rows_text, read_json
from actmine.functions.drop_in import module_text
from actmine.records.rows import to_row
from actmine.settings.configuration import differing_keys, families_of
from actmine.settings.measurements import HELD_OUT, REMEASURED
from actmine.tables.candidate_files import listing, listings, module
from actmine.tables.held_out_tasks import task_rows
from actmine.tables.run_tables import RunTables
from actmine.tasks.suite import draw_suite, load_suite
from actmine.validation.conclusions import read_conclusions
from actmine.validation.corroboration import read_corroboration
from actmine.validation.verdicts import comparison_document
from actmine.yaml_text import parse_yaml

csv.field_size_limit(1 << 26)  # a model's rationale may be long
_MOST_TIMES = 10  # bytes to a character, if each were escaped


def description_problems(run: Audited) -> Iterator[Problem]:
    """An RO-Crate that describes another run."""
    yield from run.check_file(run.folder / crate.FILE, crate.contradiction)


def configuration_problems(run: Audited) -> Iterator[Problem]:
    """Keys of configuration.yaml that are not those of run.yaml."""

    def contradiction(path: Path) -> str:
        stored = parse_yaml(path.read_text(encoding="utf-8"))
        keys = differing_keys(run.frozen.configuration, stored)
        return f"differs from run.yaml in {', '.join(keys)}" if keys else ""

    yield from run.check_file(run.folder / "configuration.yaml", contradiction)


def suite_problems(run: Audited) -> Iterator[Problem]:
    """A suite whose arrays, manifest or hash are not what its seed gives."""
    searched = [path.parent.name for path in layout.search_references(run.folder)]
    for name in [*searched, REMEASURED, HELD_OUT]:
        arrays, manifest = layout.arrays(run.folder, name), layout.manifest(run.folder, name)
        with reading(manifest, run.folder):
            stored = load_suite(arrays, manifest)
        drawn = draw_suite(
            name,
            families_of(run.config, name),
            samples=run.config.tasks.samples,
            seed=run.config.seed,
        )
        if (stored.name, stored.seed) != (drawn.name, drawn.seed):
            yield run.problem(manifest, f"is the suite {stored.name} of seed {stored.seed}")
        elif stored.settings != drawn.settings:
            yield run.problem(manifest, "has other settings than run.yaml")
        elif stored.hash != drawn.hash:
            what = f"drawn again from its seed it has the hash {drawn.hash}, not {stored.hash}"
            yield run.problem(manifest, what)


def conclusion_problems(run: Audited) -> Iterator[Problem]:
    """Files of `validation/` that do not follow from the measurements."""
    conclusions = read_conclusions(run.folder, run.config)
    further = read_corroboration(run.folder, run.config)
    for name, table in (
        ("leaderboard.csv", conclusions.table),
        ("families.csv", further.families),
        ("robustness.csv", further.robustness),
        ("cross.csv", further.cross),
    ):
        path = run.folder / "validation" / name
        yield from run.check_file(path, partial(_csv_difference, csv_text(table)))
    for name, expected in (
        ("champion.json", conclusions.champion_document),
        ("comparison.json", comparison_document(conclusions)),
        ("control.json", further.control),
        ("paper_order.json", to_row(conclusions.order)),
    ):
        yield from run.check_file(
            run.folder / "validation" / name, partial(_differing, expected)
        )


def _differing(expected: dict[str, Any], path: Path) -> str:
    """The keys of a JSON document that are not as expected."""
    keys = differing(read_json(path), expected)
    return f"does not follow from the measurements: {', '.join(keys)} differ" if keys else ""


def champion_problems(run: Audited) -> Iterator[Problem]:
    """Texts of `champion/` that its source and figures do not give.

    The figure is sealed alone: drawing it runs the source.
    """
    folder = run.folder / "champion"
    chosen = run.folder / "validation" / "champion.json"
    with reading(folder / "cost.json", run.folder):
        cost = read_json(folder / "cost.json")
    with reading(chosen, run.folder):
        champion = read_json(chosen)
        expected = written(run.folder, champion, generations=run.generations, cost=cost)
    what = "does not follow from the champion's source and the run's figures"
    for name, text in expected.items():
        yield from run.compare_file(folder / name, Path.read_bytes, text.encode(), what)


def module_problems(run: Audited, place: Place) -> Iterator[Problem]:
    """Candidates' modules that are not their sources."""
    folder = run.folder / "candidates"
    for proposal in place.proposals:
        if proposal.source:
            path = module(folder, proposal.candidate_id)
            what = f"is not the source of {place.slot(proposal)}"
            text = module_text(proposal.source).encode()
            yield from run.compare_file(path, Path.read_bytes, text, what)


def table_problems(run: Audited, tables: RunTables) -> Iterator[Problem]:
    """Tables, and candidates' rows, that do not follow from proposals and losses."""
    tables.add_tasks(task_rows(run.folder, run.config))
    frames = tables.frames()
    for name, frame in frames.items():
        path = run.folder / "tables" / f"{name}.csv"
        text = csv_text(frame)
        yield from run.check_file(path, partial(_csv_difference, text))
        yield from run.check_file(
            path.with_suffix(".parquet"), partial(_parquet_difference, text)
        )
    folder = run.folder / "candidates"
    for candidate, rows in listings(frames["candidates"]):
        path = listing(folder, candidate)
        yield from run.check_file(path, partial(_rows_difference, rows))


def _rows_difference(expected: list[dict[str, Any]], path: Path) -> str:
    if path.read_bytes() == json_rows_text(expected):
        return ""
    return "" if same(read_json(path), expected) else "has other rows than follow for it"


def _csv_difference(expected: str, path: Path) -> str:
    if not path.exists():
        return "is missing"
    if path.stat().st_size > _MOST_TIMES * len(expected):
        return "is far longer than what follows from its inputs"
    with path.open(newline="", encoding="utf-8") as file:
        return table_difference(file, expected)


def _parquet_difference(expected: str, path: Path) -> str:
    return table_difference(StringIO(csv_text(pd.read_parquet(path)), newline=""), expected)
