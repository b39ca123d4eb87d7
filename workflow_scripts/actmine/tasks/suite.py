"""Draws a suite of tasks, writes it to two files and reads it back unchanged."""

import hashlib
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from actmine.files import ContentError, MissingKeyError, read_json, write_atomically, write_json
from actmine.records.rows import from_row, to_row
from actmine.settings.suites import (
    COPY,
    Custom,
    Families,
    Feynman,
    Harmonic,
    Pair,
    Polynomial,
    Samples,
    Spherical,
)
from actmine.tasks.custom import custom_target
from actmine.tasks.feynman import feynman_target
from actmine.tasks.harmonic import draw_harmonic, draw_spherical
from actmine.tasks.polynomial import draw_polynomial
from actmine.tasks.target import Target, TaskError
from actmine.tasks.task import ARRAYS, Description, Floats, Task, draw_task

SCHEMA_VERSION = 1
FAMILIES = ("polynomial", "harmonic", "spherical", "feynman", "custom")
RELATIVE = "relative_errors"  # a setting of suites whose source judges by them
Streams = Callable[[str], np.random.Generator]  # one generator per task name
_UNREADABLE = (
    *(OSError, ValueError, TypeError, EOFError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error),
)
REMEDY = "delete both files of the suite and run again to draw it anew"


class SuiteFileError(ContentError):
    """A stored suite that cannot be used; the message names the file and the remedy."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Suite:
    """Tasks that are measured together.

    Attributes:
        seed, settings: what the tasks were drawn from.
        hash: sha256 over the names, formulas, regions, statistics and arrays of the tasks.
    """

    name: str
    tasks: tuple[Task, ...]
    seed: int
    settings: Mapping[str, Any]
    hash: str

    def __post_init__(self) -> None:
        _require_named(self.name, self.seed)
        if not self.tasks:
            raise TaskError(f"suite {self.name}: has no task")
        if twice := repeated(task.name for task in self.tasks):
            raise TaskError(f"suite {self.name}: two tasks are called {twice}; rename one")
        actual = suite_hash(self.tasks)
        if self.hash != actual:
            raise TaskError(f"suite {self.name}: its hash is {actual}, not {self.hash}")

    @property
    def inputs(self) -> int:
        """The largest number of inputs of a task."""
        return max(task.inputs for task in self.tasks)

    @property
    def families(self) -> tuple[str, ...]:
        """The family of each task, in order."""
        return tuple(task.family for task in self.tasks)


def _require_named(name: object, seed: object) -> None:
    if not isinstance(name, str) or type(seed) is not int or seed < 0:
        raise TaskError(
            f"suite {name!r}: needs a text as its name and a seed ≥ 0, has {seed!r}"
        )


def repeated(names: Iterable[str]) -> str | None:
    """The first name that comes twice, if one does."""
    return next((name for name, count in Counter(names).items() if count > 1), None)


def suite_hash(tasks: tuple[Task, ...]) -> str:
    """sha256 over the tasks' digests in their order."""
    return hashlib.sha256("".join(task.digest() for task in tasks).encode()).hexdigest()


def draw_suite(name: str, families: Families, *, samples: Samples, seed: int) -> Suite:
    """Draws every task from a stream of its own: no task depends on which others there are.

    Args:
        families: any of them; at least one.
        seed: at least 0.

    Raises:
        TaskError: a setting is not allowed, or a target is not finite or constant.
    """
    _require_named(name, seed)
    tasks = tuple(
        draw_task(target, samples=samples, seed=stream(seed, name, target.name, "samples"))
        for target in _targets(name, families, seed)
    )
    chosen = {name: part for name, part in to_row(families).items() if part}
    settings = {"samples": to_row(samples), **chosen}
    return Suite(name=name, tasks=tasks, seed=seed, settings=settings, hash=suite_hash(tasks))


def stream(seed: int, *path: str) -> np.random.SeedSequence:
    """What the part of a suite that a path names is drawn from, and nothing else is."""
    # Copies counted behind an underscore once: they are drawn as they were then.
    told = "\0".join(path).replace(COPY, "_")
    digest = hashlib.sha256(told.encode()).digest()
    return np.random.SeedSequence([seed, *np.frombuffer(digest, "<u4").tolist()])


def _targets(name: str, families: Families, seed: int) -> Iterator[Target]:
    """The targets of all families, in the order of `FAMILIES`."""

    def rng(task: str) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(stream(seed, name, task, "target")))

    if families.polynomial:
        yield from _polynomials(families.polynomial, rng)
    if families.harmonic:
        yield from _harmonics(families.harmonic, rng)
    if families.spherical:
        yield from _sphericals(families.spherical, rng)
    if families.feynman:
        yield from _equations(families.feynman, rng)
    for custom in families.custom or ():
        yield from _formulas(custom, rng)


def _polynomials(section: Polynomial, rng: Streams) -> Iterator[Target]:
    degrees = _whole_range(section.degrees)
    for i in range(section.count):
        name = f"polynomial_{i:02d}"
        # The second index shifts by one a round, so that all pairs come up in turn.
        yield draw_polynomial(
            name,
            basis=section.basis,
            degree=_cycled(degrees, i),
            inputs=_cycled(_whole_range(section.inputs), i % len(degrees) + i // len(degrees)),
            rng=rng(name),
        )


def _harmonics(section: Harmonic, rng: Streams) -> Iterator[Target]:
    for i in range(section.count):
        name = f"harmonic_{i:02d}"
        yield draw_harmonic(
            name,
            terms=_cycled(_whole_range(section.terms), i),
            frequencies=section.frequencies,
            rng=rng(name),
        )


def _sphericals(section: Spherical, rng: Streams) -> Iterator[Target]:
    for i in range(section.count):
        name = f"spherical_{i:02d}"
        degree = _cycled(_whole_range(section.degrees), i)
        yield draw_spherical(name, degree=degree, region=section.region, rng=rng(name))


def _equations(section: Feynman, rng: Streams) -> Iterator[Target]:
    for box in range(section.boxes):
        for equation in section.equations:
            name = f"feynman_{equation}" + (f"_{box}" if box else "")
            yield feynman_target(name, equation=equation, rng=rng(name) if box else None)


def _formulas(section: Custom, rng: Streams) -> Iterator[Target]:
    for box in range(section.boxes):
        # A dot, since the copies that fresh tasks are made of count behind COPY.
        name = f"custom_{section.name}" + (f".{box}" if box else "")
        yield custom_target(section, name=name, rng=rng(name) if box else None)


def _whole_range(ends: Pair) -> range:
    return range(int(ends[0]), int(ends[1]) + 1)


def _cycled(values: range, index: int) -> int:
    return values[index % len(values)]


def save_suite(suite: Suite, npz: Path, manifest: Path) -> None:
    """Writes the arrays and the manifest; the same suite gives the same bytes."""
    arrays = {
        f"{index:04d}/{array}": getattr(task, array)
        for index, task in enumerate(suite.tasks)
        for array in ARRAYS
    }
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)  # NumPy stamps every member with 1980
    write_atomically(npz, buffer.getvalue())
    document = {
        "schema_version": SCHEMA_VERSION,
        "suite": suite.name,
        "hash": suite.hash,
        "seed": suite.seed,
        "settings": suite.settings,
        "tasks": [{**task.describe(), "hash": task.digest()} for task in suite.tasks],
    }
    write_json(manifest, document)


def load_suite(npz: Path, manifest: Path) -> Suite:
    """Reads a stored suite and verifies that it is the one that was drawn.

    Raises:
        SuiteFileError: a file is missing, unreadable, or not what its hash says.
    """
    for path in (npz, manifest):
        if not path.is_file():
            raise SuiteFileError(f"{path}: no such file; {REMEDY}")
    document = _read_manifest(manifest)
    arrays = _read_arrays(npz)
    try:
        tasks = tuple(
            _read_task(entry, {a: arrays[f"{index:04d}/{a}"] for a in ARRAYS})
            for index, entry in enumerate(document["tasks"])
        )
        if len(arrays) > len(tasks) * len(ARRAYS):
            raise SuiteFileError(f"{npz}: holds arrays of no task of {manifest}; {REMEDY}")
        changed = [
            task.name
            for task, entry in zip(tasks, document["tasks"], strict=True)
            if task.digest() != entry["hash"]
        ]
        if changed:
            raise SuiteFileError(
                f"{npz}: does not hold the tasks of {manifest} (first: {changed[0]}); {REMEDY}"
            )
        return Suite(
            name=document["suite"],
            tasks=tasks,
            seed=document["seed"],
            settings=document["settings"],
            hash=document["hash"],
        )
    except SuiteFileError:
        raise
    except MissingKeyError as error:
        raise SuiteFileError(f"{manifest}: {error.key!r} is missing; {REMEDY}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise SuiteFileError(f"{npz} and {manifest}: no suite ({error}); {REMEDY}") from None


def _read_manifest(manifest: Path) -> Any:
    try:
        document = read_json(manifest)
    except ValueError as error:
        raise SuiteFileError(str(error)) from None
    if (version := document.get("schema_version")) != SCHEMA_VERSION:
        raise SuiteFileError(
            f"{manifest}: schema_version is {version!r}, not {SCHEMA_VERSION}; {REMEDY}"
        )
    return document


def _read_arrays(npz: Path) -> dict[str, Floats]:
    try:
        # Opened here: given a path, NumPy leaves a broken file open.
        with npz.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if len(set(stored.files)) < len(stored.files):
                raise ValueError("an array stands twice")
            return {key: stored[key] for key in stored.files}
    except _UNREADABLE as error:
        raise SuiteFileError(f"{npz}: not a readable npz file ({error}); {REMEDY}") from None


def _read_task(entry: Mapping[str, Any], arrays: Mapping[str, Floats]) -> Task:
    row = dict(entry)
    row.pop("hash", None)
    return Task(**{**vars(from_row(row, Description)), **arrays})
