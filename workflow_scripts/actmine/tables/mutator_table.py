"""A table of who made the candidates: what was accepted, and what it cost."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from actmine.evolution.reading import Generation
from actmine.records.advice import Advice
from actmine.records.proposal import Attempt, Proposal
from actmine.records.status import Status

ADVICE = "advice"  # stands for an operator where no child was made

# Column: meaning. The order is the order in the file.
MUTATORS = {
    "arm": "variant of the search",
    "mutator": "seed, remeasure (an elite again), or the name of an entry of mutation.mutators",
    "operator": "how the children were made; of a model, what it was asked first, or `advice`",
    "slots": "that it was to fill, skipped ones among them",
    "accepted_first": "those that the gate let in at the first attempt",
    "accepted": "those that it let in in the end, after repair",
    "scored": "those that were trained and scored",
    "skipped": "slots for which no budget was left",
    "replies": "of a model, repairs included",
    "tokens": "of prompts and replies",
    "usd": "US dollars",
    "seconds": "waited for the replies, all added up",
}


class MutatorTable:
    """Counts slots by arm, mutator and operator, generation by generation.

    Args:
        seconds: how long the reply of a journal key took.
    """

    def __init__(self, *, seconds: Callable[[str], float]) -> None:
        self._seconds = seconds
        self._counts: dict[tuple[str, str, str], dict[str, Any]] = defaultdict(
            lambda: defaultdict(int)
        )

    def add(self, generation: Generation) -> None:
        """Counts an island's generation."""
        for proposal, evaluation in generation.outcomes():
            counts = self._counts[generation.arm, proposal.mutator, proposal.operator]
            counts["slots"] += 1
            counts["accepted_first"] += _first_is_accepted(proposal)
            counts["accepted"] += proposal.status is Status.ACCEPTED
            counts["scored"] += evaluation is not None and evaluation.status is Status.SCORED
            counts["skipped"] += proposal.status is Status.SKIPPED
            for attempt in proposal.attempts:
                self._pay(counts, attempt)
            if advice := proposal.advice:
                self._pay(self._counts[generation.arm, advice.adviser, ADVICE], advice)

    def _pay(self, counts: dict[str, Any], asked: Attempt | Advice) -> None:
        """Counts what a reply cost, if there was one."""
        if asked.key:
            counts["replies"] += 1
            counts["tokens"] += asked.tokens
            counts["usd"] += asked.usd
            counts["seconds"] += self._seconds(asked.key)

    def rows(self) -> list[dict[str, Any]]:
        """One row an arm, mutator and operator, columns MUTATORS."""
        keys = list(MUTATORS)
        return [
            dict(zip(keys, group, strict=False))
            | {name: counts[name] for name in keys[3:]}
            | {"seconds": np.round(counts["seconds"], 1)}
            for group, counts in sorted(self._counts.items())
        ]


def _first_is_accepted(proposal: Proposal) -> bool:
    # Seeds are taken from the catalog: nothing was attempted.
    first: Attempt | None = next(iter(proposal.attempts), None)
    return (proposal if first is None else first).status is Status.ACCEPTED
