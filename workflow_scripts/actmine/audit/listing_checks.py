"""Checks who is measured outside the search: catalog, finalists, contrast, the compared."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from actmine import layout
from actmine.audit.audited import Audited
from actmine.audit.difference import differing
from actmine.audit.problem import Problem, reading
from actmine.evolution.population import Population
from actmine.evolution.reading import read_arm_generations, read_listed
from actmine.functions.catalog import compared
from actmine.gate.fingerprint import decode, same_behaviour
from actmine.records.candidate import candidate_id
from actmine.records.listed import Listed, Role
from actmine.records.rows import read_record, to_row
from actmine.settings.configuration import arm_settings
from actmine.settings.measurements import SEARCH
from actmine.validation.conclusions import read_compared
from actmine.validation.finalists import add_mined, draw_contrast, finalists
from actmine.validation.leaders import read_leaders

# What only the gate can tell, by running the source.
_VERDICT = ("status", "reason", "flops", "coupling", "fingerprint")
# What a shorter form has of its own.
_OWN = ("candidate_id", "source", "found_as", *_VERDICT)


def listing_problems(run: Audited) -> Iterator[Problem]:
    """Sources under another id than their hash, and functions that nothing led to."""
    catalog = layout.catalog(run.folder)
    known = _listed(run, catalog)
    named = [one.listed for one in compared(run.config.validation.catalog)]
    yield from _row_problems(run, catalog, known, named, but=_VERDICT)
    path = layout.leaders(run.folder)
    yield from _row_problems(
        run, path, _listed(run, path), read_leaders(run.folder, run.config)
    )
    for arm in run.config.arms:
        path = layout.finalists(run.folder, arm)
        listed = _listed(run, path)
        mined = [candidate for candidate in listed if candidate.role is not Role.CONTRAST]
        yield from _hash_problems(run, path, listed)
        fittest = _finalists(run, arm, known)
        yield from _finalist_problems(run, path, mined, fittest)
        drawn = _contrast(run, arm, [*known, *fittest, *mined])
        yield from _row_problems(run, path, listed[len(mined) :], drawn)
    path = layout.compared(run.folder)
    yield from _row_problems(
        run, path, _listed(run, path), read_compared(run.folder, run.config)
    )


def _listed(run: Audited, path: Path) -> list[Listed]:
    with reading(path, run.folder):
        return read_listed(path)


def _row_problems(
    run: Audited,
    path: Path,
    listed: Sequence[Listed],
    expected: Sequence[Listed],
    *,
    but: Sequence[str] = (),
) -> Iterator[Problem]:
    """Other functions than expected, or other facts of one, but for some."""
    ids = [[one.candidate_id for one in several] for several in (listed, expected)]
    if ids[0] != ids[1]:
        here, there = (", ".join(several) or "nobody" for several in ids)
        yield run.problem(path, f"lists {here}, where {there} should stand"[:400])
        return
    for one, other in zip(listed, expected, strict=True):
        keys = [key for key in differing(to_row(one), to_row(other)) if key not in but]
        if keys:
            yield run.problem(path, f"{one.candidate_id}: {', '.join(keys)} do not follow")


def _hash_problems(run: Audited, path: Path, listed: Sequence[Listed]) -> Iterator[Problem]:
    for candidate in listed:
        if candidate_id(candidate.source) != candidate.candidate_id:
            what = f"the source of {candidate.candidate_id} has another content hash"
            yield run.problem(path, what)


def _finalist_problems(
    run: Audited, path: Path, listed: Sequence[Listed], fittest: Sequence[Listed]
) -> Iterator[Problem]:
    expected = {one.candidate_id: one for one in fittest}
    found_as = [candidate.found_as or candidate.candidate_id for candidate in listed]
    # Two that have one shortest form are listed once, in the first one's place.
    if found_as != [name for name in expected if name in found_as]:
        yield run.problem(path, "these are not the fittest of the last archives")
        return
    prints = [decode(candidate.fingerprint) for candidate in listed]
    for name, long in expected.items():
        if not any(same_behaviour(seen, decode(long.fingerprint)) for seen in prints):
            yield run.problem(
                path, f"{name} is one of the fittest, and nothing behaves like it"
            )
    for candidate, origin in zip(listed, found_as, strict=True):
        long = expected[origin]
        own = _OWN if candidate.found_as else ()
        keys = differing(to_row(candidate), to_row(long))
        if keys := [key for key in keys if key not in own]:
            what = f"{candidate.candidate_id} has another {', '.join(keys)} than {origin}"
            yield run.problem(path, what)
        if not same_behaviour(decode(candidate.fingerprint), decode(long.fingerprint)):
            yield run.problem(path, f"{candidate.candidate_id} behaves unlike {origin}")


def _finalists(run: Audited, arm: str, known: Sequence[Listed]) -> list[Listed]:
    """The fittest of an arm's last archives, as the search had them."""
    islands = range(arm_settings(run.config, arm).search.islands)
    places = [layout.island(run.folder, arm, run.generations, island) for island in islands]
    populations = [read_record(place / "population.json", Population) for place in places]
    return finalists(populations, known, count=run.config.validation.finalists)


def _contrast(run: Audited, arm: str, taken: Sequence[Listed]) -> list[Listed]:
    """What is drawn of an arm to be validated beside its finalists."""
    settings = arm_settings(run.config, arm)
    mined = run.searched.get(arm)
    if mined is None:  # a file of the search is missing or damaged: reading it says so again
        mined = {}
        for generation in read_arm_generations(
            run.folder, arm, generations=run.generations, islands=settings.search.islands
        ):
            add_mined(mined, generation, run.scorer(SEARCH, arm=arm))
    return draw_contrast(
        mined,
        taken={function.candidate_id for function in taken},
        count=settings.validation.contrast,
        seed=settings.search_seed,
    )
