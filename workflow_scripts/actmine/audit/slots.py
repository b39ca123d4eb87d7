"""Each slot has its proposal, and each accepted one its measurement and nothing else's."""

from collections.abc import Iterator, Sequence

from actmine.audit.audited import Audited, Place
from actmine.audit.problem import Problem
from actmine.records.evaluation import Evaluation
from actmine.records.slot import Slot
from actmine.records.status import Status


def problems(run: Audited, place: Place) -> Iterator[Problem]:
    """Slots that are not where they say, and measurements of nobody or of another."""
    file = place.file("proposals.jsonl")
    for number, proposed in enumerate(place.proposals):
        here = Slot(generation=place.generation, island=place.island, index=number)
        if proposed.slot != here:
            yield Problem(file=file, what=f"line {number + 1} is {proposed.slot}")
    accepted = {one.slot: one for one in place.proposals if one.status is Status.ACCEPTED}
    seen = set()
    for one in place.evaluations:
        proposal = None if one.slot is None else accepted.get(one.slot)
        index = one.slot.index if one.slot else 0
        shard = place.shard(index)
        if proposal is None:
            yield Problem(file=shard, what=f"{one.slot}: no accepted proposal has this slot")
        elif proposal.candidate_id != one.candidate_id:
            what = f"slot {index} measures {one.candidate_id}, not {proposal.candidate_id}"
            yield Problem(file=shard, what=what)
        seen.add(one.slot)
        repeat = 0 if proposal is None else proposal.repeat
        yield from of_measurement(run, place.draw, one, file=shard, repeats=(repeat,))
    repeats = tuple({one.repeat for one in place.proposals if one.repeat})
    for one in place.references:
        shard = place.file("shard_*/evaluations.jsonl")
        yield from of_measurement(run, place.draw, one, file=shard, repeats=repeats)
    for slot in accepted.keys() - seen:
        what = f"slot {slot.index} has no measurement"
        yield Problem(file=place.shard(slot.index), what=what)


def of_measurement(
    run: Audited,
    measurement: str,
    one: Evaluation,
    *,
    file: str,
    repeats: Sequence[int] = (0,),
) -> Iterator[Problem]:
    """An evaluation on other tasks or networks than its measurement has.

    Args:
        repeats: how often it may have been made before.
    """
    if one.suite_hash != run.suite_hash(measurement):
        yield Problem(file=file, what=f"{one.candidate_id} was measured on another suite")
    if one.replicates not in [run.replicates(measurement, repeat=k) for k in repeats]:
        yield Problem(file=file, what=f"{one.candidate_id} has the replicates {one.replicates}")
