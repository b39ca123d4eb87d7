"""Reads a run's candidates for drawing: the tables, with each one's source and print.

A large run has tens of thousands: a row each, 512 bytes of behaviour and the source are kept,
and none of the losses by task.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from actmine import layout
from actmine.evolution.descriptors import inputs
from actmine.evolution.lineage import Ancestor
from actmine.files import read_jsonl
from actmine.gate.fingerprint import OUTPUTS, Print, decode
from actmine.records.status import Status
from actmine.settings.configuration import arm_settings
from actmine.settings.sections import Settings
from actmine.tables.rows import CANDIDATES

Array = NDArray[np.float64]

_TEXT = ("arm", "candidate_id", "name", "status", "mutator", "operator", "parents", "summary")


@dataclass(frozen=True, kw_only=True, eq=False)
class Slots:
    """Every slot of a search.

    Attributes:
        table: tables/candidates.parquet with `cpu_s`, the oldest first.
        sources: of each candidate that has one.
        prints: behaviour on the fixed probe, of each that the gate let in.
    """

    table: pd.DataFrame
    sources: Mapping[str, str]
    prints: Mapping[str, Print]

    def candidates(self) -> pd.DataFrame:
        """Each scored candidate once, as it was first measured, by id."""
        scored = self.table[self.table["fitness"].notna() & self.table["flops"].notna()]
        return scored.drop_duplicates("candidate_id").set_index("candidate_id")

    def first(self) -> pd.DataFrame:
        """Each candidate's first slot, by id, whatever became of it."""
        named = self.table[self.table["candidate_id"] != ""]
        return named.drop_duplicates("candidate_id").set_index("candidate_id")

    def ancestors(self) -> dict[str, Ancestor]:
        """Each candidate's first slot as a link of lineages, by id."""
        rows = self.first().reset_index().to_dict("records")
        return {row["candidate_id"]: self._ancestor(row) for row in rows}

    def _ancestor(self, row: Mapping[Any, Any]) -> Ancestor:
        texts = ("candidate_id", "name", "origin", "arm", "mutator", "operator", "summary")
        return Ancestor(
            **{key: str(row[key]) for key in texts},
            source=self.sources.get(row["candidate_id"], ""),
            generation=int(row["generation"]),
            island=int(row["island"]),
            parents=tuple(str(row["parents"]).split()),
        )


def no_slots() -> Slots:
    """Of a search in which nothing was proposed."""
    columns = [*CANDIDATES, "cpu_s"]
    return Slots(table=pd.DataFrame(columns=columns), sources={}, prints={})


def read_slots(run: Path, config: Settings, *, generations: int) -> Slots:
    """Reads the tables and every island's proposals."""
    table = pd.read_parquet(run / "tables" / "candidates.parquet")
    table[list(_TEXT)] = table[list(_TEXT)].fillna("")
    measured = pd.read_parquet(run / "tables" / "evaluations.parquet")
    measured = measured[measured["measurement"] == "search"].drop_duplicates("candidate_id")
    seconds = measured.set_index("candidate_id")["cpu_s"]
    table["cpu_s"] = table["candidate_id"].map(seconds).where(_trained(table), 0.0).fillna(0.0)
    sources: dict[str, str] = {}
    prints: dict[str, Print] = {}
    for arm in config.arms:
        islands = arm_settings(config, arm).search.islands
        for generation in range(generations + 1):
            for island in range(islands):
                path = layout.island(run, arm, generation, island) / "proposals.jsonl"
                for row in read_jsonl(path):
                    one = row["candidate_id"]
                    sources.setdefault(one, row["source"])
                    if row["fingerprint"] and one not in prints:
                        prints[one] = decode(row["fingerprint"])
    return Slots(table=table, sources=sources, prints=prints)


def _trained(table: pd.DataFrame) -> "pd.Series[bool]":
    untrained = (Status.REJECTED.value, Status.DUPLICATE.value, Status.SKIPPED.value)
    return ~table["status"].isin(untrained)


def outline(seen: Print, *, limit: float = 5.0) -> tuple[Array, Array]:
    """A print's inputs and outputs within ±limit: a curve for a thumbnail."""
    x = inputs()
    inside = np.abs(x) <= limit
    return x[inside], seen[:OUTPUTS].astype(np.float64)[inside]
