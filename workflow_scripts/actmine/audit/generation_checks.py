"""Checks one island's generation: its slots, lineage, thresholds and population."""

from collections import Counter
from collections.abc import Iterator, Sequence

from actmine.audit.audited import Audited, Line, Place
from actmine.audit.difference import differing, same
from actmine.audit.measurement_checks import measurement_problems
from actmine.audit.problem import BROKEN, Problem
from actmine.evolution.islands import slots
from actmine.evolution.population import to_json
from actmine.evolution.selection import succeed
from actmine.evolution.thresholds import with_thresholds
from actmine.functions.catalog import by_name, seed_functions
from actmine.lab.ladder import cut
from actmine.lab.scorer import REFERENCE
from actmine.number_text import counted
from actmine.records.candidate import Origin, candidate_id
from actmine.records.evaluation import Evaluation
from actmine.records.proposal import Proposal
from actmine.records.rows import to_row
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.settings.measurements import SEARCH


def slot_problems(run: Audited, place: Place) -> Iterator[Problem]:
    """Slots that are not where they say, and measurements of no slot or of another's."""
    search = place.settings.search
    count = slots(search, generation=place.generation)
    if len(place.proposals) != count:
        what = f"has {counted(len(place.proposals), 'slot')}, not {count}"
        yield place.problem("proposals.jsonl", what)
    for number, proposed in enumerate(place.proposals):
        here = Slot(generation=place.generation, island=place.island, index=number)
        if proposed.slot != here:
            yield place.problem("proposals.jsonl", f"line {number + 1} is {proposed.slot}")
    accepted = {
        proposal.slot: proposal
        for proposal in place.proposals
        if proposal.status is Status.ACCEPTED
    }
    repeats = tuple({proposal.repeat for proposal in place.proposals if proposal.repeat})
    for line, evaluation in place.lines:
        made: Sequence[int] = repeats
        if evaluation.slot is not None:
            proposal = accepted.get(evaluation.slot)
            made = (proposal.repeat if proposal else 0,)
            if what := _misplaced(place, line, evaluation, proposal):
                yield Problem(file=line.file, what=what)
        elif evaluation.candidate_id != by_name(REFERENCE).candidate.candidate_id:
            yield Problem(file=line.file, what=f"{evaluation.candidate_id} fills no slot")
        yield from measurement_problems(
            run, place.draw, evaluation, file=line.file, repeats=made
        )
    measured = Counter(evaluation.slot for evaluation in place.evaluations)
    for slot in (slot for slot, times in measured.items() if slot and times > 1):
        yield place.problem(place.shard(slot.index), f"slot {slot.index} is measured twice")
    for slot in accepted.keys() - measured.keys():
        yield place.problem(place.shard(slot.index), f"slot {slot.index} has no measurement")


def _misplaced(
    place: Place, line: Line, evaluation: Evaluation, proposal: Proposal | None
) -> str:
    """How a measurement does not belong to its slot; empty if it does."""
    if proposal is None:
        return f"{evaluation.slot}: no accepted proposal has this slot"
    index = proposal.slot.index
    if line.file != place.file(place.shard(index)):
        return f"slot {index} belongs into {place.shard(index)}"
    if proposal.candidate_id != evaluation.candidate_id:
        return f"slot {index} measures {evaluation.candidate_id}, not {proposal.candidate_id}"
    return ""


def lineage_problems(run: Audited, place: Place) -> Iterator[Problem]:
    """Parents that nobody proposed before, seeds that the catalog does not have."""
    sources = [seed.source for seed in seed_functions(place.settings.search.seeds)]
    for proposal in place.proposals:
        slot = f"slot {proposal.slot.index}"
        attempts = proposal.attempts
        last = attempts[-1].candidate_id if attempts else proposal.candidate_id
        made = proposal.origin is Origin.MINED and proposal.status is Status.ACCEPTED
        for parent in proposal.parents:
            if place.known is not None and parent not in place.known:
                what = f"{slot}: no earlier generation has its parent {parent}"
                yield place.problem("proposals.jsonl", what)
        if place.generation == 0 and proposal.source not in sources:
            yield place.problem("proposals.jsonl", f"{slot} is no seed of this run")
        if place.generation and made and not proposal.parents:
            yield place.problem("proposals.jsonl", f"{slot} has no parent")
        if last != proposal.candidate_id:
            what = f"{slot}: its last attempt is {last}, not {proposal.candidate_id}"
            yield place.problem("proposals.jsonl", what)
    for elite in (*place.population.elites, *place.population.pool):
        if candidate_id(elite.source) != elite.candidate_id:
            what = f"the source of {elite.candidate_id} has another content hash"
            yield place.problem("population.json", what)


def ladder_problems(run: Audited, place: Place) -> Iterator[Problem]:
    """Thresholds that the population does not give; fits that ended at the wrong rung."""
    if place.previous is not None:
        expected = with_thresholds(place.proposals, place.previous, place.settings.search)
        for proposal, given in zip(place.proposals, expected, strict=True):
            if not same(*(list(map(to_row, one.thresholds)) for one in (proposal, given))):
                what = f"{proposal.slot}: the population gives it other thresholds"
                yield place.problem("proposals.jsonl", what)
    by_slot = {
        proposal.slot: proposal.thresholds
        for proposal in place.proposals
        if proposal.thresholds
    }
    for fit in place.evaluations:
        thresholds = by_slot.get(fit.slot, ()) if fit.slot else ()
        if fit.slot is None or (not thresholds and fit.status is not Status.PRUNED):
            continue
        shard = place.shard(fit.slot.index)
        ended = cut(fit, thresholds, scorer=run.scorer(place.draw, arm=place.arm))
        if ended is None and fit.status is Status.PRUNED:
            yield place.problem(shard, f"{fit.candidate_id} was stopped for no reason")
        elif ended is not None and (ended.status, ended.reason) != (fit.status, fit.reason):
            what = f"{fit.candidate_id} ended otherwise than its thresholds ask: {ended.reason}"
            yield place.problem(shard, what)


def selection_problems(run: Audited, place: Place) -> Iterator[Problem]:
    """A population, with the fitness of its elites, that `select` gives otherwise."""
    if (place.generation and place.previous is None) or place.others is None:
        return  # a file that it follows from is damaged, and is named already
    scorer = run.scorer(SEARCH, arm=place.arm)
    try:
        repeated = succeed(
            place.previous,
            place.proposals,
            (*place.evaluations, *place.references),
            generation=place.generation,
            island=place.island,
            scorer=scorer,
            config=place.settings,
            others=place.others,
        )
    except BROKEN as error:
        yield place.problem("population.json", f"its inputs give no population ({error})")
        return
    expected = to_json(repeated, before=place.previous.history if place.previous else ())
    if parts := differing(place.stored, expected):
        what = f"does not follow from its inputs: {', '.join(parts)} come out different"
        yield place.problem("population.json", what)
