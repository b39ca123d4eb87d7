"""Journal entries match the proposals that were made of them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from actmine import layout
from actmine.audit.audited import Audited, Place
from actmine.audit.problem import DamagedError, Problem, reading
from actmine.files import canonical_json, read_json
from actmine.llm.secrets import REDACTED
from actmine.records.candidate import candidate_id
from actmine.records.proposal import Attempt, Proposal
from actmine.replies.reply import read_reply
from actmine.replies.syntax import ReplyError

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


def problems(run: Audited, place: Place) -> Iterator[Problem]:
    """Attempts whose reply is missing, or says something else than the proposal has."""
    for proposal in place.proposals:
        asked = [attempt for attempt in proposal.attempts if attempt.key]
        for number, attempt in enumerate(asked):
            path = run.folder / layout.JOURNAL / attempt.key[:2] / f"{attempt.key}.json"
            try:
                flaw = _flaw(place, proposal, attempt, number, path)
            except DamagedError as damaged:
                yield damaged.problem
                continue
            if flaw:
                yield Problem(file=run.relative(path), what=flaw)


def _flaw(place: Place, proposal: Proposal, attempt: Attempt, number: int, path: Path) -> str:
    """What contradicts; empty if nothing does."""
    where = f"slot {proposal.slot.index} of {place.file('proposals.jsonl')}"
    if not path.exists():
        return f"is missing; {where} was made of it"
    with reading(path, place.run):
        document = read_json(path)
        request = {name: document[name] for name in _REQUEST}
        reply = document["reply"]
        told = {
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
    differing = [name for name in expected if expected[name] != told[name]]
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
