"""Runs every check over a run, reading each file once."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from actmine import layout
from actmine.audit import (
    champion,
    conclusions,
    crate,
    descent,
    identity,
    isolation,
    kept,
    ladder,
    replies,
    selection,
    slots,
    suites,
    sums,
)
from actmine.audit.audited import Audited, Place, measured_sets, open_run, walk
from actmine.audit.problem import BROKEN, DamagedError, Problem
from actmine.audit.tables import Tables
from actmine.evolution.reading import read_listed
from actmine.functions.catalog import CATALOG
from actmine.settings.measurements import MEASUREMENTS

# Of one island's generation, in this order.
_OF_PLACE = (
    slots.problems,
    descent.problems,
    ladder.problems,
    selection.problems,
    replies.problems,
)


def _description(run: Audited) -> Iterator[Problem]:
    """The RO-Crate tells this run."""
    if flaw := crate.problems(run.folder):
        yield Problem(file=crate.FILE, what=flaw)


_OF_RUN = (
    _description,
    identity.problems,
    suites.problems,
    conclusions.listings,
    conclusions.problems,
    champion.problems,
)


def seals(folder: Path) -> list[Path]:
    """The folders that have, or should have, a seal of their own."""
    tiers = sorted(path for path in (folder / sums.TRANSFER).glob("*") if path.is_dir())
    return tiers if _has_no_search(folder) else [folder, *tiers]


def _has_no_search(folder: Path) -> bool:
    """Whether known functions alone were measured on real data, which needs no search."""
    return (folder / sums.TRANSFER).exists() and not any(folder.glob("*/gen_0000"))


def sealed_problems(folder: Path) -> Iterator[Problem]:
    """What changed since the run and its transfer measurements were sealed."""
    for place in seals(folder):
        prefix = place.relative_to(folder)
        for one in sums.problems(place):
            yield Problem(file=(prefix / one.file).as_posix(), what=one.what)


def problems(folder: Path) -> Iterator[Problem]:
    """All that is wrong with a run: changed bytes first, then what does not follow.

    Raises:
        ConfigError: there is no run.
    """
    yield from sealed_problems(folder)
    try:
        run = open_run(folder)
    except DamagedError as damaged:
        yield damaged.problem
        return
    if _has_no_search(folder):
        return
    if run.generations < 0:
        yield Problem(file=layout.RUN_FILE, what="no generation of this run has finished")
        return
    yield from _guarded("the search", lambda: _search(run))
    for check in _OF_RUN:
        yield from _guarded(check.__module__.rpartition(".")[2], partial(check, run))


def _search(run: Audited) -> Iterator[Problem]:
    with Tables(run) as tables:
        for found in walk(run):
            if isinstance(found, Problem):
                yield found
                continue
            for check in _OF_PLACE:
                yield from check(run, found)
            yield from _trained(run, found)
            yield from tables.add(found)
        yield from _measured(run, tables)
        yield from tables.problems()


def _trained(run: Audited, place: Place) -> Iterator[Problem]:
    sources = {one.slot: one.source for one in place.proposals}
    for one in place.evaluations:
        index = one.slot.index if one.slot else 0
        file = place.shard(index)
        yield from isolation.problems(run.config, one, file=file)
        if one.slot in sources:
            yield from kept.problems(run, one, sources[one.slot], measurement=place.draw)
    for one in place.references:
        yield from isolation.problems(run.config, one, file=place.file("shard_*"))


def _measured(run: Audited, tables: Tables) -> Iterator[Problem]:
    """Reference, catalog and finalists."""
    sources = {one.candidate.candidate_id: one.source for one in CATALOG}
    for path in [layout.catalog(run.folder), *_finalists(run)]:
        if path.exists():
            sources |= {one.candidate_id: one.source for one in read_listed(path)}
    for found in measured_sets(run):
        if isinstance(found, Problem):
            yield found
            continue
        where, one_set = found
        if one_set.measurement in MEASUREMENTS:  # further ones stand in no table
            tables.add_set(one_set)
        for one in one_set.evaluations:
            yield from slots.of_measurement(run, one_set.measurement, one, file=where)
            yield from isolation.problems(run.config, one, file=where)
            if one.candidate_id in sources:
                yield from kept.problems(
                    run, one, sources[one.candidate_id], measurement=one_set.measurement
                )
            else:
                yield Problem(file=where, what=f"{one.candidate_id} is listed nowhere")


def _finalists(run: Audited) -> list[Path]:
    return [layout.finalists(run.folder, arm) for arm in run.config["arms"]]


def _guarded(name: str, check: Callable[[], Iterator[Problem]]) -> Iterator[Problem]:
    """A check's problems; that it cannot be made is one too."""
    try:
        yield from check()
    except DamagedError as damaged:
        yield damaged.problem
    except BROKEN as error:
        told = " ".join(str(error).split())[:300]
        yield Problem(
            file=f"({name})", what=f"cannot be checked: {type(error).__name__}: {told}"
        )
