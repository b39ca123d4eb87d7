"""Draws a run's conclusions from its files: for the stage that writes them, and the audit."""

from pathlib import Path
from typing import Any

from actmine.evolution.reading import read_scorer
from actmine.settings.measurements import HELD_OUT, REMEASURED
from actmine.settings.sections import Settings
from actmine.validation.findings import Findings, conclude
from actmine.validation.material import read_known, read_measured, read_mined


def read_conclusions(folder: Path, config: Settings) -> Findings:
    """What the finalists' and the catalog's measurements say."""
    mined = read_mined(folder, config)
    return conclude(
        [one for listed in mined.values() for one in listed],
        read_known(folder, config),
        remeasured=read_measured(folder, config, REMEASURED),
        held_out=read_measured(folder, config, HELD_OUT),
        remeasured_scorer=read_scorer(folder, config, REMEASURED),
        held_out_scorer=read_scorer(folder, config, HELD_OUT),
        allow_batch_coupled=config.gate.batch_coupled == "allow",
    )


def champion_row(found: Findings) -> dict[str, Any]:
    """The JSON form of the champion."""
    if found.champion is None or found.remeasured is None:
        return {"schema_version": 1, "candidate_id": None}
    return {
        "schema_version": 1,
        "candidate_id": found.champion.candidate_id,
        "name": found.champion.name,
        "source": found.champion.source,
        "search_fitness": found.champion.search_fitness,
        "remeasured_fitness": found.remeasured.value,
        "remeasured_fitness_se": found.remeasured.standard_error,
    }
