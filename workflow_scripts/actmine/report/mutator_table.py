"""A table of who made the candidates: what was accepted, and what it cost."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from actmine.candidate import Status
from actmine.evaluation import Evaluation
from actmine.evolution.proposal import Attempt, Proposal
from actmine.reading import Generation

# Column: meaning. The order is the order in the file.
MUTATORS = {
    "arm": "variant of the search",
    "mutator": "seed, remeasure (an elite again), or the name of an entry of mutation.mutators",
    "operator": "how the children were made; of a model, what it was asked first",
    "slots": "candidates proposed",
    "accepted_first": "those that the gate let in at the first attempt",
    "accepted": "those that it let in in the end, after repair",
    "scored": "those that were trained and scored",
    "skipped": "slots for which no budget was left",
    "replies": "of a model, repairs included",
    "tokens": "of prompts and replies",
    "usd": "US dollars",
    "seconds": "waited for the replies, all added up",
}


def mutator_table(
    generations: Sequence[Generation], *, seconds: Callable[[str], float]
) -> pd.DataFrame:
    """One row an arm, mutator and operator, columns MUTATORS.

    Args:
        seconds: how long the reply of a journal key took.
    """
    groups = defaultdict(list)
    for generation in generations:
        for proposal, evaluation in generation.outcomes():
            groups[generation.arm, proposal.mutator, proposal.operator].append(
                (proposal, evaluation)
            )
    rows = [
        {"arm": arm, "mutator": mutator, "operator": operator, **_counts(slots, seconds)}
        for (arm, mutator, operator), slots in sorted(groups.items())
    ]
    return pd.DataFrame(rows, columns=list(MUTATORS))


def _counts(
    slots: Sequence[tuple[Proposal, Evaluation | None]], seconds: Callable[[str], float]
) -> dict[str, Any]:
    proposals = [proposal for proposal, _ in slots]
    replies = [attempt for one in proposals for attempt in one.attempts if attempt.key]
    return {
        "slots": len(slots),
        "accepted_first": sum(_first_is_accepted(one) for one in proposals),
        "accepted": sum(one.status is Status.ACCEPTED for one in proposals),
        "scored": sum(e is not None and e.status is Status.SCORED for _, e in slots),
        "skipped": sum(one.status is Status.SKIPPED for one in proposals),
        "replies": len(replies),
        "tokens": sum(attempt.tokens for attempt in replies),
        "usd": sum(attempt.usd for attempt in replies),
        "seconds": round(sum(seconds(attempt.key) for attempt in replies), 1),
    }


def _first_is_accepted(proposal: Proposal) -> bool:
    # Seeds are taken from the catalog: nothing was attempted.
    first: Attempt | None = next(iter(proposal.attempts), None)
    return (proposal if first is None else first).status is Status.ACCEPTED
