"""Reads what a validated run found: its champion, and the best known function."""

from dataclasses import dataclass, replace
from pathlib import Path

from actmine import layout
from actmine.evolution.reading import read_listed
from actmine.files import read_json
from actmine.records.listed import Listed
from actmine.settings.configuration import ConfigError
from actmine.settings.frozen import read_settings
from actmine.settings.sections import Settings


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a run found.

    Attributes:
        settings: of the run, as they were frozen, in the folder that it stands in.
        champion: none if no mined function qualified.
        best_known: the known function that is best on the run's search tasks.
    """

    settings: Settings
    champion: Listed | None
    best_known: Listed | None


def read_findings(folder: Path) -> Findings:
    """What a validated run found.

    Raises:
        ConfigError: it is not validated yet, or its files contradict each other.
    """
    settings = read_settings(folder / layout.RUN_FILE)
    told = folder / "validation" / "comparison.json"
    if not told.exists():
        raise ConfigError(f"{folder}: not validated yet; run `snakemake` for it first")
    document = read_json(told)
    listed = [layout.catalog(folder), *(layout.finalists(folder, arm) for arm in settings.arms)]
    by_id = {one.candidate_id: one for path in listed for one in read_listed(path)}

    def named(candidate_id: str | None) -> Listed | None:
        if candidate_id is None:
            return None
        if candidate_id in by_id:
            return by_id[candidate_id]
        raise ConfigError(
            f"{told}: names {candidate_id}, which no list of the run holds; "
            f"`actmine audit {folder}` tells what is damaged"
        )

    best = document["best_known"]
    return Findings(
        settings=replace(settings, results=str(folder.parent), run=folder.name),
        champion=named(document["champion"]),
        best_known=named(best["candidate_id"] if best else None),
    )
