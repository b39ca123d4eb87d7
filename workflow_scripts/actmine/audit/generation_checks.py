"""Checks one island's generation: its slots, lineage, thresholds, population and replies."""

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from actmine import layout
from actmine.audit.audited import Audited, Place
from actmine.audit.difference import differing, same
from actmine.audit.measurement_checks import measurement_problems
from actmine.audit.problem import BROKEN, Problem
from actmine.evolution.population import to_json
from actmine.evolution.selection import succeed
from actmine.evolution.thresholds import with_thresholds
from actmine.files import canonical_json, read_json
from actmine.functions.catalog import by_name
from actmine.lab.ladder import cut
from actmine.llm.redaction import REDACTED
from actmine.records.candidate import Origin, candidate_id
from actmine.records.proposal import Attempt, Proposal
from actmine.records.rows import to_row
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.replies.reply import read_reply
from actmine.replies.syntax import ReplyError
from actmine.settings.measurements import SEARCH

# What a journal key is the hash of.
_REQUEST = (
    "arm",
    "generation",
    "island",
    "index",
    "attempt",
    "model",
    "messages",
    "parameters",
)


def slot_problems(run: Audited, place: Place) -> Iterator[Problem]:
    """Slots that are not where they say, and measurements of no slot or of another's."""
    for number, proposed in enumerate(place.proposals):
        here = Slot(generation=place.generation, island=place.island, index=number)
        if proposed.slot != here:
            yield place.problem("proposals.jsonl", f"line {number + 1} is {proposed.slot}")
    accepted = {
        proposal.slot: proposal
        for proposal in place.proposals
        if proposal.status is Status.ACCEPTED
    }
    for evaluation in place.evaluations:
        proposal = accepted.get(evaluation.slot) if evaluation.slot else None
        index = evaluation.slot.index if evaluation.slot else 0
        shard = place.shard(index)
        if proposal is None:
            yield place.problem(shard, f"{evaluation.slot}: no accepted proposal has this slot")
        elif proposal.candidate_id != evaluation.candidate_id:
            what = (
                f"slot {index} measures {evaluation.candidate_id}, not {proposal.candidate_id}"
            )
            yield place.problem(shard, what)
        repeat, file = (proposal.repeat if proposal else 0), place.file(shard)
        yield from measurement_problems(
            run, place.draw, evaluation, file=file, repeats=(repeat,)
        )
    repeats = tuple({proposal.repeat for proposal in place.proposals if proposal.repeat})
    shards = place.file("shard_*/evaluations.jsonl")
    for evaluation in place.references:
        yield from measurement_problems(
            run, place.draw, evaluation, file=shards, repeats=repeats
        )
    for slot in accepted.keys() - {evaluation.slot for evaluation in place.evaluations}:
        yield place.problem(place.shard(slot.index), f"slot {slot.index} has no measurement")


def lineage_problems(run: Audited, place: Place) -> Iterator[Problem]:
    """Parents that nobody proposed before, seeds that the catalog does not have."""
    seeds = [by_name(name).source for name in place.settings.search.seeds]
    for proposal in place.proposals:
        slot = f"slot {proposal.slot.index}"
        attempts = proposal.attempts
        last = attempts[-1].candidate_id if attempts else proposal.candidate_id
        made = proposal.origin is Origin.MINED and proposal.status is Status.ACCEPTED
        if missing := sorted(set(proposal.parents) - place.known):
            what = f"{slot}: no earlier generation has its parent {missing[0]}"
            yield place.problem("proposals.jsonl", what)
        if place.generation == 0 and proposal.source not in seeds:
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
        ended = cut(fit, thresholds, scorer=run.scorer(place.draw))
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


def reply_problems(run: Audited, place: Place) -> Iterator[Problem]:
    """Attempts whose reply is missing, or says something else than the proposal has."""
    for proposal in place.proposals:
        asked = [attempt for attempt in proposal.attempts if attempt.key]
        for number, attempt in enumerate(asked):
            path = run.folder / layout.JOURNAL / attempt.key[:2] / f"{attempt.key}.json"
            contradiction = partial(_contradiction, place, proposal, attempt, number)
            yield from run.check_file(path, contradiction)


def _contradiction(
    place: Place, proposal: Proposal, attempt: Attempt, number: int, path: Path
) -> str:
    """How a journal entry contradicts the attempt; empty if it does not."""
    where = place.slot(proposal)
    if not path.exists():
        return f"is missing; {where} was made of it"
    document = read_json(path)
    request = {name: document[name] for name in _REQUEST}
    reply = document["reply"]
    recorded = {
        "arm": request["arm"],
        "slot": [request["generation"], request["island"], request["index"]],
        "attempt": request["attempt"],
        "model": reply["answered_by"],
        "prompt_hash": document["prompt_hash"],
        "tokens": reply["prompt_tokens"] + reply["completion_tokens"],
        "usd": reply["usd"],
        "candidate_id": _candidate(reply["text"]),
    }
    text = canonical_json(request)
    chat = canonical_json(request["messages"])
    # A secret that stood in a prompt was taken out of it after its hash was made.
    if REDACTED not in text:
        if _sha256(text) != attempt.key or document["key"] != attempt.key:
            return "its request has another content hash than its name"
        if _sha256(chat)[:16] != document["prompt_hash"]:
            return "its prompt has another content hash than it says"
    expected = {
        "arm": place.arm,
        "slot": [place.generation, place.island, proposal.slot.index],
        "attempt": number,
        **{name: getattr(attempt, name) for name in ("model", "prompt_hash", "tokens", "usd")},
        "candidate_id": attempt.candidate_id,
    }
    differing = [name for name in expected if expected[name] != recorded[name]]
    return f"{', '.join(differing)} differ from {where}" if differing else ""


def _candidate(text: str) -> str:
    """The id of the source in a reply; empty if there is none."""
    try:
        source = read_reply(text).source
    except ReplyError:
        return ""
    return candidate_id(source) if source else ""


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
