"""Reads what conclusions are drawn from: who is validated, and what was measured of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from actmine import layout
from actmine.evolution.reading import read_evaluations, read_listed, read_scorer
from actmine.lab.scorer import Scorer
from actmine.records.evaluation import Evaluation
from actmine.records.listed import Listed
from actmine.settings.configuration import arm_settings
from actmine.settings.measurements import SEARCH
from actmine.settings.sections import Settings

ById = Mapping[str, Evaluation]


def by_id(evaluations: Sequence[Evaluation]) -> dict[str, Evaluation]:
    """Evaluations of one measurement by candidate; equal sources have equal losses."""
    return {evaluation.candidate_id: evaluation for evaluation in evaluations}


def read_measured(folder: Path, config: Settings, measurement: str) -> dict[str, Evaluation]:
    """What was measured of the catalog and of every arm's finalists and contrast."""
    places = [layout.catalog_measured(folder, measurement)]
    places += [layout.finalists_measured(folder, arm, measurement) for arm in config.arms]
    return by_id(read_evaluations(shard for place in places for shard in layout.shards(place)))


def read_known(folder: Path, config: Settings) -> list[Listed]:
    """The catalog with its fitness on the search suite, where it was measured."""
    shards = layout.shards(layout.catalog_measured(folder, SEARCH))
    return rescored(
        read_listed(layout.catalog(folder)),
        by_id(read_evaluations(shards)),
        read_scorer(folder, config, SEARCH),
    )


def read_mined(folder: Path, config: Settings) -> dict[str, list[Listed]]:
    """Every arm's finalists and contrast.

    An arm may be paid for something else than the run is. Its functions then have the search
    fitness that the run's own target gives them, so that one table compares like with like.
    """
    mined = {}
    for arm in config.arms:
        listed = read_listed(layout.finalists(folder, arm))
        if arm_settings(config, arm).fitness != config.fitness:
            searched = read_evaluations(layout.search_shards(folder, arm))
            own = [measured for measured in searched if measured.slot is not None]
            scorer = read_scorer(folder, config, SEARCH).with_reference(
                measured for measured in searched if measured.slot is None
            )
            # The first measurement of one that was measured again.
            listed = rescored(listed, by_id(own[::-1]), scorer)
        mined[arm] = listed
    return mined


def read_arm_scorers(folder: Path, config: Settings, measurement: str) -> dict[str, Scorer]:
    """Every arm's scorer: what its own target makes of a measurement."""
    return {
        arm: read_scorer(folder, arm_settings(config, arm), measurement) for arm in config.arms
    }


def rescored(listed: Sequence[Listed], search: ById, scorer: Scorer) -> list[Listed]:
    """The functions with the fitness that a scorer gives them, where they were measured."""
    fitness = scorer.all_fitness(search)
    return [
        replace(function, search_fitness=new.value)
        if (new := fitness.get(function.found_as or function.candidate_id)) is not None
        else function
        for function in listed
    ]
