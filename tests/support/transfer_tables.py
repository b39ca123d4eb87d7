"""Tables of transfer scores from made-up outcomes."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from actmine.records.candidate import Coupling, Origin
from actmine.records.listed import Listed
from actmine.records.status import Status
from actmine.transfer.benchmark import Tier
from actmine.transfer.comparison import (
    Scale,
    compare,
)
from actmine.transfer.outcome import Outcome

REFERENCES = {"relu": "a", "gelu": "b"}


ACCURACY = Scale(
    score="images, shifted", benchmark="images", split="ood_test", metric="accuracy",
    higher_is_better=True, trivial=0.1, perfect=1.0,
)  # fmt: skip


SETTINGS: dict[str, Any] = {
    "tier": Tier.OFFLINE, "benchmarks": ("images",), "seeds": 3, "first_seed": 0, "folders": {},
    "device": "cpu", "memory_mb": 1000, "cpu_s": 60.0, "isolation": "strict",
}  # fmt: skip


def listed(identity: str) -> Listed:
    return Listed(
        candidate_id=identity, name=f"f_{identity}", source="", origin=Origin.CATALOG,
        status=Status.ACCEPTED, coupling=Coupling.POINTWISE,
    )  # fmt: skip


def outcome(
    identity: str, seed: int, value: float | None, benchmark: str = "images"
) -> Outcome:
    common: dict[str, Any] = {
        "candidate_id": identity, "benchmark": benchmark, "data_hash": "h", "seed": seed,
    }  # fmt: skip
    if value is None:
        return Outcome(**common, status=Status.FAILED, reason="not finite")
    scores = {"val": value, "id_test": value, "ood_test": value}
    return Outcome(**common, status=Status.SCORED, scores=scores, learning_rate=0.1)


def table(
    values: Mapping[str, Sequence[float | None]], scales: Sequence[Scale] = (ACCURACY,)
) -> pd.DataFrame:
    outcomes = [
        outcome(identity, seed, value, scale.benchmark)
        for scale in scales
        for identity, row in values.items()
        for seed, value in enumerate(row)
    ]
    return compare([listed(one) for one in values], REFERENCES, outcomes, list(scales))


def row(frame: pd.DataFrame, identity: str) -> Any:
    return frame[frame["candidate_id"] == identity].iloc[0]
