"""Draws a run's conclusions: the leaderboard, the champion, the paper's order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from actmine.evolution.reading import read_scorer
from actmine.functions.catalog import CATALOG, by_name
from actmine.lab.estimate import Array
from actmine.lab.fitness import Fitness, Losses, score
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE, Scorer, losses_of
from actmine.records.listed import Listed, Role
from actmine.records.status import Status
from actmine.settings.measurements import HELD_OUT, REMEASURED
from actmine.settings.sections import Settings
from actmine.validation.constant import read_constant_losses
from actmine.validation.finalists import champion, order_of_tests
from actmine.validation.further_tables import family_table
from actmine.validation.leaderboard import leaderboard, mean_loss
from actmine.validation.leaders import best_known, best_of
from actmine.validation.material import (
    ById,
    read_arm_scorers,
    read_known,
    read_measured,
    read_mined,
)
from actmine.validation.paired_comparison import Comparison, compare
from actmine.validation.paper_order import PaperOrder, paper_order


@dataclass(frozen=True, kw_only=True)
class Conclusions:
    """What follows from a run's measurements.

    Attributes:
        table: the leaderboard.
        champion: none if no mined function qualified.
        remeasured: the champion's fitness on fresh tasks of the search's kinds.
        order: the paper's order of four functions in this lab.
        best_known: the known function that is best on the search suite.
        versus: the champion on held-out tasks against ReLU, GELU and the best known function,
            by their name. Empty if there is no champion or it failed.
        means: mean OOD losses on held-out tasks of ReLU, GELU and the best known function, by
            their name; over tasks as they count, like the leaderboard's `mean_ood_loss`.
        id_ratio: the champion's in-distribution loss there over ReLU's, geometric mean over
            tasks; none where `versus` is empty.
        weighted: whether tasks count differently in these means.
        tested: ids of the finalists of all arms in the order of their tests, the champion
            first.
        families: the champion and ReLU on each family of held-out tasks that counts.
    """

    table: pd.DataFrame
    families: pd.DataFrame
    champion: Listed | None
    remeasured: Fitness | None
    order: PaperOrder
    best_known: Listed | None
    versus: Mapping[str, Comparison]
    means: Mapping[str, float]
    id_ratio: float | None
    weighted: bool
    tested: Sequence[str]

    @property
    def champion_document(self) -> dict[str, Any]:
        """The JSON form of the champion."""
        if self.champion is None or self.remeasured is None:
            return {"schema_version": 1, "candidate_id": None}
        return {
            "schema_version": 1,
            "candidate_id": self.champion.candidate_id,
            "name": self.champion.name,
            "source": self.champion.source,
            "search_fitness": self.champion.search_fitness,
            "remeasured_fitness": self.remeasured.value,
            "remeasured_fitness_se": self.remeasured.standard_error,
            "remeasured_fitness_freedom": self.remeasured.freedom,
        }


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
        remeasured: of all arms, on fresh tasks of the search's kinds.
        scorers: of that measurement, by arm.
    """
    best = {}
    for arm, listed in mined.items():
        fitness = scorers[arm].all_fitness(remeasured)
        chosen = champion(listed, fitness, allow_batch_coupled=allow_batch_coupled)
        if chosen is not None:
            best[arm] = chosen
    return best


def compared(chosen: Sequence[Listed | None], known: Listed | None) -> list[Listed]:
    """Whom further measurements are made of: champions, the best known, GELU and ReLU."""
    references = [by_name(name).listed for name in (SECOND_REFERENCE, REFERENCE)]
    named = [listed for listed in [*chosen, known, *references] if listed is not None]
    return list({listed.candidate_id: listed for listed in reversed(named)}.values())[::-1]


def read_compared(folder: Path, config: Settings) -> list[Listed]:
    """Every arm's champion and the first of all, the best known function, GELU and ReLU."""
    chosen = _read_chosen(folder, config)
    return compared([chosen.champion, *chosen.of_arms], best_known(folder, config))


@dataclass(frozen=True, kw_only=True)
class _Chosen:
    """What the fresh tasks decide, before anyone looks at the held-out ones.

    Attributes:
        mined: finalists and contrast of all arms.
        remeasured: fitness on the fresh tasks, by candidate id.
        champion: the best of all, and `of_arms` each arm's by its own target.
        tested: ids of the finalists in the order of their tests.
    """

    mined: Sequence[Listed]
    remeasured: Mapping[str, Fitness | None]
    champion: Listed | None
    of_arms: Sequence[Listed]
    tested: Sequence[str]


def _read_chosen(folder: Path, config: Settings) -> _Chosen:
    allow = config.gate.batch_coupled == "allow"
    by_arm = read_mined(folder, config)
    mined = list(chain.from_iterable(by_arm.values()))
    measured = read_measured(folder, config, REMEASURED)
    remeasured = read_scorer(folder, config, REMEASURED).all_fitness(measured)
    scorers = read_arm_scorers(folder, config, REMEASURED)
    of_arms = champions(by_arm, measured, scorers, allow_batch_coupled=allow).values()
    leading = [one.candidate_id for one in of_arms]
    return _Chosen(
        mined=mined,
        remeasured=remeasured,
        champion=champion(mined, remeasured, allow_batch_coupled=allow),
        of_arms=list(of_arms),
        tested=order_of_tests(mined, remeasured, of_arms=leading, allow_batch_coupled=allow),
    )


def read_conclusions(folder: Path, config: Settings) -> Conclusions:
    """Ranks everything on held-out tasks; the champion is chosen without looking at them."""
    chosen = _read_chosen(folder, config)
    best, known = chosen.champion, read_known(folder, config)
    scorer = read_scorer(folder, config, HELD_OUT)
    losses = _read_losses(folder, config)
    mine = losses.get(best.candidate_id) if best else None
    best_known = best_of(known, allow_batch_coupled=config.gate.batch_coupled == "allow")
    rival = losses.get(best_known.candidate_id) if best_known else None
    others = {"ReLU": scorer.relu, "GELU": scorer.gelu}
    if best_known is not None and rival is not None:
        others[best_known.name] = rival
    return Conclusions(
        table=_board(known, chosen, losses, rival=rival, scorer=scorer),
        families=_families(best, mine, scorer, read_constant_losses(folder)),
        champion=best,
        remeasured=chosen.remeasured[best.candidate_id] if best else None,
        order=_order(losses, scorer),
        best_known=best_known,
        versus=_versus(mine, others, scorer),
        means={name: mean_loss(other.ood, scorer.design) for name, other in others.items()},
        id_ratio=_id_ratio(mine, scorer),
        weighted=scorer.settings.weighted,
        tested=chosen.tested,
    )


def _read_losses(folder: Path, config: Settings) -> dict[str, Losses]:
    """What has losses on held-out tasks, by candidate id."""
    measured = read_measured(folder, config, HELD_OUT)
    return {
        name: losses_of(evaluation)
        for name, evaluation in measured.items()
        if evaluation.status is Status.SCORED
    }


def _board(
    known: Sequence[Listed],
    chosen: _Chosen,
    losses: Mapping[str, Losses],
    *,
    rival: Losses | None,
    scorer: Scorer,
) -> pd.DataFrame:
    """The leaderboard of all that has losses."""
    # What one arm drew for contrast may be another's finalist, and is one.
    by_role = sorted(chosen.mined, key=lambda listed: listed.role is Role.FINALIST)
    by_id = {listed.candidate_id: listed for listed in [*known, *by_role]}
    return leaderboard(
        [(listed, losses[name]) for name, listed in by_id.items() if name in losses],
        relu=scorer.relu,
        gelu=scorer.gelu,
        best=rival,
        tested=chosen.tested,
        settings=scorer.settings,
        design=scorer.design,
    )


def _order(losses: Mapping[str, Losses], scorer: Scorer) -> PaperOrder:
    keys = {entry.candidate.candidate_id: entry.key for entry in CATALOG}
    return paper_order(
        {keys[name]: table for name, table in losses.items() if name in keys},
        settings=scorer.settings,
        families=scorer.design.families,
    )


def _versus(
    mine: Losses | None, others: Mapping[str, Losses], scorer: Scorer
) -> dict[str, Comparison]:
    """The champion, if it has losses, against each of the others."""
    if mine is None:
        return {}
    epsilon, design = scorer.settings.epsilon, scorer.design
    return {
        name: compare(mine, other, epsilon=epsilon, design=design)
        for name, other in others.items()
    }


def _id_ratio(mine: Losses | None, scorer: Scorer) -> float | None:
    if mine is None:
        return None
    found = score(mine, scorer.relu, design=scorer.design, settings=scorer.settings)
    return found.id_ratio


def _families(
    best: Listed | None, mine: Losses | None, scorer: Scorer, constant: Array
) -> pd.DataFrame:
    """The table of families of ReLU and, where it has losses, of the champion."""
    relu = by_name(REFERENCE).listed
    losses, names = {relu.candidate_id: scorer.relu}, {relu.candidate_id: relu.name}
    if best is not None and mine is not None:
        losses[best.candidate_id], names[best.candidate_id] = mine, best.name
    design = scorer.design
    table = family_table(
        losses,
        names=names,
        relu=scorer.relu,
        families=design.families,
        constant=constant,
        epsilon=scorer.settings.epsilon,
    )
    counted = set(np.array(design.families)[design.counted])
    return table[table["family"].isin(counted)]
