"""Says whether the champion is better than ReLU, GELU and the best known function."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from actmine.files import read_json
from actmine.functions.catalog import by_name
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE
from actmine.records.rows import from_row
from actmine.report.canvas import BLUE, MUTED, VERMILION
from actmine.shown_text import joined
from actmine.validation.cautions import Caution, cautions_of
from actmine.validation.paired_comparison import Comparison
from actmine.validation.statistics import CONFIDENCE
from actmine.validation.verdicts import Outcome, outcome


class Look(NamedTuple):
    """How an outcome is shown: a word, a sign for who sees no colour, the class of the page."""

    word: str
    sign: str
    kind: str
    colour: str
    phrase: str


LOOKS = {
    Outcome.BETTER: Look("Yes", "✓", "better", BLUE, "better than"),
    Outcome.OPEN: Look("Not shown", "?", "open", MUTED, "not shown to differ from"),
    Outcome.WORSE: Look("Worse", "✗", "worse", VERMILION, "worse than"),
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The champion's test against one function on the held-out tasks.

    Attributes:
        against: its name.
        best_known: it is the known function that is best on the search tasks.
    """

    against: str
    best_known: bool
    comparison: Comparison

    @property
    def look(self) -> Look:
        """What the test shows."""
        return LOOKS[outcome(self.comparison)]

    @property
    def rival(self) -> str:
        """Whom it is against, in words."""
        told = "the best known function on the search tasks"
        return f"{self.against}, {told}" if self.best_known else self.against


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """The answer of a run; without `each` if there is no champion, or it failed.

    Attributes:
        best_known: candidate_id, name and search_fitness, as comparison.json has them.
        finalists: how many were tested; the champion first.
        cautions: what the verdicts leave out, by the rule of each.
    """

    each: tuple[Verdict, ...] = ()
    best_known: Mapping[str, Any] | None = None
    finalists: int = 0
    confidence: float = CONFIDENCE
    cautions: Mapping[str, Caution] = field(default_factory=dict)

    @property
    def tasks(self) -> int:
        """The held-out tasks that count."""
        return self.each[0].comparison.tasks if self.each else 0

    def sentence(self, name: str) -> str:
        """All verdicts in one sentence; `name` is the champion's."""
        parts = []
        for look in LOOKS.values():
            rivals = [one.rival for one in self.each if one.look == look]
            if rivals:
                parts.append(f"{look.phrase} {joined(rivals)}")
        return f"On held-out tasks the champion {name} is {'; it is '.join(parts)}."


def read_verdicts(run: Path) -> Verdicts:
    """The verdicts that validation/comparison.json holds."""
    told = read_json(run / "validation" / "comparison.json")
    best, versus = told["best_known"], told["versus"]
    references = (by_name(REFERENCE).name, by_name(SECOND_REFERENCE).name)
    return Verdicts(
        each=tuple(
            Verdict(
                against=name,
                best_known=best is not None and name == best["name"],
                comparison=from_row(versus[name], Comparison),
            )
            for name in dict.fromkeys((*references, *versus))
            if name in versus
        ),
        best_known=best,
        finalists=len(told["tested"]),
        confidence=told["confidence"],
        cautions=cautions_of(told),
    )
