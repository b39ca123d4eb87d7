"""Adds up what a run used: CPU and GPU hours by stage, tokens and dollars by who proposed."""

from collections import Counter
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from actmine.files import read_json
from actmine.records.proposal import REMEASURE, Kind
from actmine.records.status import Status
from actmine.report.slots import Slots
from actmine.tables.job_usage import read_job_usage

_HOUR = 3600.0
_REFERENCES = "measure_reference"
_SEED = "seed"  # the mutator of known functions that a search begins with
_SEEDS = "gen_0000"  # holds these alone
_AND = "+"  # between the operators of one slot


def by_stage(run: Path) -> list[dict[Hashable, Any]]:
    """The stages by their jobs' time, from the files that Snakemake writes of each job.

    Returns: by `stage` the number of `jobs`; `wall_h`, hours that they took, one by one;
        `cpu_h`, CPU hours as Snakemake sampled them: it misses much of a job whose children
        end between two samples; `gpu_h`, hours on a GPU.
    """
    on_gpu = _gpu_tiers(run)
    jobs: list[tuple[str, int, float, float, float]] = []
    for path in sorted(run.rglob("*.tsv")):
        place = path.relative_to(run)
        used = read_job_usage(path)
        if used is not None:
            gpu = place.parts[0] == "transfer" and place.parts[1] in on_gpu
            wall, cpu = used.wall_s / _HOUR, used.cpu_s / _HOUR
            jobs.append((_stage(place), 1, wall, cpu, wall if gpu else 0.0))
    table = pd.DataFrame(jobs, columns=["stage", "jobs", "wall_h", "cpu_h", "gpu_h"])
    stages = table.groupby("stage", as_index=False).sum()
    return stages.sort_values("wall_h", ascending=False, kind="stable").to_dict("records")


def _stage(place: Path) -> str:
    first, name = place.parts[0], place.stem
    if first == "transfer":
        return "real data"
    if first == "external":
        return "tasks of others"
    trained = first != "benchmarks" and name not in ("propose", "select")
    if first == "catalog" or (trained and _SEEDS in place.parts):
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

    Known functions that a search begins with, and elites measured again, have no row. A
    candidate that took several edits, as in `term+gate`, counts in the row of each.

    Returns: a row has `candidates`, how many were tried, and `ended`, which counts them, and
        slots that nobody filled, by status.
    """
    mutators = mutators[~mutators["mutator"].isin([_SEED, REMEASURE])]
    keys = ["arm", "mutator", "operator"]
    counted = mutators.columns.difference(keys, sort=False)
    totals = _singly(mutators).groupby(keys)[list(counted)].sum()
    table = slots.table[slots.table["kind"] == Kind.NEW]
    groups = dict(iter(_singly(table).groupby(keys, sort=False)))
    rows: list[Mapping[str, Any]] = []
    for row in totals.reset_index().to_dict("records"):
        children = groups.get(tuple(row[key] for key in keys), slots.table.iloc[:0])
        best = children["fitness"].max()
        rows.append(
            {
                **{str(name): value for name, value in row.items()},
                "candidates": row["slots"] - row["skipped"],
                "ended": Counter(map(Status, children["status"])),
                "cpu_s": float(children["cpu_s"].sum()),
                "best": float(best) if pd.notna(best) else None,
            }
        )
    return rows


def _singly(table: pd.DataFrame) -> pd.DataFrame:
    """The rows with one operator each: a row of several becomes one for each of them."""
    parts = [list(dict.fromkeys(text.split(_AND))) for text in table["operator"]]
    return table.assign(operator=pd.Series(parts, index=table.index)).explode("operator")
