"""Collects from a run's files what the card of its champion tells."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from actmine import code_hash, layout
from actmine.champion.card import Facts, Step
from actmine.champion.latex_formula import formula
from actmine.champion.module_text import interface
from actmine.evolution.ancestry import Ancestor, first_line, read_ancestors
from actmine.evolution.reading import read_evaluations, read_scorer
from actmine.files import read_json
from actmine.lab.fitness import Fitness
from actmine.lab.scorer import Scorer
from actmine.settings import frozen as run
from actmine.settings.measurements import SEARCH
from actmine.validation.leaderboard import read_leaderboard
from actmine.validation.statistics import Interval, t_interval


def collect(
    folder: Path, chosen: Mapping[str, Any], *, generations: int, cost: Mapping[str, Any]
) -> Facts:
    """The facts of one run's champion.

    Args:
        chosen: champion.json, of a run that has a champion.
        generations: of the search, for the command that repeats it.
        cost: as `cost.measure` gives it.
    """
    frozen = run.read(folder / layout.RUN_FILE)
    config = frozen.settings
    scorer = read_scorer(folder, config, SEARCH)
    steps = _steps(folder, chosen["candidate_id"], scorer)
    written = formula(chosen["source"])
    measured = [one.fitness for one in steps if one.fitness is not None]
    manifest = read_json(layout.manifest(folder, "held_out"))
    return Facts(
        frozen=frozen,
        version=code_hash.version(),
        generations=generations,
        champion=chosen,
        board=read_leaderboard(folder / "validation" / "leaderboard.csv"),
        searched=measured[0] if measured else None,
        remeasured=t_interval(
            chosen["remeasured_fitness"],
            chosen["remeasured_fitness_se"],
            tasks=scorer.counted,
        ),
        steps=steps,
        cost=cost,
        latex=written.latex(),
        no_formula=written.reason,
        coefficients=interface(chosen["source"])[1],
        tasks=len(manifest["tasks"]),
    )


def _steps(folder: Path, candidate: str, scorer: Scorer) -> list[Step]:
    line = first_line(candidate, read_ancestors(folder))
    return [Step(ancestor=one, fitness=_fitness(folder, one, scorer)) for one in line]


def _fitness(folder: Path, one: Ancestor, scorer: Scorer) -> Interval | None:
    """What the search measured of it in the slot where it first stood."""
    if one.generation is None or one.island is None:
        return None
    place = layout.island(folder, one.arm, one.generation, one.island)
    for evaluation in read_evaluations(layout.shards(place)):
        if evaluation.candidate_id == one.candidate_id:
            found = scorer.fitness(evaluation)
            return None if found is None else _interval(found, scorer)
    return None


def _interval(fitness: Fitness, scorer: Scorer) -> Interval:
    return t_interval(fitness.value, fitness.standard_error, tasks=scorer.counted)
