"""What two runs of one configuration have in common: every byte but for measured times."""

import csv
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from actmine.capability import cpu_capability

# NumPy without its vector instructions, OpenBLAS with the kernels of a Pentium 4.
OLD_PROCESSOR = {
    "NPY_DISABLE_CPU_FEATURES": " ".join(
        np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    ),
    "OPENBLAS_CORETYPE": "Prescott",
}
TIMED = (
    *("timings", "cpu_s", "peak_mb"),
    *("gain_per_cpu_s", "gain_per_cpu_s_low", "gain_per_cpu_s_high"),
)
# Measured times, and what holds a date or the hashes of files with times.
HERE_AND_NOW = (
    *("cost.json", "sha256sums.txt", "ro-crate-metadata.json", ".snakemake_timestamp"),
)
# What a kill between two instructions may leave: never read, and never in the way.
PART = re.compile(r"\..+\.[0-9a-f]{32}")
# Folders that tell of speed; the report shows it. The store is compared in its own tests.
_SKIPPED = ("logs", "benchmarks", "store", "report")


def untimed(path: Path) -> Any:
    """A file's content but for measured times."""
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        return [{k: v for k, v in row.items() if k not in TIMED} for row in rows]
    if path.name in ("evaluations.csv", "returns.csv", "strategies.csv"):
        with path.open() as file:
            return [
                {k: v for k, v in row.items() if k not in TIMED} for row in csv.DictReader(file)
            ]
    if path.name == "CARD.md":
        return re.sub(r"## Cost\n.*?\n## ", "", path.read_text(), flags=re.DOTALL)
    return path.read_bytes()


def results(run: Path) -> dict[str, Any]:
    """Every file of a run that must not depend on speed: relative path to content."""
    return {
        str(path.relative_to(run)): untimed(path)
        for path in sorted(run.rglob("*"))
        if path.is_file()
        and path.relative_to(run).parts[0] not in _SKIPPED
        and path.suffix not in (".log", ".tsv", ".parquet")
        and path.name not in HERE_AND_NOW
        and not PART.fullmatch(path.name)
    }


def decisions(run: Path) -> dict[str, Any]:
    """What a run decided, however its jobs were cut: proposals, elites, ranks, champion."""
    patterns = (
        "*/gen_*/island_*/*.json*",
        "*/validation/*.jsonl",
        "validation/*",
        "champion/*",
    )
    return {
        str(path.relative_to(run)): untimed(path)
        for pattern in patterns
        for path in sorted(run.glob(pattern))
        if path.is_file() and path.suffix != ".tsv" and path.name not in HERE_AND_NOW
    }


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Names of files that only one run has, or that differ."""
    return sorted(
        name
        for name in one.keys() | other.keys()
        if name not in one or name not in other or one[name] != other[name]
    )


def store_stamps(run: Path) -> dict[str, tuple[int, int]]:
    """Which file stands at each address of the store; one that is written again differs."""
    paths = (run / "store").rglob("*.json")
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}


def digests(run: Path) -> dict[str, str]:
    """Digests of a run's numbers, of which formats and new columns are no part.

    `losses` covers every loss of every scored function, as float64; `elites` who was kept by
    each generation, in order.
    """
    losses = [
        (place, row["candidate_id"], row["losses"])
        for place, rows in _sorted(run, "evaluations.jsonl")
        for row in map(json.loads, rows.splitlines())
        if row["status"] == "scored"
    ]
    elites = [
        (place, [elite["candidate_id"] for elite in json.loads(text)["elites"]])
        for place, text in _sorted(run, "population.json")
    ]
    return {
        name: hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
        for name, value in (("losses", losses), ("elites", elites))
    }


def machine() -> str:
    """What bits are promised for: torch's version, and what arithmetic uses here."""
    import torch

    return f"torch {torch.__version__}; {cpu_capability()}"


def _sorted(run: Path, name: str) -> list[tuple[str, str]]:
    return sorted((str(path.relative_to(run)), path.read_text()) for path in run.rglob(name))
