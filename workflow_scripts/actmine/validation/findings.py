"""Draws a run's conclusions: the leaderboard, the champion, the paper's order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from actmine.candidate import Coupling, Status
from actmine.catalog import CATALOG
from actmine.evaluation import Evaluation
from actmine.fitness import Fitness
from actmine.lab.judge import Judge, losses_of
from actmine.listing import Listed
from actmine.validation.finalists import champion
from actmine.validation.leaderboard import Measured, leaderboard
from actmine.validation.paper_order import PaperOrder, paper_order

ById = Mapping[str, Evaluation]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a run found.

    Attributes:
        table: the leaderboard.
        champion: none if no mined function qualified.
        remeasured: the champion's fitness on the search suite with fresh replicates.
        order: the paper's order of four functions in this lab.
    """

    table: pd.DataFrame
    champion: Listed | None
    remeasured: Fitness | None
    order: PaperOrder


def by_id(evaluations: Sequence[Evaluation]) -> dict[str, Evaluation]:
    """Evaluations of one measurement by candidate; equal sources have equal losses."""
    return {one.candidate_id: one for one in evaluations}


def conclude(
    mined: Sequence[Listed],
    known: Sequence[Listed],
    *,
    remeasured: ById,
    held_out: ById,
    remeasured_judge: Judge,
    held_out_judge: Judge,
    allow_batch_coupled: bool = False,
) -> Findings:
    """Ranks everything on held-out tasks; the champion is chosen without looking at them.

    Args:
        mined: the finalists of all arms.
        known: the catalog, with its fitness on the search suite.
        remeasured: the finalists on the search suite with fresh replicates.
        held_out: finalists and catalog on the held-out suite.
        remeasured_judge, held_out_judge: of these two measurements.
    """
    again = {name: remeasured_judge.fitness(one) for name, one in remeasured.items()}
    best = champion(mined, again, allow_batch_coupled=allow_batch_coupled)
    losses = {
        name: losses_of(one) for name, one in held_out.items() if one.status is Status.SCORED
    }
    listed = {one.candidate_id: one for one in [*known, *mined]}
    table = leaderboard(
        [
            Measured(
                candidate_id=name,
                name=one.name,
                origin=one.origin,
                coupling=one.coupling or Coupling.POINTWISE,
                flops=one.flops or 0.0,
                search_fitness=one.search_fitness,
                losses=losses[name],
            )
            for name, one in listed.items()
            if name in losses
        ],
        relu=held_out_judge.relu,
        gelu=held_out_judge.gelu,
        settings=held_out_judge.settings,
        weights=held_out_judge.weights,
    )
    keys = {entry.candidate.candidate_id: entry.key for entry in CATALOG}
    order = paper_order(
        {keys[name]: one for name, one in losses.items() if name in keys},
        settings=held_out_judge.settings,
    )
    return Findings(
        table=table,
        champion=best,
        remeasured=again[best.candidate_id] if best else None,
        order=order,
    )


def with_search_fitness(known: Sequence[Listed], search: ById, judge: Judge) -> list[Listed]:
    """The catalog with its fitness on the search suite, where it was measured."""
    fitness = {name: judge.fitness(one) for name, one in search.items()}
    return [
        replace(one, search_fitness=found.value)
        if (found := fitness.get(one.candidate_id)) is not None
        else one
        for one in known
    ]


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
    return lines
