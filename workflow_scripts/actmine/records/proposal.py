"""One slot's line in proposals.jsonl: a candidate, how it was made, and its gate verdict."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from actmine.records.advice import Advice
from actmine.records.candidate import Coupling, Origin, candidate_id
from actmine.records.form import Form
from actmine.records.slot import Slot
from actmine.records.status import NEXT, Status
from actmine.records.threshold import Threshold

TUNE = "tune"  # the operator of candidates that differ from their parent in constants alone

TUNE_CHILD = "tune child"  # the same of a model's child that is no elite

REMEASURE = "remeasure"  # the operator and the mutator of elites that are measured again

VERDICTS = NEXT[Status.PROPOSED]


class Kind(StrEnum):
    """What a slot is used for."""

    NEW = "new"
    REMEASURE = "remeasure"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try at filling a slot; the last one is the slot's candidate.

    Attributes:
        operator: how the child was made.
        status, reason: the gate's verdict.
        model: the language model that answered; this and what follows is empty for others.
        prompt_hash: of the messages that it was sent.
        key: of the request in the run's journal.
        tokens, usd: of prompt and reply.
    """

    operator: str
    candidate_id: str
    status: Status
    reason: str = ""
    model: str = ""
    prompt_hash: str = ""
    key: str = ""
    tokens: int = 0
    usd: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What `propose` decides for a slot, before any training.

    Attributes:
        kind: a new candidate, or an incumbent to be measured again.
        repeat: how often it was measured on its tasks before; 0 for a new candidate.
        source: Python that defines `activation`; empty if the slot was skipped.
        parents: candidate ids.
        mutator: `seed`, `remeasure`, or the name of an entry of `mutation.mutators`; `embedded`
            for constants of a model's child, whether there is such an entry or not.
        summary: what changed against the parent, in one line.
        formula: as a language model gave it, in one line; empty for all others.
        flops: per input element; none where the gate refused before the count.
        fingerprint: base64 of the behaviour on the run's probe; empty like `flops`.
        thresholds: below which its fit is to be stopped, by steps.
        advice: what was asked beside the slots of its generation; none but in the first of
            them, where advice was due.
    """

    FORM: ClassVar = Form(version=2, derived=("candidate_id",), optional=("formula", "advice"))

    slot: Slot
    status: Status
    kind: Kind = Kind.NEW
    repeat: int = 0
    reason: str = ""
    name: str = ""
    source: str = ""
    origin: Origin = Origin.MINED
    parents: tuple[str, ...] = ()
    mutator: str = ""
    operator: str = ""
    summary: str = ""
    flops: float | None = None
    coupling: Coupling | None = None
    fingerprint: str = ""
    attempts: tuple[Attempt, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    formula: str = ""
    advice: Advice | None = None

    def __post_init__(self) -> None:
        if self.status not in VERDICTS:
            raise ValueError(f"{self.slot}: {self.status} is no verdict of a proposal")
        if self.repeat < 0 or (self.repeat and self.kind is Kind.NEW):
            raise ValueError(f"{self.slot}: a {self.kind} candidate with repeat {self.repeat}")
        accepted = self.status is Status.ACCEPTED
        if accepted == bool(self.reason):
            raise ValueError(f"{self.slot}: a reason if not accepted, else none")
        if accepted and (self.flops is None or self.coupling is None or not self.fingerprint):
            raise ValueError(
                f"{self.slot}: an accepted candidate has FLOPs, coupling, fingerprint"
            )

    @cached_property
    def candidate_id(self) -> str:
        """The content hash of the source; empty if the slot was skipped."""
        return candidate_id(self.source) if self.source else ""
