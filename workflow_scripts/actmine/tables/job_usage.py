"""What a job used, from the `.tsv` file that Snakemake's `benchmark:` writes of it."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class JobUsage:
    """One job, with all of its tries.

    Attributes:
        wall_s: from its start to its end.
        cpu_s: as Snakemake sampled it: it misses much of children that end between samples.
        resident_mb: most memory of its processes together; none if it was too short to tell.
    """

    wall_s: float
    cpu_s: float
    resident_mb: float | None


def read_job_usage(path: Path) -> JobUsage | None:
    """What a file tells; none if it is empty or another table."""
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    if not rows or "s" not in rows[0]:
        return None
    memory = [mb for row in rows if (mb := _number(row, "max_rss")) is not None]
    return JobUsage(
        wall_s=sum(_number(row, "s") or 0.0 for row in rows),
        cpu_s=sum(_number(row, "cpu_time") or 0.0 for row in rows),
        resident_mb=memory[-1] if memory else None,
    )


def _number(row: Mapping[str, str | None], column: str) -> float | None:
    """A measured figure; a job too short to be sampled has "NA"."""
    try:
        return float(row.get(column) or "")
    except ValueError:
        return None
