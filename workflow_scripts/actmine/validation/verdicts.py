"""Says in words what a run's conclusions are, and how sure they are."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from actmine.number_text import counted, fixed
from actmine.records.rows import to_row
from actmine.validation.cautions import Caution, cautions, cautions_of
from actmine.validation.conclusions import Conclusions
from actmine.validation.paired_comparison import POWER, Comparison
from actmine.validation.statistics import CONFIDENCE

SIGNIFICANT = 0.05  # p below which a difference is said to be shown [ours]


def answer(conclusions: Conclusions) -> list[str]:
    """The result of a run in a few sentences."""
    champion = conclusions.champion
    rows = {row["candidate_id"]: row for row in conclusions.table.to_dict("records")}
    if champion is None:
        return ["No mined function qualified as champion."]
    if champion.candidate_id not in rows:
        return [f"The champion {champion.name} failed on the held-out tasks."]
    row = rows[champion.candidate_id]
    best = conclusions.best_known
    known = rows.get(best.candidate_id) if best else None
    return [
        f"Champion {row['name']}: held-out fitness {row['held_out_fitness']:+.3f} "
        f"(95% {row['ci_low']:+.3f} to {row['ci_high']:+.3f}), out-of-distribution loss "
        f"{row['ratio_relu']:.2f} times ReLU's and {row['ratio_gelu']:.2f} times GELU's.",
        *([] if known is None else [_of_known(known)]),
        *verdicts(conclusions),
    ]


def _of_known(row: Mapping[Any, Any]) -> str:
    return (
        f"Best known function {row['name']}: {row['held_out_fitness']:+.3f} "
        f"({row['ci_low']:+.3f} to {row['ci_high']:+.3f})."
    )


def verdicts(conclusions: Conclusions) -> Iterator[str]:
    """Whether the champion, which is tested first, differs from GELU and the best known."""
    best_known, count = conclusions.best_known, len(conclusions.tested)
    rival = best_known.name if best_known else ""
    tests = counted(count, "finalist")
    for name, comparison in conclusions.versus.items():
        known = ", the best known function on the search tasks" if name == rival else ""
        told = in_words(comparison, whose="its", tested=f", tested first of {tests}")
        yield (
            f"Against {name}{known}: {told}. A true ratio of "
            f"{fixed(comparison.detectable_ratio, 3)} would be found with {POWER:.0%} power."
        )


class Outcome(StrEnum):
    """What a comparison shows of a function, in words."""

    BETTER = "it is better"
    OPEN = "no difference is shown"
    WORSE = "it is worse"


def outcome(comparison: Comparison) -> Outcome:
    """What a test at the level SIGNIFICANT shows, and to which side."""
    if comparison.p >= SIGNIFICANT:
        return Outcome.OPEN
    return Outcome.BETTER if comparison.ratio < 1 else Outcome.WORSE


def _left_out(conclusions: Conclusions) -> dict[str, Caution]:
    """What the verdicts leave out, by the rule of each caution."""
    if conclusions.champion is None:
        return {}
    return cautions(
        conclusions.champion.candidate_id,
        beaten={
            name: conclusions.means[name]
            for name, comparison in conclusions.versus.items()
            if outcome(comparison) is Outcome.BETTER
        },
        board=conclusions.table,
        families=conclusions.families,
        id_ratio=conclusions.id_ratio,
        weighted=conclusions.weighted,
    )


def sentences(document: Mapping[str, Any]) -> list[str]:
    """What a comparison.json says in words: the verdicts, then the cautions."""
    return [*document["sentences"], *(one.sentence for one in cautions_of(document).values())]


def in_words(
    comparison: Comparison, *, whose: str = "the", of: str = "tasks", tested: str = ""
) -> str:
    """A comparison whose p value is not corrected, without naming either function.

    Args:
        whose: loss it is a multiple of.
        of: what the sample is.
        tested: what is said of the test after its p value.
    """
    return (
        f"{fixed(comparison.ratio, 3)} times {whose} out-of-distribution loss (95% "
        f"{fixed(comparison.low, 3)} to {fixed(comparison.high, 3)}), better on "
        f"{comparison.won:.0%} of {comparison.tasks} {of}; p {comparison.p:.2g}{tested}: "
        f"{outcome(comparison)}"
    )


def comparison_document(conclusions: Conclusions) -> dict[str, Any]:
    """The JSON form of what the leaderboard's columns rest on, with the verdicts in words."""
    best = conclusions.best_known
    return {
        "schema_version": 1,
        "confidence": CONFIDENCE,
        "tested": list(conclusions.tested),
        "best_known": None
        if best is None
        else {
            "candidate_id": best.candidate_id,
            "name": best.name,
            "search_fitness": best.search_fitness,
        },
        "champion": conclusions.champion and conclusions.champion.candidate_id,
        "versus": {name: to_row(comparison) for name, comparison in conclusions.versus.items()},
        "power": POWER,
        "sentences": answer(conclusions),
        "cautions": {rule: to_row(one) for rule, one in _left_out(conclusions).items()},
    }
