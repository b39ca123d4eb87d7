"""Reads what a run measured outside its search, and the sources that it lists."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from actmine import layout
from actmine.audit.audited import Audited, evaluations_of
from actmine.audit.problem import DamagedError, Problem, reading
from actmine.evolution.reading import MeasuredSet, measured_files, read_listed
from actmine.functions.catalog import CATALOG, by_name
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE
from actmine.lab.shard import is_wanted
from actmine.records.listed import Listed
from actmine.settings.measurements import SEARCH, further


def measured_sets(run: Audited) -> Iterator[tuple[str, MeasuredSet] | Problem]:
    """Everything measured outside the search, file by file, each named relative to the run."""
    others = further(run.config.validation.robustness)
    again = {name: layout.compared_measured(run.folder, name) for name in others}
    again |= {path.parent.name: path for path in layout.search_references(run.folder)[1:]}
    for measurement, name, files in (
        *((measurement, "reference", [path]) for measurement, path in again.items()),
        *measured_files(run.folder, run.config.arms),
    ):
        for path in files:
            try:
                measured = evaluations_of(run.folder, path)
            except DamagedError as damaged:
                yield damaged.problem
            else:
                yield (
                    run.relative(path),
                    MeasuredSet(measurement=measurement, name=name, evaluations=measured),
                )


def listings(run: Audited) -> Iterator[tuple[Path, list[Listed]]]:
    """The catalog, its leaders, and each arm's finalists, by their files; the gate saw all."""
    known = [layout.catalog(run.folder), layout.leaders(run.folder)]
    yield from _listed(
        run, [*known, *(layout.finalists(run.folder, a) for a in run.config.arms)]
    )


def _listed(run: Audited, paths: Iterable[Path]) -> Iterator[tuple[Path, list[Listed]]]:
    for path in paths:
        if path.exists():
            with reading(path, run.folder):
                listed = read_listed(path)
            yield path, listed


def listed_sources(run: Audited) -> dict[str, str]:
    """The sources of known functions and of all that is listed, by id."""
    sources = {known.candidate.candidate_id: known.source for known in CATALOG}
    compared = _listed(run, [layout.compared(run.folder)])  # references among them
    for _, listed in (*listings(run), *compared):
        sources |= {one.candidate_id: one.source for one in listed}
    return sources


def set_problems(run: Audited, file: str, measured: MeasuredSet) -> Iterator[Problem]:
    """A file without one of the measurements that it should hold, or with others."""
    wanted = _wanted(run, file, measured)
    found = [evaluation.candidate_id for evaluation in measured.evaluations]
    if missing := [name for name in wanted if name not in found]:
        yield Problem(file=file, what=f"has no measurement of {missing[0]}")
    elif wanted != found:
        yield Problem(
            file=file, what="has other measurements, or in another order, than listed"
        )


def _wanted(run: Audited, file: str, measured: MeasuredSet) -> list[str]:
    """The ids that a file should measure."""
    name, kind = measured.measurement, measured.name
    if kind == "reference" and name not in further(run.config.validation.robustness):
        return [
            by_name(known).candidate.candidate_id for known in (REFERENCE, SECOND_REFERENCE)
        ]
    path = layout.compared(run.folder)
    if kind == "catalog":
        path = (layout.catalog if name == SEARCH else layout.leaders)(run.folder)
    elif kind != "reference":
        path = layout.finalists(run.folder, kind.removesuffix(" finalists"))
    with reading(path, run.folder):
        listed = read_listed(path)
    shard = re.search(r"shard_(\d+)/", file)
    if shard is not None:
        size = run.config.candidates_per_job
        listed = listed[int(shard[1]) * size :][:size]
    return [one.candidate_id for one in listed if is_wanted(one, name)]
