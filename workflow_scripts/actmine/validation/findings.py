"""Draws a run's conclusions: the leaderboard, the champion, the paper's order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from actmine.functions.catalog import CATALOG, by_name
from actmine.lab.fitness import Fitness, Losses
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE, Scorer, losses_of
from actmine.records.candidate import Coupling
from actmine.records.listed import Listed, Role
from actmine.records.rows import to_row
from actmine.records.status import Status
from actmine.validation.finalists import champion
from actmine.validation.leaderboard import Measured, leaderboard
from actmine.validation.material import ById
from actmine.validation.paired_comparison import Comparison, compare
from actmine.validation.paper_order import PaperOrder, paper_order
from actmine.validation.statistics import detectable

POWER = 0.8  # with which an effect is said to be found [ours]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a run found.

    Attributes:
        table: the leaderboard.
        champion: none if no mined function qualified.
        remeasured: the champion's fitness on the search suite with fresh replicates.
        order: the paper's order of four functions in this lab.
        best_known: the known function that is best on the search suite.
        versus: the champion on held-out tasks against others, by their name; p values are
            not corrected. Empty if there is no champion or it failed.
    """

    table: pd.DataFrame
    champion: Listed | None
    remeasured: Fitness | None
    order: PaperOrder
    best_known: Listed | None
    versus: Mapping[str, Comparison]

    @property
    def finalists(self) -> int:
        """How many finalists were measured: the number of tests of one kind."""
        return int((self.table["role"] == Role.FINALIST.value).sum())


def champions(
    mined: Mapping[str, Sequence[Listed]],
    remeasured: ById,
    scorers: Mapping[str, Scorer],
    *,
    allow_batch_coupled: bool = False,
) -> dict[str, Listed]:
    """Each arm's champion by its own target; arms without one are left out.

    Args:
        mined: finalists and contrast by arm.
        remeasured: of all arms, on the search suite with fresh replicates.
        scorers: of that measurement, by arm.
    """
    found = {}
    for arm, listed in mined.items():
        again = {name: scorers[arm].fitness(one) for name, one in remeasured.items()}
        best = champion(listed, again, allow_batch_coupled=allow_batch_coupled)
        if best is not None:
            found[arm] = best
    return found


def best_of(known: Sequence[Listed], *, allow_batch_coupled: bool = False) -> Listed | None:
    """The known function, the paper's included, that is best on the search suite.

    Chosen there, its held-out loss is as honest as the champion's. None if none was
    measured.
    """
    measured = [
        (-one.search_fitness, one.candidate_id, one)
        for one in known
        if one.search_fitness is not None
        and (allow_batch_coupled or one.coupling is not Coupling.BATCH)
    ]
    return min(measured, key=lambda entry: entry[:2])[2] if measured else None


def compared(chosen: Sequence[Listed | None], known: Listed | None) -> list[Listed]:
    """Whom further measurements are made of: champions, the best known, GELU and ReLU."""
    references = [by_name(name).listed for name in (SECOND_REFERENCE, REFERENCE)]
    listed = [one for one in [*chosen, known, *references] if one is not None]
    return list({one.candidate_id: one for one in reversed(listed)}.values())[::-1]


def conclude(
    mined: Sequence[Listed],
    known: Sequence[Listed],
    *,
    remeasured: ById,
    held_out: ById,
    remeasured_scorer: Scorer,
    held_out_scorer: Scorer,
    allow_batch_coupled: bool = False,
) -> Findings:
    """Ranks everything on held-out tasks; the champion is chosen without looking at them.

    Args:
        mined: finalists and contrast of all arms.
        known: the catalog, with its fitness on the search suite.
        remeasured: the finalists on the search suite with fresh replicates.
        held_out: finalists and catalog on the held-out suite.
        remeasured_scorer, held_out_scorer: of these two measurements.
    """
    again = {name: remeasured_scorer.fitness(one) for name, one in remeasured.items()}
    best = champion(mined, again, allow_batch_coupled=allow_batch_coupled)
    losses = {
        name: losses_of(one) for name, one in held_out.items() if one.status is Status.SCORED
    }
    best_known = best_of(known, allow_batch_coupled=allow_batch_coupled)
    rival = losses.get(best_known.candidate_id) if best_known else None
    # What one arm drew for contrast may be another's finalist, and is one.
    by_role = sorted(mined, key=lambda one: one.role is Role.FINALIST)
    keys = {entry.candidate.candidate_id: entry.key for entry in CATALOG}
    others = {"GELU": held_out_scorer.gelu}
    if best_known is not None and rival is not None:
        others[best_known.name] = rival
    return Findings(
        table=_table([*known, *by_role], losses, best=rival, scorer=held_out_scorer),
        champion=best,
        remeasured=again[best.candidate_id] if best else None,
        order=paper_order(
            {keys[name]: one for name, one in losses.items() if name in keys},
            settings=held_out_scorer.settings,
        ),
        best_known=best_known,
        versus=_versus(best, others, losses, scorer=held_out_scorer),
    )


def _versus(
    best: Listed | None,
    others: Mapping[str, Losses],
    losses: Mapping[str, Losses],
    *,
    scorer: Scorer,
) -> dict[str, Comparison]:
    """The champion against others; nothing if there is none or it failed."""
    if best is None or best.candidate_id not in losses:
        return {}
    epsilon, weights = scorer.settings.epsilon, scorer.weights
    mine = losses[best.candidate_id]
    return {
        name: compare(mine, other, epsilon=epsilon, weights=weights)
        for name, other in others.items()
    }


def _table(
    listed: Sequence[Listed],
    losses: Mapping[str, Losses],
    *,
    best: Losses | None,
    scorer: Scorer,
) -> pd.DataFrame:
    """The leaderboard of those that have losses; of two entries of an id the later holds."""
    return leaderboard(
        [
            Measured(
                candidate_id=name,
                name=one.name,
                origin=one.origin,
                coupling=one.coupling or Coupling.POINTWISE,
                flops=one.flops or 0.0,
                search_fitness=one.search_fitness,
                role=one.role,
                losses=losses[name],
            )
            for name, one in {one.candidate_id: one for one in listed}.items()
            if name in losses
        ],
        relu=scorer.relu,
        gelu=scorer.gelu,
        best=best,
        settings=scorer.settings,
        weights=scorer.weights,
    )


def answer(found: Findings) -> list[str]:
    """The result of a run in a few sentences."""
    lines = []
    rows = found.table.set_index("candidate_id")
    if found.champion is None:
        lines.append("No mined function qualified as champion.")
    elif found.champion.candidate_id not in rows.index:
        lines.append(f"The champion {found.champion.name} failed on the held-out tasks.")
    else:
        row = rows.loc[found.champion.candidate_id]
        known = rows[(rows["origin"] == "catalog") & (rows["coupling"] != Coupling.BATCH)]
        lines.append(
            f"Champion {row['name']}: held-out fitness {row['held_out_fitness']:+.3f} "
            f"(95% {row['ci_low']:+.3f} to {row['ci_high']:+.3f}), out-of-distribution loss "
            f"{row['ratio_relu']:.2f} times ReLU's and {row['ratio_gelu']:.2f} times GELU's."
        )
        best = known.iloc[0]
        lines.append(
            f"Best known function {best['name']}: {best['held_out_fitness']:+.3f} "
            f"({best['ci_low']:+.3f} to {best['ci_high']:+.3f})."
        )
        lines += verdicts(found)
    return lines


def verdicts(found: Findings) -> list[str]:
    """Whether the champion differs from GELU and from the best known function."""
    if found.champion is None or not found.versus:
        return []
    row = found.table.set_index("candidate_id").loc[found.champion.candidate_id]
    rival = found.best_known.name if found.best_known else ""
    lines = []
    for name, one in found.versus.items():
        p = row["p_best_holm" if name == rival else "p_gelu_holm"]
        shown = f"it is {'better' if one.ratio < 1 else 'worse'}"
        known = ", the best known function on the search tasks" if name == rival else ""
        lines.append(
            f"Against {name}{known}: {one.ratio:.3f} times its out-of-distribution loss (95% "
            f"{one.low:.3f} to {one.high:.3f}), better on {one.won:.0%} of {one.tasks} tasks; "
            f"p {p:.2g} after Holm's correction over {_counted(found.finalists)}: "
            f"{shown if p < 0.05 else 'no difference is shown'}. {_power(one)}"
        )
    return lines


def comparison_document(found: Findings) -> dict[str, object]:
    """The JSON form of what the leaderboard's columns rest on, with the verdicts in words."""
    best = found.best_known
    return {
        "schema_version": 1,
        "confidence": 0.95,
        "finalists": found.finalists,
        "best_known": None
        if best is None
        else {
            "candidate_id": best.candidate_id,
            "name": best.name,
            "search_fitness": best.search_fitness,
        },
        "champion": None if found.champion is None else found.champion.candidate_id,
        "versus": {
            name: {**to_row(one), "detectable_ratio": detectable_ratio(one)}
            for name, one in found.versus.items()
        },
        "power": POWER,
        "sentences": answer(found),
    }


def detectable_ratio(one: Comparison, *, power: float = POWER) -> float:
    """The ratio of losses, below 1, that a test on so many tasks finds with this power."""
    return float(np.exp(-detectable(one.sd, tasks=one.tasks, power=power)))


def _counted(finalists: int) -> str:
    return f"{finalists} finalist" if finalists == 1 else f"{finalists} finalists"


def _power(one: Comparison) -> str:
    return (
        f"A true ratio of {detectable_ratio(one):.3f} would be found with {POWER:.0%} power "
        "by one such test."
    )
