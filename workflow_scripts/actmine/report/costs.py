"""Adds up what a run used: CPU and GPU hours by stage, tokens and dollars by who proposed."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from actmine.files import read_json
from actmine.records.status import Status
from actmine.report.slots import Slots
from actmine.tables.job_usage import read_job_usage

_HOUR = 3600.0
_REFERENCES = "measure_reference"


@dataclass(frozen=True, kw_only=True)
class StageCost:
    """What one stage used.

    Attributes:
        wall_h: hours that its jobs took, one by one.
        cpu_h: CPU hours as Snakemake sampled them: it misses much of a job whose children
            end between two samples.
        gpu_h: hours on a GPU.
    """

    stage: str
    jobs: int
    wall_h: float
    cpu_h: float
    gpu_h: float


def by_stage(run: Path) -> tuple[StageCost, ...]:
    """The stages by their jobs' time, from the files that Snakemake writes of each job."""
    jobs: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    on_gpu = _gpu_tiers(run)
    for path in sorted(run.rglob("*.tsv")):
        place = path.relative_to(run)
        used = read_job_usage(path)
        if used is not None:
            gpu = place.parts[0] == "transfer" and place.parts[1] in on_gpu
            jobs[_stage(place)].append((used.wall_s, used.cpu_s, used.wall_s if gpu else 0.0))
    costs = (
        StageCost(
            stage=stage,
            jobs=len(found),
            wall_h=sum(wall for wall, _, _ in found) / _HOUR,
            cpu_h=sum(cpu for _, cpu, _ in found) / _HOUR,
            gpu_h=sum(gpu for _, _, gpu in found) / _HOUR,
        )
        for stage, found in jobs.items()
    )
    return tuple(sorted(costs, key=lambda one: (-one.wall_h, one.stage)))


def _stage(place: Path) -> str:
    first, name = place.parts[0], place.stem
    if first == "transfer":
        return "real data"
    if first == "catalog":
        return "training the known functions"
    if "validation" in place.parts:
        return "training the finalists"
    if name in ("propose", "select"):
        return {"propose": "proposing", "select": "selecting"}[name]
    if first != "benchmarks":
        return "training the candidates"
    return "training the references" if name.startswith(_REFERENCES) else "all else"


def _gpu_tiers(run: Path) -> set[str]:
    settings = run.glob("transfer/*/settings.json")
    return {path.parent.name for path in settings if read_json(path).get("device") == "cuda"}


def by_proposer(mutators: pd.DataFrame, slots: Slots) -> list[Mapping[str, Any]]:
    """The rows of the table of mutators, with their children's CPU seconds, statuses and best.

    Returns: a row has `ended`, which counts the slots by status.
    """
    keys = ["arm", "mutator", "operator"]
    groups = dict(iter(slots.table.groupby(keys, sort=False)))
    rows: list[Mapping[str, Any]] = []
    for row in mutators.to_dict("records"):
        children = groups.get(tuple(row[key] for key in keys), slots.table.iloc[:0])
        best = children["fitness"].max()
        rows.append(
            {
                **{str(name): value for name, value in row.items()},
                "ended": Counter(map(Status, children["status"])),
                "cpu_s": float(children["cpu_s"].sum()),
                "best": float(best) if pd.notna(best) else None,
            }
        )
    return rows
