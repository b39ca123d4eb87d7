"""Reads a run's search for its page: slots, islands, elites, and why slots came to nothing.

A large run has tens of thousands: a row each, 512 bytes of behaviour and the source are kept,
and none of the losses by task.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from actmine.champion.curves import Curve
from actmine.champion.drawn_curves import DrawnCurves, elites
from actmine.csv_files import read_parquet
from actmine.evolution.ancestry import Ancestor
from actmine.evolution.descriptors import inputs
from actmine.evolution.formulas import formula_line
from actmine.files import read_jsonl
from actmine.gate.fingerprint import OUTPUTS, Print, decode
from actmine.records.proposal import Kind
from actmine.records.status import Status
from actmine.settings.sections import Settings
from actmine.tables.searched import training_cpu_s

Array = NDArray[np.float64]

REFUSALS = 12  # kinds of reason shown
_TEXT = ["arm", "candidate_id", "name", "status", "reason", "mutator", "operator"]
_TEXT += ["parents", "summary"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Slots:
    """Every slot of a search.

    Attributes:
        table: tables/candidates.parquet with `cpu_s`, the oldest first.
        cpu_s: CPU seconds of training after the seeds, elites measured again included.
        sources: of each candidate that has one.
        prints: behaviour on the run's probe, of each that the gate let in.
    """

    table: pd.DataFrame
    sources: Mapping[str, str]
    prints: Mapping[str, Print]
    cpu_s: float = 0.0

    def scored(self) -> pd.DataFrame:
        """Each scored function once, seeds too, as it was first measured, by id."""
        scored = self.table[self.table["fitness"].notna() & self.table["flops"].notna()]
        return scored.drop_duplicates("candidate_id").set_index("candidate_id")

    def first(self) -> pd.DataFrame:
        """Each candidate's first slot, by id, whatever became of it."""
        named = self.table[self.table["candidate_id"] != ""]
        return named.drop_duplicates("candidate_id").set_index("candidate_id")

    def ancestors(self) -> dict[str, Ancestor]:
        """Each candidate's first slot as a link of lineages, by id."""
        texts = ["name", "origin", "arm", "mutator", "operator", "summary"]
        return {
            str(name): Ancestor(
                **row[texts],
                candidate_id=str(name),
                source=self.sources.get(str(name), ""),
                generation=int(row["generation"]),
                island=int(row["island"]),
                parents=tuple(row["parents"].split()),
            )
            for name, row in self.first().iterrows()
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Island:
    """One island's search.

    Attributes:
        label: for people, as in "main, island 0".
        generations: its rows of tables/generations.parquet.
        scored: its scored candidates, rows of `Slots.table`.
    """

    label: str
    generations: pd.DataFrame
    scored: pd.DataFrame


@dataclass(frozen=True, kw_only=True, eq=False)
class Shape:
    """An elite of the gallery with its fitness on the search suite.

    Attributes:
        formula: in one line; may be empty.
        beside: the best known function over the same inputs, if there is one.
    """

    candidate_id: str
    fitness: float
    curve: Curve
    formula: str = ""
    beside: Curve | None = None


def read_slots(run: Path, *, arms: Collection[str]) -> Slots:
    """Reads the tables and every island's proposals."""
    table = read_parquet(run / "tables" / "candidates.parquet")
    table[_TEXT] = table[_TEXT].fillna("")
    evaluations = read_parquet(run / "tables" / "evaluations.parquet")
    cpu_s = training_cpu_s(table, evaluations, arms)
    first = evaluations[evaluations["measurement"] == "search"].drop_duplicates("candidate_id")
    seconds = first.set_index("candidate_id")["cpu_s"]
    untrained = table["status"].isin([Status.REJECTED, Status.DUPLICATE, Status.SKIPPED])
    table["cpu_s"] = table["candidate_id"].map(seconds).mask(untrained, 0.0).fillna(0.0)
    sources: dict[str, str] = {}
    prints: dict[str, Print] = {}
    for path in run.glob("*/gen_*/island_*/proposals.jsonl"):
        for row in read_jsonl(path):
            sources[row["candidate_id"]] = row["source"]
            if row["fingerprint"]:
                prints[row["candidate_id"]] = decode(row["fingerprint"])
    return Slots(table=table, sources=sources, prints=prints, cpu_s=cpu_s)


def outline(seen: Print, *, limit: float = 5.0) -> tuple[Array, Array]:
    """A print's inputs and outputs within ±limit: a curve for a thumbnail."""
    x = inputs()
    inside = np.abs(x) <= limit
    return x[inside], seen[:OUTPUTS].astype(np.float64)[inside]


def islands(folder: Path, table: pd.DataFrame) -> tuple[Island, ...]:
    """Every island's generations and scored candidates."""
    generations = read_parquet(folder / "tables" / "generations.parquet")
    scored = table[table["fitness"].notna()]
    return tuple(
        Island(
            label=f"{arm}, island {island}",
            generations=rows,
            scored=scored[(scored["arm"] == arm) & (scored["island"] == island)],
        )
        for (arm, island), rows in generations.groupby(["arm", "island"], sort=False)
    )


def gallery(
    folder: Path,
    config: Settings,
    generations: int,
    curves: DrawnCurves,
    *,
    best: Mapping[str, Any] | None,
) -> tuple[Shape, ...]:
    """The elites of every island's last generation, best first, each once.

    Args:
        best: candidate_id and name of the best known function, if there is one.
    """
    shapes = []
    for elite in elites(folder, config.arms, generations=generations):
        limit = curves.limit(elite.candidate_id)
        curve = curves.at(limit, elite.candidate_id, name=elite.name)
        if curve is not None:
            shapes.append(
                Shape(
                    candidate_id=elite.candidate_id,
                    fitness=elite.fitness,
                    curve=curve,
                    formula=formula_line(elite.candidate_id, elite.source),
                    beside=curves.at(limit, best["candidate_id"], name=best["name"])
                    if best
                    else None,
                )
            )
    return tuple(shapes)


def status_counts(table: pd.DataFrame) -> pd.DataFrame:
    """How many candidates ended so: a row a generation, a column a status that occurs.

    Slots that nobody filled count as `skipped`; generation 0 and elites measured again do not.
    """
    table = table[(table["generation"] > 0) & (table["kind"] == Kind.NEW)]
    return pd.crosstab(table["generation"], table["status"])


def refusals(slots: Slots) -> list[dict[str, Any]]:
    """Reasons by frequency, each with an example; status and first words make its kind.

    Returns: rows of `Slots.table` with their `count` and `source`.
    """
    refused = slots.table[slots.table["reason"] != ""]
    kind = [refused["status"], refused["reason"].str.split().str[:4].str.join(" ")]
    sources = refused["candidate_id"].map(slots.sources).fillna("")
    counts = refused.groupby(kind)["reason"].transform("size")
    rows = refused.assign(count=counts, source=sources)[~pd.concat(kind, axis=1).duplicated()]
    ranked = rows.sort_values(["count", "reason"], ascending=[False, True], kind="stable")
    return [dict(row) for _, row in ranked.head(REFUSALS).iterrows()]


def isolation(folder: Path) -> Mapping[str, str]:
    """The layers under which candidates ran; all states of a layer that had several."""
    shards = sorted(folder.glob("*/gen_*/island_*/shard_*/evaluations.jsonl"))
    layers = pd.DataFrame([row["layers"] for path in shards for row in read_jsonl(path)])
    return {
        str(name): "; ".join(layers[name].dropna().unique())
        for name in layers.sort_index(axis=1)
    }
