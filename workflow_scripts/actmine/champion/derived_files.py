"""The champion's files that follow from other files alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from actmine import layout
from actmine.champion.card import write_card, write_empty_card
from actmine.champion.card_facts import collect
from actmine.champion.module_text import champion_text, no_champion
from actmine.settings import frozen as run


def written(
    folder: Path, chosen: Mapping[str, Any], *, generations: int, cost: Mapping[str, Any]
) -> dict[str, str]:
    """Each file's text by its name.

    Args:
        folder: of the run.
        chosen: champion.json.
        generations: of the search.
        cost: as `cost.measure` gives it.
    """
    name = run.read_settings(folder / layout.RUN_FILE).run
    if chosen["candidate_id"] is None:
        return {
            "activation.py": no_champion(),
            "formula.tex": "% There is no champion.\n",
            "CARD.md": write_empty_card(name),
        }
    found = f"Candidate {chosen['candidate_id']} of the run {name}; its card is CARD.md."
    facts = collect(folder, chosen, generations=generations, cost=cost)
    return {
        "activation.py": champion_text(chosen["source"], title=chosen["name"], found=found),
        "formula.tex": facts.latex or f"% No single formula: {facts.no_formula}.\n",
        "CARD.md": write_card(facts),
    }
