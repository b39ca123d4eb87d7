"""What is told of a run elsewhere: parameters, figures over generations, functions, files."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd

from actmine import code_hash, layout
from actmine.audit.sums import root_digest
from actmine.csv_files import read_parquet
from actmine.evolution.ancestry import read_ancestors
from actmine.files import canonical_json, read_json
from actmine.settings import frozen as runs
from actmine.settings.configuration import ConfigError
from actmine.validation.leaderboard_rows import TEXT, read_leaderboard_rows
from actmine.validation.verdicts import sentences

# Files of a run that are worth keeping beside its figures, and the folder that each goes to.
FILES = {
    "report/index.html": "report",
    "champion/activation.py": "champion",
    "champion/CARD.md": "champion",
    "champion/plot.svg": "champion",
    "validation/leaderboard.csv": "validation",
    "validation/families.csv": "validation",
    "configuration.yaml": "",
}
_OF_SEARCH = {"best_fitness": "max", "scored": "sum", "slots": "sum"}


@dataclass(frozen=True, kw_only=True)
class Point:
    """A figure at a generation."""

    name: str
    value: float
    generation: int


@dataclass(frozen=True, kw_only=True)
class ValidatedFunction:
    """A row of the leaderboard.

    Attributes:
        labels: its columns of text.
        figures: the others, where they are numbers.
        source: as it was measured.
    """

    name: str
    labels: Mapping[str, str]
    figures: Mapping[str, float]
    source: str


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A finished run, as other programs keep it.

    Attributes:
        identity: of its configuration: a run that went on has the same one.
        digest: the root digest of its files: a run that went on has another one.
        parameters: its configuration, keys joined by dots.
        points: of the search, by generation.
        champion: the champion's figures, with the ends of their intervals; empty without one.
        functions: all that were validated, best first.
        verdicts: how the champion compares and what that leaves out, in sentences.
        files: those of FILES that are there, with their folders.
    """

    name: str
    identity: str
    digest: str
    version: str
    parameters: Mapping[str, str]
    points: tuple[Point, ...]
    champion: Mapping[str, float]
    functions: tuple[ValidatedFunction, ...]
    verdicts: tuple[str, ...]
    files: Mapping[Path, str]


def read_exported(run: Path) -> Exported:
    """Reads a finished run.

    Raises:
        ConfigError: it is not finished: it has no seal.
    """
    digest = root_digest(run)
    if not digest:
        raise ConfigError(
            f"{run}: is not finished; `actmine watch {run.name}` tells how far it is"
        )
    configuration = runs.read(run / layout.RUN_FILE).configuration
    chosen = read_json(run / "validation" / "champion.json")["candidate_id"]
    functions = tuple(_functions(run))
    own = [each for each in functions if each.labels["candidate_id"] == chosen]
    return Exported(
        name=str(configuration["run"]),
        identity=hashlib.sha256(canonical_json(configuration).encode()).hexdigest(),
        digest=digest,
        version=code_hash.version(),
        parameters=dict(_flat(configuration)),
        points=tuple(_points(read_parquet(run / "tables" / "generations.parquet"))),
        champion=own[0].figures if own else {},
        functions=functions,
        verdicts=tuple(sentences(read_json(run / "validation" / "comparison.json"))),
        files={run / name: place for name, place in FILES.items() if (run / name).exists()},
    )


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested settings as `search.islands: 2`; a list stays in one piece."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value if isinstance(value, str) else canonical_json(value)


def _points(generations: pd.DataFrame) -> Iterator[Point]:
    """Of all islands together: the best fitness, slots and scored ones so far; by arm."""
    arms = generations["arm"].unique()
    for arm in arms:
        prefix = f"{arm}." if len(arms) > 1 else ""
        of_arm = generations[generations["arm"] == arm].groupby("generation")
        rows = of_arm.agg(_OF_SEARCH)
        rows[["scored", "slots"]] = rows[["scored", "slots"]].cumsum()
        for generation, row in rows.iterrows():
            for name, value in row.items():
                if isfinite(value):
                    yield Point(
                        name=f"{prefix}{name}",
                        value=float(value),
                        generation=int(str(generation)),
                    )


def _functions(run: Path) -> Iterator[ValidatedFunction]:
    sources = read_ancestors(run)
    for row in read_leaderboard_rows(run / "validation" / "leaderboard.csv"):
        figures = {str(key): value for key, value in row.items() if key not in TEXT}
        yield ValidatedFunction(
            name=row["name"],
            labels={key: row[key] for key in TEXT},
            figures={key: float(value) for key, value in figures.items() if isfinite(value)},
            source=sources[row["candidate_id"]].source,
        )
