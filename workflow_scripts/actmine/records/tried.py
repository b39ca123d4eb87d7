"""What became of an idea that was tried on an island: a line of what models are told."""

from dataclasses import dataclass

from actmine.records.status import Status


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One idea and its outcome.

    Attributes:
        formula: in one line, as its author or its source gives it; may be empty.
        generation: in which it was tried.
        parents: candidate ids.
        parent: name of the first.
        status: how it ended, in the gate or in training.
        reason: why it was refused, broke, or may be no parent; empty for all others.
        shape: its niche among shapes; empty if the gate refused it before it could be seen.
        fitness: at its end, or where it was stopped; none if it never had one.
        steps: optimizer steps after which it was stopped; none if it was not.
        gain: fitness over its first parent's, on the same networks' seeds; none if it has none.
        gain_error: standard error of the gain, over tasks, paired.
    """

    candidate_id: str
    name: str
    formula: str
    generation: int
    parents: tuple[str, ...]
    parent: str
    status: Status
    reason: str = ""
    shape: str = ""
    fitness: float | None = None
    steps: int | None = None
    gain: float | None = None
    gain_error: float | None = None

    @property
    def clearly_improved(self) -> bool:
        """The same by two standard errors or more: less is none that one could tell."""
        return self.improved and (self.gain or 0.0) >= 2.0 * (self.gain_error or 0.0)

    @property
    def improved(self) -> bool:
        """Whether it may be a parent and has more than its own."""
        return not self.reason and self.gain is not None and self.gain > 0
