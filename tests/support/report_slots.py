"""A search's candidates for report pages: made-up numbers, real curves."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from actmine.evolution.descriptors import inputs
from actmine.gate.fingerprint import LENGTH, OUTPUTS
from actmine.records.candidate import candidate_id
from actmine.report.slots import Slots
from actmine.tables.table_rows import CANDIDATES


def seen(function: Callable[[Any], Any]) -> NDArray[Any]:
    """A print with a function's outputs; its gradients do not matter here."""
    made = np.zeros(LENGTH, dtype=np.float32)
    made[:OUTPUTS] = function(inputs())
    return made


def _rippled(height: float, shift: int, x: Any) -> Any:
    return np.maximum(x, 0) + height * np.sin(x + shift)


def row(
    number: int, *, parents: str = "", name: str | None = None, **changes: Any
) -> tuple[dict[str, Any], str]:
    source = f"def activation(x):\n    return x * {number}\n"
    made: dict[str, Any] = dict.fromkeys(CANDIDATES, "") | {
        "arm": "main",
        "generation": number // 10,
        "island": 0,
        "slot": number % 10,
        "candidate_id": candidate_id(source),
        "name": name or f"made {number}",
        "origin": "mined",
        "status": "scored",
        "fitness": 0.3 * np.sin(number),
        "fitness_se": 0.1,
        "id_ratio": 1.0,
        "flops": 5.0 + number % 60,
        "coupling": "pointwise",
        "mutator": "embedded",
        "operator": "term",
        "parents": parents,
        "summary": f"+ {number}",
        "attempts": 1,
        "tokens": 0,
        "usd": 0.0,
        "cpu_s": 1.0,
        "kind": "new",
    }
    return made | changes, source


def slots(count: int = 40, *, name: str | None = None, summary: str | None = None) -> Slots:
    """A chain of functions: each tenth comes from the one ten before it."""
    rows: list[dict[str, Any]] = []
    sources, prints = {}, {}
    for number in range(count):
        parent = rows[number - 10]["candidate_id"] if number >= 10 else ""
        made, source = row(number, parents=parent, name=name)
        if summary is not None:
            made["summary"] = summary
        rows.append(made)
        sources[made["candidate_id"]] = source
        prints[made["candidate_id"]] = seen(partial(_rippled, 0.1 * (number % 7), number))
    return Slots(table=pd.DataFrame(rows), sources=sources, prints=prints)
