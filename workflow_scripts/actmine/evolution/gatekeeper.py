"""What becomes of a proposed source before any training: the gate, then novelty."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from actmine.evolution.population import Population
from actmine.gate.examine import Examination, Verdict, examine
from actmine.gate.fingerprint import LENGTH, decode, encode, find_duplicate
from actmine.records.proposal import Proposal
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox

PENDING = "not yet examined"
KNOWN = "behaves like a function that this island has already tried"


class Gatekeeper:
    """Examines an island's proposals one after the other, and remembers those it let in.

    Args:
        sandbox: one with the gate's handlers.
        settings: what the run asks.
        population: whose history counts as known.
    """

    def __init__(self, sandbox: Sandbox, settings: Examination, population: Population) -> None:
        self._sandbox = sandbox
        self._settings = settings
        prints = np.array([decode(text) for text in population.history], dtype=np.float32)
        self._seen: NDArray[np.float32] = prints.reshape(-1, LENGTH)

    def examine(self, proposal: Proposal) -> Proposal:
        """The proposal with its verdict: accepted, rejected, or a duplicate."""
        verdict = examine(proposal.source, sandbox=self._sandbox, settings=self._settings)
        examined = with_verdict(proposal, verdict)
        if examined.status is not Status.ACCEPTED:
            return examined
        seen = decode(examined.fingerprint)
        if find_duplicate(seen, self._seen) is not None:
            return replace(examined, status=Status.DUPLICATE, reason=KNOWN)
        self._seen = np.vstack([self._seen, seen])
        return examined


def with_verdict(proposal: Proposal, verdict: Verdict) -> Proposal:
    """The proposal as the gate found it."""
    return replace(
        proposal,
        status=verdict.status,
        reason=f"{verdict.layer}: {verdict.reason}" if verdict.layer else "",
        flops=verdict.flops,
        coupling=verdict.coupling,
        fingerprint="" if verdict.fingerprint is None else encode(verdict.fingerprint),
    )
