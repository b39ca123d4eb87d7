"""Thresholds follow from the population, and where each fit ended from its thresholds."""

from collections.abc import Iterator

from actmine.audit.audited import Audited, Place
from actmine.audit.problem import Problem
from actmine.evolution.thresholds import with_thresholds
from actmine.lab.ladder import cut
from actmine.records.status import Status


def problems(run: Audited, place: Place) -> Iterator[Problem]:
    """Thresholds of no population; fits that ended at the wrong place."""
    if place.previous is not None:
        expected = with_thresholds(place.proposals, place.previous, place.settings)
        for one, given in zip(place.proposals, expected, strict=True):
            if one.thresholds != given.thresholds:
                what = f"{one.slot}: the population gives it other thresholds"
                yield Problem(file=place.file("proposals.jsonl"), what=what)
    thresholds = {one.slot: one.thresholds for one in place.proposals if one.thresholds}
    for fit in place.evaluations:
        if fit.slot is None:
            continue
        told = thresholds.get(fit.slot, ())
        if not told and fit.status is not Status.PRUNED:
            continue
        file = place.shard(fit.slot.index)
        ended = cut(fit, told, judge=run.judge(place.draw))
        if ended is None and fit.status is Status.PRUNED:
            yield Problem(file=file, what=f"{fit.candidate_id} was stopped for no reason")
        elif ended is not None and (ended.status, ended.reason) != (fit.status, fit.reason):
            what = f"{fit.candidate_id} ended otherwise than its thresholds ask: {ended.reason}"
            yield Problem(file=file, what=what)
