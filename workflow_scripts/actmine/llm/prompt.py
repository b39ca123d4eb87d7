"""Writes the messages that ask a language model for a function.

The system message is the same for every prompt of a run, and what was tried so far, which is
the same for all of a generation, stands next: so a provider can reuse the prefix. What differs
stands last. All are pure functions of the records here. The texts are the templates in
`prompts`: whoever changes one, or a part that it includes, raises its version.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actmine.gate.flops import DEVIATION, DEVIATION_OF
from actmine.gate.library import MAX_TRIPS
from actmine.gate.probes import LARGE_SCALE, SPREAD
from actmine.llm import quotation, recall, standing
from actmine.llm.brief import Brief
from actmine.llm.draft import ADVICE_WORDS, Draft, Operator, Review
from actmine.number_text import counted
from actmine.records.candidate import Failure
from actmine.shown_text import one_line

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("prompts")

__all__ = ["ADVICE_WORDS", "write_advice", "write_prompt", "write_repair"]

QUESTION = "## Your question"  # what stands before it is the same in all of a generation

# Characters of a source that a prompt shows. [ours]
PARENT_CHARS = 2400
INSPIRATION_CHARS = 700
FAILURE_CHARS = 400
REASON_CHARS = 400  # of a line of prose [ours]
LEADER_CHARS = 120  # of the fittest function's formula [ours]

INSPIRATIONS = 3  # that a prompt shows at most, the first of those given [ours]
FAILURES = 2  # the last of those given [ours]

REPLY_CHARS = 4000  # of a refused reply that is sent back [ours]
REPLY_HEAD = 0.3  # of them from its start: code stands rather at the end [ours]
EXCHANGES = 2  # refused replies that a conversation keeps, the last ones [ours]

Messages = tuple[tuple[str, str], ...]


def write_prompt(draft: Draft, brief: Brief) -> Messages:
    """The first messages of a conversation as (role, content): system, user."""
    return (
        ("system", _rendered("system", brief=brief)),
        ("user", _rendered(draft.operator, brief=brief, draft=draft)),
    )


def write_advice(review: Review, brief: Brief) -> Messages:
    """The messages that ask what a search's ideas teach: system, user."""
    return (
        ("system", _rendered("adviser", brief=brief)),
        ("user", _rendered("advise", brief=brief, draft=review)),
    )


def write_repair(messages: Messages, *, reply: str, reason: str, brief: Brief) -> Messages:
    """A conversation continued by a refused reply and the request to mend it.

    It is bounded however often it is continued: a long reply is cut, and only the last
    `EXCHANGES` refused replies are kept.

    Args:
        messages: what was sent, from `write_prompt` or from an earlier repair.
        reply: what the model answered.
        reason: why that was refused.
    """
    said = quotation.shortened(reply, REPLY_CHARS, REPLY_HEAD).strip()
    exchange = (
        ("assistant", said or "(an empty reply)"),  # providers refuse empty messages
        ("user", _rendered(Operator.REPAIR, brief=brief, reason=reason)),
    )
    return (*messages[:2], *(*messages[2:], *exchange)[-2 * EXCHANGES :])


def limited(ratio: float, brief: Brief) -> str:
    """A loss ratio as a prompt shows it: beyond the fitness's limit it counts no further."""
    most = brief.most_ratio
    if ratio > most:
        return f"over {quotation.figure(most)}"
    return (
        f"under {quotation.figure(1 / most)}" if ratio < 1 / most else quotation.figure(ratio)
    )


def _newest(items: Sequence[Failure], count: int) -> Sequence[Failure]:
    return items[max(0, len(items) - count) :]


def _rendered(template: str, **records: Any) -> str:
    return _environment().get_template(f"{template}.j2").render(**records)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # for jobs that ask

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=False,  # plain text; `quotation` guards what candidates wrote
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        name: getattr(quotation, name)
        for name in ("fenced", "figure", "plain_name", "shortened", "whole")
    }
    environment.filters |= {
        "counted": counted,
        "newest": _newest,
        "one_line": one_line,
        "signed": recall.signed,
        "unsigned": recall.unsigned,
    }
    environment.globals |= {
        "child_line": recall.child_line,
        "lead": standing.lead,
        "limited": limited,
        "most_to_gain": standing.most_to_gain,
        "standing": standing.standing,
        "worth": standing.worth,
        "REFUSED": recall.REFUSED,
        "ALSO": recall.ALSO,
        "SPREAD": SPREAD,
        "DEVIATION": DEVIATION,
        "DEVIATION_OF": DEVIATION_OF,
        "MAX_TRIPS": MAX_TRIPS,
        "REACH": SPREAD * LARGE_SCALE,  # the largest |x| at which the contract is checked
        **{name: value for name, value in globals().items() if name.isupper()},
    }
    return environment
