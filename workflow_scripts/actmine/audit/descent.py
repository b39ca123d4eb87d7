"""Lineage is closed: each parent is a candidate of an earlier generation."""

from collections.abc import Iterator

from actmine.audit.audited import Audited, Place
from actmine.audit.problem import Problem
from actmine.functions.catalog import by_name
from actmine.records.candidate import Origin, candidate_id
from actmine.records.status import Status


def problems(run: Audited, place: Place) -> Iterator[Problem]:
    """Parents that nobody proposed before, seeds that the catalog does not have."""
    file = place.file("proposals.jsonl")
    seeds = [by_name(name).source for name in place.settings["search"]["seeds"]]
    for one in place.proposals:
        missing = sorted(set(one.parents) - place.known)
        if missing:
            what = f"slot {one.slot.index}: no earlier generation has its parent {missing[0]}"
            yield Problem(file=file, what=what)
        if place.generation == 0 and one.source not in seeds:
            yield Problem(file=file, what=f"slot {one.slot.index} is no seed of this run")
        made = one.origin is Origin.MINED and one.status is Status.ACCEPTED
        if place.generation and made and not one.parents:
            yield Problem(file=file, what=f"slot {one.slot.index} has no parent")
        last = one.attempts[-1].candidate_id if one.attempts else one.candidate_id
        if last != one.candidate_id:
            what = f"slot {one.slot.index}: its last attempt is {last}, not {one.candidate_id}"
            yield Problem(file=file, what=what)
    for elite in (*place.population.elites, *place.population.pool):
        if candidate_id(elite.source) != elite.candidate_id:
            what = f"the source of {elite.candidate_id} has another content hash"
            yield Problem(file=place.file("population.json"), what=what)
