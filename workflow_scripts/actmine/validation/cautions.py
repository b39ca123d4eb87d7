"""Says what the verdicts on a champion leave out, by rules on the run's own figures. [ours]

A verdict is of the geometric mean of ratios of OOD losses over all tasks that count. Four
things can hide behind it, and docs/validation.md says why each matters:

- PLAIN_MEAN: the champion is said to beat a function whose plain mean OOD loss is below its
  own, by the digits that are told. Where tasks have weights, it is the weighted mean.
- WORSE_FIT: on a family of held-out tasks that count its in-distribution loss is above BARELY,
  and above TIMES that of ReLU.
- WORSE_THAN_CONSTANT: on a family of held-out tasks that count its OOD loss is above that of a
  constant, the mean of the training targets, in the geometric mean over tasks and by the digits
  that are told. A gain there is to go less far wrong.
- CLOSER_FIT: it is said to beat ReLU and fits more closely (an in-distribution loss below
  ReLU's, in the geometric mean over tasks), but is not better where in-distribution losses are
  equal (`ood_at_matched_id` above 1, by the digits that are told). This is a point estimate: no
  interval says how sure it is.

They are of the run's champion. Those of arms have no verdicts, and no cautions of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actmine.functions.catalog import by_name
from actmine.lab.scorer import REFERENCE
from actmine.number_text import loss
from actmine.records.rows import from_row
from actmine.shown_text import joined

if TYPE_CHECKING:
    import pandas as pd

PLAIN_MEAN, WORSE_FIT, CLOSER_FIT = "plain_mean", "worse_fit", "closer_fit"
WORSE_THAN_CONSTANT = "worse_than_constant"
# Targets have variance 1: above this a tenth of it and more is left over, an R² below 0.9. Of
# the known functions of docs/demo/families.csv, Softplus and its kin have 0.11 and more on sums
# of sines and on equations of physics; the others have 0.09 at most, on every family. [ours]
BARELY = 0.1
# ReLU itself has 0.05 on equations of physics. There Softplus and its kin have 2.2 times that
# and more, the others 1.7 times at most. [ours]
TIMES = 2.0
_RELU = by_name(REFERENCE).listed
_WORDS = {
    "polynomial": "polynomials",
    "harmonic": "sums of sines",
    "spherical": "spherical harmonics",
    "feynman": "equations of physics",
    "custom": "custom tasks",
}


@dataclass(frozen=True, kw_only=True)
class Caution:
    """What a verdict leaves out.

    Attributes:
        sentence: with the figures.
        briefly: in a few words, for where one line is all there is.
    """

    sentence: str
    briefly: str


def cautions(
    champion: str,
    *,
    beaten: Mapping[str, float],
    board: "pd.DataFrame",
    families: "pd.DataFrame",
    id_ratio: float | None,
    weighted: bool,
) -> dict[str, Caution]:
    """The caution of each rule that applies, by its name; none where figures are missing.

    Args:
        champion: its candidate id.
        beaten: mean OOD losses of the functions that it is said to beat, by name; the board
            need not have them.
        board: a leaderboard, of which the champion's `mean_ood_loss` and `ood_at_matched_id`
            are read.
        families: a table of families that count (`further_tables.family_table`), of which
            `id_loss` and `ratio_constant` of the champion and of ReLU are read.
        id_ratio: the champion's in-distribution loss over ReLU's, geometric mean over tasks.
        weighted: whether tasks count differently in mean OOD losses.
    """
    rows = {row["candidate_id"]: row for row in board.to_dict("records")}
    if champion not in rows:
        return {}
    inside, outside = (
        [_by_family(families, one, column) for one in (champion, _RELU.candidate_id)]
        for column in ("id_loss", "ratio_constant")
    )
    kind = "weighted mean" if weighted else "plain mean"
    matched = rows[champion]["ood_at_matched_id"] if _RELU.name in beaten else 0.0
    told = {
        PLAIN_MEAN: _plain_mean(rows[champion]["mean_ood_loss"], beaten, kind=kind),
        WORSE_FIT: _worse_fit(*inside),
        WORSE_THAN_CONSTANT: _worse_than_constant(*outside),
        CLOSER_FIT: _closer_fit(matched, id_ratio),
    }
    return {rule: caution for rule, caution in told.items() if caution is not None}


def _by_family(families: "pd.DataFrame", candidate: str, column: str) -> dict[str, float]:
    """A figure of a function by family."""
    own = families[families["candidate_id"] == candidate]
    return dict(zip(own["family"], own[column], strict=True))


def _plain_mean(mine: float, means: Mapping[str, float], *, kind: str) -> Caution | None:
    lower = {
        name: mean for name, mean in means.items() if mine > mean and loss(mine) != loss(mean)
    }
    if not lower:
        return None
    above = joined([f"{name}'s {loss(mean)}" for name, mean in lower.items()])
    return Caution(
        sentence=f"Ratios are geometric means over tasks; the champion's {kind} OOD loss, "
        f"which the hardest tasks dominate, is {loss(mine)}, above {above}.",
        briefly=f"not better than {joined(list(lower))} by the {kind} of losses",
    )


def _worse_fit(mine: Mapping[str, float], relu: Mapping[str, float]) -> Caution | None:
    worse = [
        f"{loss(mine[family])} on {_WORDS[family]} (ReLU's {loss(relu[family])})"
        for family in mine
        if family in relu and mine[family] > max(BARELY, TIMES * relu[family])
    ]
    if not worse:
        return None
    return Caution(
        sentence="Inside the training range the champion fits less well than ReLU: its loss "
        f"there is {joined(worse)}, for targets of variance 1.",
        briefly="it fits some families of tasks less well than ReLU inside the training range",
    )


def _worse_than_constant(
    mine: Mapping[str, float], relu: Mapping[str, float]
) -> Caution | None:
    worse = [
        f"on {_WORDS[family]} (its OOD loss is {loss(ratio)} times the constant's, ReLU's "
        f"{loss(relu[family])} times)"
        for family, ratio in mine.items()
        if family in relu and ratio > 1 and loss(ratio) != loss(1.0)
    ]
    if not worse:
        return None
    return Caution(
        sentence="A constant, the mean of the training targets, would do better than the "
        f"champion {joined(worse)}, in the geometric mean over tasks. What a function gains "
        "over others there is to go less far wrong.",
        briefly="worse than a constant on some families of tasks",
    )


def _closer_fit(matched: float, id_ratio: float | None) -> Caution | None:
    closer = id_ratio is not None and id_ratio < 1
    if not closer or not matched > 1 or loss(matched) == loss(1.0):
        return None
    return Caution(
        sentence="Where in-distribution losses are equal, the champion's OOD loss is "
        f"{loss(matched)} times ReLU's, by a regression over tasks: its closer fit "
        f"({loss(id_ratio)} times ReLU's in-distribution loss, geometric mean over tasks) may "
        "be all of its gain over ReLU.",
        briefly="by a regression not better than ReLU where both fit equally well",
    )


def cautions_of(document: Mapping[str, Any]) -> dict[str, Caution]:
    """Those of a comparison.json; one that was written before there were any has none."""
    told = document.get("cautions", {})
    return {rule: from_row(caution, Caution) for rule, caution in told.items()}
