"""Which known functions are measured on held-out tasks: not all, for the time it takes."""

from collections.abc import Sequence
from math import inf
from pathlib import Path

from actmine.functions.catalog import PAPER_ORDER, by_name, leader_count
from actmine.records.listed import Listed
from actmine.settings.sections import Settings
from actmine.validation.material import read_known


def read_leaders(folder: Path, config: Settings) -> list[Listed]:
    """Those that a comparison names, and the best on the search tasks, in catalog order."""
    settings = config.validation
    count = leader_count(settings.catalog, leaders=settings.leaders)
    return leaders(read_known(folder, config), count=count)


def leaders(known: Sequence[Listed], *, count: int) -> list[Listed]:
    """So many of the known functions: the paper's four, then the fittest.

    Args:
        known: with their fitness on the search tasks, where they were measured.
    """
    named = {by_name(key).candidate.candidate_id for key in PAPER_ORDER}

    def order(one: Listed) -> tuple[bool, float]:
        unfit = inf if one.search_fitness is None else -one.search_fitness
        return one.candidate_id not in named, unfit

    chosen = {one.candidate_id for one in sorted(known, key=order)[:count]}
    return [one for one in known if one.candidate_id in chosen]
