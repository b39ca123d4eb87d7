"""Writes the messages that ask a language model for a function.

The system message is the same for every prompt of a run, so that a provider can reuse its
prefix; what differs stands in the user's message. Both are pure functions of the records
here. The texts are the templates in `prompts`: whoever changes one, or a part that it
includes, raises its version.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from actmine.gate.flops import DEVIATION, DEVIATION_OF
from actmine.gate.library import MAX_TRIPS
from actmine.gate.probes import LARGE_SCALE, SPREAD
from actmine.lab.fitness import FamilyLoss
from actmine.llm import quotation
from actmine.llm.brief import Brief
from actmine.records.candidate import Failure

TEMPLATES = Path(__file__).with_name("prompts")

# Characters of a source that a prompt shows. [ours]
PARENT_CHARS = 2400
INSPIRATION_CHARS = 700
FAILURE_CHARS = 400
REASON_CHARS = 400  # of a line of prose [ours]

INSPIRATIONS = 3  # that a prompt shows at most, the first of those given [ours]
FAILURES = 3  # the last of those given [ours]

REPLY_CHARS = 4000  # of a refused reply that is sent back [ours]
REPLY_HEAD = 0.3  # of them from its start: code stands rather at the end [ours]
EXCHANGES = 2  # refused replies that a conversation keeps, the last ones [ours]

Messages = tuple[tuple[str, str], ...]


class Operator(StrEnum):
    """What a model is asked to do; each has a template of this name."""

    REWRITE = "rewrite"
    CROSSOVER = "crossover"
    EXPLORE = "explore"
    SIMPLIFY = "simplify"
    REPAIR = "repair"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A measured function as a prompt shows it.

    Attributes:
        fitness, standard_error: on the search suite; higher is better.
        flops: per input element.
        families: in the order in which they are to stand.
    """

    name: str
    source: str
    fitness: float
    standard_error: float
    flops: float
    families: tuple[FamilyLoss, ...] = ()

    def __post_init__(self) -> None:
        for name in ("fitness", "standard_error", "flops"):
            if not isfinite(getattr(self, name)):
                raise ValueError(
                    f"{self.name}: its {name} is {getattr(self, name)}; only functions that "
                    "were scored are shown"
                )


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What one prompt is about.

    Attributes:
        operator: any but `repair`, which continues a prompt that was sent.
        second: the other parent; of a crossover only.
        inspirations: other good functions; the first `INSPIRATIONS` are shown.
        failures: oldest first; the last `FAILURES` are shown.
    """

    operator: Operator
    parent: Shown
    second: Shown | None = None
    inspirations: tuple[Shown, ...] = ()
    failures: tuple[Failure, ...] = ()

    def __post_init__(self) -> None:
        if self.operator not in set(Operator) - {Operator.REPAIR}:
            raise ValueError(
                f"no prompt starts with the operator {self.operator!r}; "
                "a repair is written by `write_repair`"
            )
        if (self.operator == Operator.CROSSOVER) != (self.second is not None):
            raise ValueError(f"{self.operator}: a second parent if crossover, else none")


def write_prompt(draft: Draft, brief: Brief) -> Messages:
    """The first messages of a conversation as (role, content): system, user."""
    return (
        ("system", _rendered("system", brief=brief)),
        ("user", _rendered(draft.operator, brief=brief, draft=draft)),
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


def weakest(shown: Shown, brief: Brief) -> FamilyLoss | None:
    """The family whose loss in the target region is worst; none if all are alike."""
    counted = {family.name for family in brief.families if family.weight > 0}
    ranked = [loss for loss in shown.families if loss.family in counted]
    ratios = {quotation.figure(getattr(loss, brief.fitness.target.region)) for loss in ranked}
    if len(ratios) < 2:
        return None
    return max(ranked, key=lambda loss: float(getattr(loss, brief.fitness.target.region)))


def _newest(items: Sequence[Failure], count: int) -> Sequence[Failure]:
    return items[max(0, len(items) - count) :]


def _rendered(template: str, **records: Any) -> str:
    return _environment().get_template(f"{template}.j2").render(**records)


@cache
def _environment() -> Environment:
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
        for name in ("fenced", "figure", "one_line", "plain_name", "shortened", "whole")
    }
    environment.filters["newest"] = _newest
    environment.globals |= {
        "weakest": weakest,
        "SPREAD": SPREAD,
        "DEVIATION": DEVIATION,
        "DEVIATION_OF": DEVIATION_OF,
        "MAX_TRIPS": MAX_TRIPS,
        "REACH": SPREAD * LARGE_SCALE,  # the largest |x| at which the contract is checked
        **{name: value for name, value in globals().items() if name.isupper()},
    }
    return environment
