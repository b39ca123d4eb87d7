"""Says what the verdicts on a champion leave out, by rules on the run's own figures. [ours]

A verdict is of the geometric mean of ratios of OOD losses over all tasks that count. Three
things can hide behind it, and docs/validation.md says why each matters:

- PLAIN_MEAN: the champion is said to beat a function whose plain mean OOD loss is below its
  own, by the digits that are told. Where tasks have weights, it is the weighted mean.
- WORSE_FIT: on a family of held-out tasks that count its in-distribution loss is above BARELY,
  and above TIMES that of ReLU.
- CLOSER_FIT: it is said to beat ReLU and fits more closely (an in-distribution loss below
  ReLU's, in the geometric mean over tasks), but is not better where in-distribution losses are
  equal (`ood_at_matched_id` above 1, by the digits that are told). This is a point estimate: no
  interval says how sure it is.

They are of the run's champion. Those of arms have no verdicts, and no cautions of their own.
"""

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from actmine.functions.catalog import by_name
from actmine.lab.scorer import REFERENCE
from actmine.number_text import loss

# Each rule with its sentence in a few words, for where one line is all there is.
PLAIN_MEAN, WORSE_FIT, CLOSER_FIT = "plain_mean", "worse_fit", "closer_fit"
BRIEFLY = {
    PLAIN_MEAN: "not better than {whom} by the {mean} of losses",
    WORSE_FIT: "it fits some families of tasks less well than ReLU inside the training range",
    CLOSER_FIT: "by a regression not better than ReLU where both fit equally well",
}
_ABOVE = ", above "  # what stands before those whom PLAIN_MEAN is about

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


def cautions(
    champion: str,
    *,
    beaten: Mapping[str, float],
    board: pd.DataFrame,
    families: pd.DataFrame,
    id_ratio: float | None,
    weighted: bool,
) -> dict[str, str]:
    """A sentence for each rule that applies, by its name; none where figures are missing.

    Args:
        champion: its candidate id.
        beaten: mean OOD losses of the functions that it is said to beat, by name; the board
            need not have them.
        board: a leaderboard, of which the champion's `mean_ood_loss` and `ood_at_matched_id`
            are read.
        families: a table of families that count (`further_tables.family_table`), of which
            `id_loss` of the champion and of ReLU is read.
        id_ratio: the champion's in-distribution loss over ReLU's, geometric mean over tasks.
        weighted: whether tasks count differently in mean OOD losses.
    """
    rows = {row["candidate_id"]: row for row in board.to_dict("records")}
    if champion not in rows:
        return {}
    mine, relu = _inside(families, champion), _inside(families, _RELU.candidate_id)
    kind = "weighted mean" if weighted else "plain mean"
    matched = rows[champion]["ood_at_matched_id"] if _RELU.name in beaten else 0.0
    told = {
        PLAIN_MEAN: _plain_mean(rows[champion]["mean_ood_loss"], beaten, kind=kind),
        WORSE_FIT: _worse_fit(mine, relu),
        CLOSER_FIT: _closer_fit(matched, id_ratio),
    }
    return {rule: sentence for rule, sentence in told.items() if sentence}


def briefly(told: Mapping[str, str]) -> list[str]:
    """The cautions in a few words each.

    Args:
        told: as `cautions` gives them; whom they are about is read from their sentences.
    """
    sentence = told.get(PLAIN_MEAN, "")
    whom = re.sub(r"'s \S+?(?=,| and |\.$)", "", sentence.rpartition(_ABOVE)[2])
    mean = "weighted mean" if "weighted mean" in sentence else "plain mean"
    return [
        words.format(whom=whom.removesuffix("."), mean=mean)
        for rule, words in BRIEFLY.items()
        if rule in told
    ]


def _inside(families: pd.DataFrame, candidate: str) -> dict[str, float]:
    """In-distribution losses of a function by family."""
    own = families[families["candidate_id"] == candidate]
    return dict(zip(own["family"], own["id_loss"], strict=True))


def _plain_mean(mine: float, means: Mapping[str, float], *, kind: str) -> str:
    above = [
        f"{name}'s {loss(mean)}"
        for name, mean in means.items()
        if mine > mean and loss(mine) != loss(mean)
    ]
    if not above:
        return ""
    return (
        f"Ratios are geometric means over tasks; the champion's {kind} OOD loss, which the "
        f"hardest tasks dominate, is {loss(mine)}{_ABOVE}{joined(above)}."
    )


def _worse_fit(mine: Mapping[str, float], relu: Mapping[str, float]) -> str:
    worse = [
        f"{loss(mine[family])} on {_WORDS[family]} (ReLU's {loss(relu[family])})"
        for family in mine
        if family in relu and mine[family] > max(BARELY, TIMES * relu[family])
    ]
    if not worse:
        return ""
    return (
        "Inside the training range the champion fits less well than ReLU: its loss there is "
        f"{joined(worse)}, for targets of variance 1."
    )


def _closer_fit(matched: float, id_ratio: float | None) -> str:
    closer = id_ratio is not None and id_ratio < 1
    if not closer or not matched > 1 or loss(matched) == loss(1.0):
        return ""
    return (
        "Where in-distribution losses are equal, the champion's OOD loss is "
        f"{loss(matched)} times ReLU's, by a regression over tasks: its closer fit "
        f"({loss(id_ratio)} times ReLU's in-distribution loss, geometric mean over tasks) may "
        "be all of its gain over ReLU."
    )


def joined(parts: Sequence[str]) -> str:
    """One or more parts of a sentence, as they are read out."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
