"""Each population follows from its inputs by `select`, and so each fitness from its losses."""

from collections.abc import Iterator
from typing import Any

from actmine.audit.audited import Audited, Place
from actmine.audit.problem import BROKEN, Problem
from actmine.evolution.population import to_json
from actmine.evolution.select import succeed
from actmine.files import canonical_json
from actmine.settings.measurements import SEARCH


def problems(run: Audited, place: Place) -> Iterator[Problem]:
    """A population that comes out different, with the parts that differ."""
    file = place.file("population.json")
    if (place.generation and place.previous is None) or place.others is None:
        return  # a file that it follows from is damaged, and is named already
    judge = run.judge(SEARCH, arm=place.arm)
    try:
        repeated = succeed(
            place.previous,
            place.proposals,
            (*place.evaluations, *place.references),
            generation=place.generation,
            island=place.island,
            judge=judge,
            config=place.settings,
            others=place.others,
        )
    except BROKEN as error:
        yield Problem(file=file, what=f"its inputs give no population ({error})")
        return
    before = place.previous.history if place.previous else ()
    expected = to_json(repeated, before=before)
    parts = [key for key in expected if not _same(expected[key], place.stored.get(key))]
    parts += sorted(place.stored.keys() - expected.keys())
    if parts:
        what = f"does not follow from its inputs: {', '.join(parts)} come out different"
        yield Problem(file=file, what=what)


def _same(expected: Any, stored: Any) -> bool:
    return canonical_json(expected) == canonical_json(stored)
