"""Reads a population with all that its island remembers.

An island remembers thousands of fingerprints. Told again in the file of every generation they
would outweigh all else that a run writes; so each file holds those first seen in it, and the
history is put together from as many earlier generations as it takes. [ours]
"""

from pathlib import Path

from actmine import layout
from actmine.evolution.population import HISTORY, Population, from_json
from actmine.files import read_json


def read_population(path: Path) -> Population:
    """An island's population with its history.

    Snakemake is told of the last file alone: each follows from the one before it, so the
    earlier ones exist, and when one changes all later ones are made anew.

    Args:
        path: a population.json where `layout.island` puts it.

    Raises:
        FileNotFoundError: an earlier generation's file is gone.
    """
    value = read_json(path)
    arm, own = path.parents[2], value["first_seen"]
    earlier: list[list[str]] = []
    missing = HISTORY - len(own)
    generation = value["generation"]
    while generation > 0 and missing > 0:
        generation -= 1
        folder = layout.island(arm.parent, arm.name, generation, value["island"])
        seen = read_json(folder / "population.json")["first_seen"]
        earlier.append(seen)
        missing -= len(seen)
    before = [fingerprint for seen in reversed(earlier) for fingerprint in seen]
    return from_json(value, before=before)
