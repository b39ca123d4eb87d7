"""Draws a run's conclusions from its files: for the stage that writes them, and the audit."""

from pathlib import Path
from typing import Any

from actmine import layout
from actmine.config import Config
from actmine.lab.measurements import HELD_OUT, REMEASURED, SEARCH
from actmine.reading import read_evaluations, read_judge, read_listed
from actmine.validation.findings import Findings, by_id, conclude, with_search_fitness


def read_conclusions(folder: Path, config: Config) -> Findings:
    """What the finalists' and the catalog's measurements say."""
    arms = list(config["arms"])

    def measured(name: str) -> list[Path]:
        folders = [layout.catalog_measured(folder, name)]
        folders += [layout.finalists_measured(folder, arm, name) for arm in arms]
        return [shard for one in folders for shard in layout.shards(one)]

    known = with_search_fitness(
        read_listed(layout.catalog(folder)),
        by_id(read_evaluations(measured(SEARCH))),
        read_judge(folder, config, SEARCH),
    )
    return conclude(
        [one for arm in arms for one in read_listed(layout.finalists(folder, arm))],
        known,
        remeasured=by_id(read_evaluations(measured(REMEASURED))),
        held_out=by_id(read_evaluations(measured(HELD_OUT))),
        remeasured_judge=read_judge(folder, config, REMEASURED),
        held_out_judge=read_judge(folder, config, HELD_OUT),
        allow_batch_coupled=config["gate"]["batch_coupled"] == "allow",
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
