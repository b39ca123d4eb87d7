"""Runs every check over a run, reading each file of the search once."""

from collections.abc import Callable, Iterator
from pathlib import Path

from actmine import layout
from actmine.audit import derived_checks, generation_checks, sums
from actmine.audit.audited import Audited, Place, measured_sets, open_run, walk
from actmine.audit.measurement_checks import (
    isolation_problems,
    measurement_problems,
    store_problems,
)
from actmine.audit.problem import BROKEN, DamagedError, Problem
from actmine.evolution.reading import read_listed
from actmine.functions.catalog import CATALOG
from actmine.llm.journal import Journal
from actmine.settings.measurements import MEASUREMENTS
from actmine.tables.run_tables import RunTables

# Of one island's generation, in this order.
_OF_GENERATION = (
    generation_checks.slot_problems,
    generation_checks.lineage_problems,
    generation_checks.ladder_problems,
    generation_checks.selection_problems,
    generation_checks.reply_problems,
)
_OF_RUN: dict[str, Callable[[Audited], Iterator[Problem]]] = {
    "description": derived_checks.description_problems,
    "configuration": derived_checks.configuration_problems,
    "suites": derived_checks.suite_problems,
    "listings": derived_checks.listing_problems,
    "conclusions": derived_checks.conclusion_problems,
    "champion": derived_checks.champion_problems,
}


def problems(folder: Path) -> Iterator[Problem]:
    """All that is wrong with a run: changed bytes first, then what does not follow.

    Raises:
        ConfigError: there is no run.
    """
    yield from sums.sealed_problems(folder)
    try:
        run = open_run(folder)
    except DamagedError as damaged:
        yield damaged.problem
        return
    if sums.has_no_search(folder):
        return
    if run.generations < 0:
        yield Problem(file=layout.RUN_FILE, what="no generation of this run has finished")
        return
    for name, check in {"search": _search_problems, **_OF_RUN}.items():
        try:
            yield from check(run)
        except DamagedError as damaged:
            yield damaged.problem
        except BROKEN as error:
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            yield Problem(file=f"({name})", what=f"cannot be checked: {reason}")


def _search_problems(run: Audited) -> Iterator[Problem]:
    """Every generation, then every other measurement, and the tables that follow from both."""
    seconds = Journal(run.folder / layout.JOURNAL).seconds
    tables = RunTables(run.config, scorers=run.scorer, seconds=seconds)
    for found in walk(run):
        if isinstance(found, Problem):
            yield found
            continue
        for check in _OF_GENERATION:
            yield from check(run, found)
        yield from _training_problems(run, found)
        yield from derived_checks.module_problems(run, found)
        tables.add(found)
    yield from _validation_problems(run, tables)
    yield from derived_checks.table_problems(run, tables)


def _training_problems(run: Audited, place: Place) -> Iterator[Problem]:
    sources = {proposal.slot: proposal.source for proposal in place.proposals}
    for evaluation in place.evaluations:
        file = place.file(place.shard(evaluation.slot.index if evaluation.slot else 0))
        yield from isolation_problems(run, evaluation, file=file)
        if evaluation.slot in sources:
            yield from store_problems(
                run, evaluation, sources[evaluation.slot], measurement=place.draw
            )
    for evaluation in place.references:
        yield from isolation_problems(run, evaluation, file=place.file("shard_*"))


def _validation_problems(run: Audited, tables: RunTables) -> Iterator[Problem]:
    """Of reference, catalog and finalists; adds what the tables have of them."""
    sources = {known.candidate.candidate_id: known.source for known in CATALOG}
    listed = [layout.finalists(run.folder, arm) for arm in run.config.arms]
    for path in [layout.catalog(run.folder), *listed]:
        if path.exists():
            sources |= {known.candidate_id: known.source for known in read_listed(path)}
    for found in measured_sets(run):
        if isinstance(found, Problem):
            yield found
            continue
        file, measured = found
        if measured.measurement in MEASUREMENTS:  # further ones stand in no table
            tables.add_set(measured)
        for evaluation in measured.evaluations:
            name = measured.measurement
            yield from measurement_problems(run, name, evaluation, file=file)
            yield from isolation_problems(run, evaluation, file=file)
            if evaluation.candidate_id in sources:
                source = sources[evaluation.candidate_id]
                yield from store_problems(run, evaluation, source, measurement=name)
            else:
                yield Problem(file=file, what=f"{evaluation.candidate_id} is listed nowhere")
