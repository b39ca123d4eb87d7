"""Writes the champion's files that follow from other files alone: module, formula, card."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from actmine import code_hash, layout
from actmine.champion.card import Facts, write_card, write_empty_card
from actmine.champion.latex_formula import formula
from actmine.champion.module_text import NO_CHAMPION, champion_text, interface
from actmine.evolution.ancestry import Ancestor, first_line, read_ancestors
from actmine.evolution.reading import read_evaluations, read_scorer
from actmine.files import read_json
from actmine.lab.estimate import Estimate
from actmine.lab.scorer import Scorer
from actmine.settings import frozen as run
from actmine.settings.measurements import HELD_OUT, SEARCH
from actmine.validation.cautions import cautions_of
from actmine.validation.leaderboard_rows import read_leaderboard_rows
from actmine.validation.statistics import Interval, t_interval


def written(
    folder: Path, chosen: Mapping[str, Any], *, generations: int, cost: Mapping[str, Any]
) -> dict[str, str]:
    """Each file's text by its name.

    Args:
        folder: of the run.
        chosen: champion.json.
        generations: of the search, for the command that repeats it.
        cost: as `cost.measure` gives it.
    """
    frozen = run.read(folder / layout.RUN_FILE)
    name = frozen.settings.run
    if chosen["candidate_id"] is None:
        return {
            "activation.py": NO_CHAMPION,
            "formula.tex": "% There is no champion.\n",
            "CARD.md": write_empty_card(name),
        }
    facts = _facts(folder, chosen, frozen=frozen, generations=generations, cost=cost)
    origin = f"Candidate {chosen['candidate_id']} of the run {name}; its card is CARD.md."
    return {
        "activation.py": champion_text(chosen["source"], title=chosen["name"], origin=origin),
        "formula.tex": facts.latex or f"% No single formula: {facts.no_formula}.\n",
        "CARD.md": write_card(facts),
    }


def _facts(
    folder: Path,
    chosen: Mapping[str, Any],
    *,
    frozen: run.Frozen,
    generations: int,
    cost: Mapping[str, Any],
) -> Facts:
    """What the card tells of a champion."""
    scorer = read_scorer(folder, frozen.settings, SEARCH)
    line = first_line(chosen["candidate_id"], read_ancestors(folder))
    formula_text = formula(chosen["source"])
    comparison = read_json(folder / "validation" / "comparison.json")
    best = comparison["best_known"]
    return Facts(
        frozen=frozen,
        version=code_hash.version(),
        generations=generations,
        champion=chosen,
        board=read_leaderboard_rows(folder / "validation" / "leaderboard.csv"),
        remeasured=t_interval(
            Estimate(
                value=chosen["remeasured_fitness"],
                standard_error=chosen["remeasured_fitness_se"],
                freedom=chosen["remeasured_fitness_freedom"],
            )
        ),
        steps=[(ancestor, _fitness(folder, ancestor, scorer)) for ancestor in line],
        cost=cost,
        latex=formula_text.latex(),
        no_formula=formula_text.reason,
        coefficients=interface(chosen["source"])[1],
        tasks=len(read_json(layout.manifest(folder, HELD_OUT))["tasks"]),
        best_known=best["name"] if best else "",
        cautions=[one.sentence for one in cautions_of(comparison).values()],
    )


def _fitness(folder: Path, ancestor: Ancestor, scorer: Scorer) -> Interval | None:
    """What the search measured of it in the slot where it first stood.

    None where nothing was, or where one task counts, which gives no interval.
    """
    if ancestor.generation is None or ancestor.island is None:
        return None
    place = layout.island(folder, ancestor.arm, ancestor.generation, ancestor.island)
    for evaluation in read_evaluations(layout.shards(place)):
        if evaluation.candidate_id == ancestor.candidate_id:
            fitness = scorer.fitness(evaluation)
            return t_interval(fitness) if fitness and fitness.freedom else None
    return None
