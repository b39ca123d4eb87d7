"""Checks what models wrote in a generation, candidates and advice, against the journal."""

import hashlib
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from actmine import layout
from actmine.audit.audited import Audited, Place
from actmine.audit.problem import Problem
from actmine.evolution.advice import is_due, read
from actmine.files import canonical_json, read_json
from actmine.llm.redaction import REDACTED
from actmine.records.advice import Advice
from actmine.records.candidate import candidate_id
from actmine.records.proposal import Attempt, Proposal
from actmine.replies.reply import read_reply
from actmine.replies.syntax import ReplyError

_PAID = ("model", "prompt_hash", "tokens", "usd")  # of whoever was asked
_KEY = re.compile(r"[0-9a-f]{64}")
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


def reply_problems(run: Audited, place: Place) -> Iterator[Problem]:
    """Attempts whose reply is missing, or says something else than the proposal has."""
    for proposal in place.proposals:
        asked = [attempt for attempt in proposal.attempts if attempt.key]
        if any(_spent(attempt) for attempt in proposal.attempts if not attempt.key):
            what = f"slot {proposal.slot.index} names a model that was not asked"
            yield place.problem("proposals.jsonl", what)
        for number, attempt in enumerate(asked):
            if not _KEY.fullmatch(attempt.key):
                what = f"slot {proposal.slot.index}: {attempt.key!r:.80} is no key of a journal"
                yield place.problem("proposals.jsonl", what)
                continue
            contradiction = partial(_contradiction, place, proposal, attempt, number)
            yield from run.check_file(_entry(run, attempt.key), contradiction)


def _spent(asked: Attempt | Advice) -> bool:
    return any(getattr(asked, name) for name in _PAID)


def advice_problems(run: Audited, place: Place) -> Iterator[Problem]:
    """Advice where none is due, or the other way round, or that is not what a reply says."""
    if place.generation and place.previous is None:
        return  # its file is damaged, and named already
    due = place.previous is not None and is_due(
        place.settings.mutation, place.previous, generation=place.generation
    )
    held = [proposal.slot.index for proposal in place.proposals if proposal.advice]
    if held != ([place.proposals[0].slot.index] if due else []):
        what = f"advice stands in the slots {held}, where it is {'' if due else 'not '}due"
        yield place.problem("proposals.jsonl", what)
        return
    for advice in (proposal.advice for proposal in place.proposals if proposal.advice):
        if not advice.key:
            if _spent(advice):
                what = "advice names a model that was not asked"
                yield place.problem("proposals.jsonl", what)
        elif not _KEY.fullmatch(advice.key):
            what = f"advice: {advice.key!r:.80} is no key of a journal"
            yield place.problem("proposals.jsonl", what)
        else:
            contradiction = partial(_contradiction_of_advice, place, advice)
            yield from run.check_file(_entry(run, advice.key), contradiction)


def _contradiction_of_advice(place: Place, advice: Advice, path: Path) -> str:
    """How a journal entry contradicts the advice; empty if it does not."""
    where = place.file("proposals.jsonl")
    if not path.exists():
        return f"is missing; the advice in {where} was made of it"
    document = read_json(path)
    if fault := _forged(document, advice.key):
        return fault
    text = read(document["reply"]["text"])
    recorded = {**_recorded(document), "text": text, "reason": not text}
    expected = {
        "arm": place.arm,
        "slot": [place.generation, place.island, place.settings.search.candidates_per_island],
        "attempt": 0,
        **{name: getattr(advice, name) for name in (*_PAID, "text")},
        "reason": bool(advice.reason),
    }
    differing = [name for name in expected if expected[name] != recorded[name]]
    return f"{', '.join(differing)} differ from the advice in {where}" if differing else ""


def _entry(run: Audited, key: str) -> Path:
    return run.folder / layout.JOURNAL / key[:2] / f"{key}.json"


def _recorded(document: dict[str, Any]) -> dict[str, Any]:
    """What a journal entry tells of a request and its cost."""
    reply = document["reply"]
    return {
        "arm": document["arm"],
        "slot": [document["generation"], document["island"], document["index"]],
        "attempt": document["attempt"],
        "model": reply["answered_by"],
        "prompt_hash": document["prompt_hash"],
        "tokens": reply["prompt_tokens"] + reply["completion_tokens"],
        "usd": reply["usd"],
    }


def _forged(document: dict[str, Any], key: str) -> str:
    """How an entry's request is not the one that its name is the hash of; empty if it is."""
    request = {name: document[name] for name in _REQUEST}
    text = canonical_json(request)
    chat = canonical_json(request["messages"])
    # A secret that stood in a prompt was taken out of it after its hash was made.
    if REDACTED not in text:
        if _sha256(text) != key or document["key"] != key:
            return "its request has another content hash than its name"
        if _sha256(chat)[:16] != document["prompt_hash"]:
            return "its prompt has another content hash than it says"
    return ""


def _contradiction(
    place: Place, proposal: Proposal, attempt: Attempt, number: int, path: Path
) -> str:
    """How a journal entry contradicts the attempt; empty if it does not."""
    where = place.slot(proposal)
    if not path.exists():
        return f"is missing; {where} was made of it"
    document = read_json(path)
    if fault := _forged(document, attempt.key):
        return fault
    recorded = {
        **_recorded(document),
        "candidate_id": _candidate(document["reply"]["text"]),
    }
    expected = {
        "arm": place.arm,
        "slot": [place.generation, place.island, proposal.slot.index],
        "attempt": number,
        **{name: getattr(attempt, name) for name in _PAID},
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
