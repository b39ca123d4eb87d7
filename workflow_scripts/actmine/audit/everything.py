"""Runs every check over a run, reading each file of the search once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from actmine import layout
from actmine.audit import derived_checks, generation_checks, reply_checks, sums
from actmine.audit.agreement import Fits
from actmine.audit.audited import Audited, Line, Place, open_run, walk
from actmine.audit.expected_files import file_problems
from actmine.audit.listing_checks import listing_problems
from actmine.audit.measured import listed_sources, measured_sets, set_problems
from actmine.audit.measurement_checks import (
    isolation_problems,
    measurement_problems,
    store_problems,
)
from actmine.audit.problem import BROKEN, MISSING, DamagedError, Problem
from actmine.llm.journal import Journal
from actmine.settings.measurements import MEASUREMENTS, SEARCH
from actmine.tables.run_tables import RunTables
from actmine.validation.finalists import Mined, add_mined

_OF_CHECK = "("  # before the name of a check, where a problem is of no one file
_AFTERWARDS = "cannot be checked before the files are put back that are missing or damaged"
# Of one island's generation, in this order.
_OF_GENERATION = (
    generation_checks.slot_problems,
    generation_checks.lineage_problems,
    generation_checks.ladder_problems,
    generation_checks.selection_problems,
    reply_checks.reply_problems,
    reply_checks.advice_problems,
)
_OF_RUN: dict[str, Callable[[Audited], Iterator[Problem]]] = {
    "description": derived_checks.description_problems,
    "configuration": derived_checks.configuration_problems,
    "suites": derived_checks.suite_problems,
    "listings": listing_problems,
    "conclusions": derived_checks.conclusion_problems,
    "champion": derived_checks.champion_problems,
}


def problems(folder: Path) -> Iterator[Problem]:
    """All that is wrong with a run: changed bytes first, then what does not follow.

    Each is told once, though a stored measurement is checked against every file that has it,
    and several checks miss the same file.

    Raises:
        ConfigError: there is no run.
    """
    told: set[Problem] = set()
    files: set[str] = set()
    for problem in _found(folder):
        known = problem.file in files if problem.what == MISSING else problem in told
        if not known:
            told.add(problem)
            files.add(problem.file)
            yield problem


def _found(folder: Path) -> Iterator[Problem]:
    yield from sums.sealed_problems(folder)
    if (folder / sums.TRANSFER).exists():
        from actmine.audit.transfer_checks import transfer_problems  # with all benchmarks

        yield from transfer_problems(folder)
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
    found = _of_checks(run)
    yield from found if sums.is_sealed(folder) else _of_what_is_there(run, found)


def _of_what_is_there(run: Audited, found: Iterable[Problem]) -> Iterator[Problem]:
    """Of a run that has not ended: what is wrong with files that are there, and what broke."""
    return (
        one
        for one in found
        if (run.folder / one.file).exists() or one.file.startswith(_OF_CHECK)
    )


def _of_checks(run: Audited) -> Iterator[Problem]:
    checks = {"files": file_problems, "search": _search_problems, **_OF_RUN}
    for name, check in checks.items():
        try:
            yield from check(run)
        except DamagedError as damaged:
            yield damaged.problem
        except BROKEN as error:
            yield _broken(run, name, error)


def _broken(run: Audited, name: str, error: Exception) -> Problem:
    """Why a check could not go on: a file that is missing, or what else it met."""
    if isinstance(error, FileNotFoundError) and error.filename:
        path = Path(error.filename)
        if path.is_relative_to(run.folder):
            return run.problem(path, MISSING)
    reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    return Problem(file=f"{_OF_CHECK}{name})", what=f"cannot be checked: {reason}")


def _search_problems(run: Audited) -> Iterator[Problem]:
    """Every generation, then every other measurement, and the tables that follow from both."""
    seconds = Journal(run.folder / layout.JOURNAL).seconds
    tables = RunTables(run.config, scorers=run.scorer, seconds=seconds)
    fits, mined = Fits(run.folder), defaultdict[str, Mined](dict)
    # A shard that is gone leaves fewer lines: only the seal knows of it.
    whole = not sums.lost(run.folder, "/evaluations.jsonl")
    for found in walk(run):
        if isinstance(found, Problem):
            yield found
            whole = False
            continue
        for check in _OF_GENERATION:
            yield from check(run, found)
        yield from _training_problems(run, found, fits)
        yield from derived_checks.module_problems(run, found)
        tables.add(found)
        add_mined(mined[found.arm], found, run.scorer(SEARCH, arm=found.arm))
    if whole:
        run.searched.update(mined)
    yield from _validation_problems(run, tables, fits)
    if whole:
        yield from derived_checks.table_problems(run, tables)
    else:
        yield Problem(file="tables", what=_AFTERWARDS)


def _training_problems(run: Audited, place: Place, fits: Fits) -> Iterator[Problem]:
    sources = {proposal.slot: proposal.source for proposal in place.proposals}
    for line, evaluation in place.lines:
        yield from isolation_problems(run, evaluation, file=line.file)
        yield from fits.problems(place.draw, evaluation, line=line)
        if evaluation.slot in sources:
            yield from store_problems(
                run, evaluation, sources[evaluation.slot], measurement=place.draw
            )


def _validation_problems(run: Audited, tables: RunTables, fits: Fits) -> Iterator[Problem]:
    """Of reference, catalog and finalists; adds what the tables have of them."""
    sources = listed_sources(run)
    for found in measured_sets(run):
        if isinstance(found, Problem):
            yield found
            continue
        file, measured = found
        name = measured.measurement
        yield from set_problems(run, file, measured)
        for number, evaluation in enumerate(measured.evaluations):
            yield from measurement_problems(run, name, evaluation, file=file)
            yield from isolation_problems(run, evaluation, file=file)
            yield from fits.problems(name, evaluation, line=Line(file=file, number=number))
            if evaluation.candidate_id in sources:
                source = sources[evaluation.candidate_id]
                yield from store_problems(run, evaluation, source, measurement=name)
            else:
                yield Problem(file=file, what=f"{evaluation.candidate_id} is listed nowhere")
        if name in MEASUREMENTS:  # further ones stand in no table
            tables.add_set(measured)
