"""Tells a search in the page's terms: its islands, its elites, and what it turned away."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from actmine.champion.curves import sample
from actmine.evolution.population import Elite, Population, rank
from actmine.files import read_jsonl
from actmine.records.rows import read_record
from actmine.records.status import Status
from actmine.report.content import IslandHistory, Refused, Shape
from actmine.report.slots import Slots
from actmine.sandbox.host import Sandbox
from actmine.settings.sections import Settings

GALLERY = 24  # elites drawn
REFUSALS = 12  # kinds of reason shown


def islands(folder: Path, table: pd.DataFrame) -> tuple[IslandHistory, ...]:
    """Every island's best, median and scored candidates over its generations."""
    generations = pd.read_parquet(folder / "tables" / "generations.parquet")
    scored = table[table["fitness"].notna()]
    points = dict(iter(scored.groupby(["arm", "island"])))
    return tuple(
        IslandHistory(
            label=f"{arm}, island {island}",
            generations=rows["generation"].to_numpy(int),
            best=rows["best_fitness"].to_numpy(float),
            median=rows["median_fitness"].to_numpy(float),
            points=points[arm, island][["generation", "fitness"]].to_numpy(float)
            if (arm, island) in points
            else np.empty((0, 2)),
            ids=tuple(points[arm, island]["candidate_id"]) if (arm, island) in points else (),
        )
        for (arm, island), rows in generations.groupby(["arm", "island"], sort=False)
    )


def gallery(
    folder: Path, config: Settings, generations: int, sandbox: Sandbox
) -> tuple[Shape, ...]:
    """The elites of every island's last generation, best first, each once."""
    elites: dict[str, Elite] = {}
    for arm in config.arms:
        for place in sorted((folder / arm / f"gen_{generations:04d}").glob("island_*")):
            population = read_record(place / "population.json", Population)
            elites |= {elite.candidate_id: elite for elite in population.elites}
    shapes = []
    for elite in sorted(elites.values(), key=rank)[:GALLERY]:
        curve = sample(elite.name, elite.source, sandbox=sandbox)
        if curve is not None:
            shapes.append(
                Shape(
                    candidate_id=elite.candidate_id,
                    name=elite.name,
                    fitness=elite.fitness,
                    grid=curve.grid,
                    y=curve.y,
                )
            )
    return tuple(shapes)


def status_counts(table: pd.DataFrame) -> dict[int, Counter[Status]]:
    """How many slots ended in which status, by generation."""
    counts: dict[int, Counter[Status]] = defaultdict(Counter)
    sizes = table.groupby(["generation", "status"]).size().reset_index(name="count")
    for row in sizes.to_dict("records"):
        counts[int(row["generation"])][Status(row["status"])] = int(row["count"])
    return counts


def refusals(slots: Slots) -> tuple[Refused, ...]:
    """Reasons by frequency; status and first words of a reason make its kind."""
    kinds: dict[tuple[str, str], list[Mapping[Any, Any]]] = defaultdict(list)
    told = slots.table[slots.table["reason"].fillna("") != ""]
    for row in told.to_dict("records"):
        kinds[row["status"], " ".join(str(row["reason"]).split()[:4])].append(row)
    ranked = sorted(kinds.values(), key=lambda met: (-len(met), str(met[0]["reason"])))
    return tuple(
        Refused(
            reason=str(met[0]["reason"]),
            status=Status(met[0]["status"]),
            count=len(met),
            name=str(met[0]["name"]),
            source=slots.sources.get(met[0]["candidate_id"], ""),
        )
        for met in ranked[:REFUSALS]
    )


def isolation(folder: Path) -> Mapping[str, str]:
    """The layers under which candidates ran; several states of one layer are all told."""
    states: dict[str, dict[str, None]] = defaultdict(dict)
    for path in sorted(folder.glob("*/gen_*/island_*/shard_*/evaluations.jsonl")):
        for row in read_jsonl(path):
            for layer, state in row["layers"].items():
                states[layer][state] = None
    return {layer: "; ".join(found) for layer, found in sorted(states.items())}
