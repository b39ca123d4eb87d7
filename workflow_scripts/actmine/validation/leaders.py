"""Which known functions are measured on held-out tasks: not all, for the time it takes."""

from collections.abc import Collection, Sequence
from math import inf
from pathlib import Path

from actmine.functions.catalog import PAPER_ORDER, by_name, leader_count
from actmine.records.candidate import Coupling
from actmine.records.listed import Listed
from actmine.settings.arms import leaders_asked, paid_otherwise
from actmine.settings.sections import Settings
from actmine.validation.material import read_known


def read_leaders(folder: Path, config: Settings) -> list[Listed]:
    """Those that a comparison names, and the best on the search tasks, in catalog order.

    The best known function is named itself: batch-coupled functions may stand in front of it,
    and then few leaders would leave it out. An arm that is paid for something else than the
    run is compared with what is best by its own target.
    """
    count = leader_count(config.validation.catalog, leaders=leaders_asked(config))
    best = [best_known(folder, own) for own in (config, *paid_otherwise(config))]
    named = [by_name(key).listed for key in PAPER_ORDER]
    named += [one for one in best if one is not None]
    return leaders(
        read_known(folder, config), named={one.candidate_id for one in named}, count=count
    )


def best_known(folder: Path, config: Settings) -> Listed | None:
    """The known function with which what these settings are paid for is compared."""
    allow = config.gate.batch_coupled == "allow"
    return best_of(read_known(folder, config), allow_batch_coupled=allow)


def best_of(known: Sequence[Listed], *, allow_batch_coupled: bool = False) -> Listed | None:
    """The known function, the paper's included, that is best on the search suite.

    Chosen there, its held-out loss is as honest as the champion's. None if none was
    measured.
    """
    measured = {
        listed: listed.search_fitness
        for listed in known
        if listed.search_fitness is not None
        and (allow_batch_coupled or listed.coupling is not Coupling.BATCH)
    }
    return min(measured, key=lambda one: (-measured[one], one.candidate_id), default=None)


def leaders(known: Sequence[Listed], *, named: Collection[str], count: int) -> list[Listed]:
    """So many of the known functions: those that are named, then the fittest.

    Args:
        known: with their fitness on the search tasks, where they were measured.
        named: ids.
    """

    def order(one: Listed) -> tuple[bool, float]:
        unfit = inf if one.search_fitness is None else -one.search_fitness
        return one.candidate_id not in named, unfit

    chosen = {one.candidate_id for one in sorted(known, key=order)[:count]}
    return [one for one in known if one.candidate_id in chosen]
