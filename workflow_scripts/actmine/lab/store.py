"""Keeps every measurement by content, so that no source is trained twice in a run."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from actmine import code_hash
from actmine.files import canonical_json
from actmine.lab.work import FitSettings
from actmine.records.candidate import candidate_id
from actmine.records.rows import read_record, write_record
from actmine.records.status import Status
from actmine.records.training import CPU

Record = TypeVar("Record")

_MEASURED_BY = Path(__file__).with_name("measure.py")

FULL = "full"  # the rung of a fit that was not cut short


def key(
    source: str,
    *,
    suite_hash: str,
    replicates: tuple[int, ...],
    settings: FitSettings,
    device: str = CPU,
    rungs: tuple[int, ...] = (),
    rung: str = FULL,
) -> str:
    """The address of one measurement on a suite.

    Args:
        device: the card on which it is made, or `cpu`.
        rungs: steps at which the fit sent its predictions on the way.
        rung: the one at which the fit was stopped. By which threshold is no part of it: a
            reader holds what was lost there against thresholds of its own.
    """
    parts = {
        "device": device,
        "suite": suite_hash,
        "replicates": replicates,
        "settings": vars(settings),  # plain values: `asdict` would copy each
        "rungs": rungs,
        "rung": rung,
    }
    return address(source, parts, measured_by=_MEASURED_BY)


def address(source: str, parts: Mapping[str, Any], *, measured_by: Path) -> str:
    """The address of a measurement: all that it depends on.

    Args:
        parts: on what, and how, beside the source.
        measured_by: the module whose code, with what it imports, makes it.
    """
    code = code_hash.digest(measured_by)
    whole = {**parts, "candidate": candidate_id(source), "code": code}
    return hashlib.sha256(canonical_json(whole).encode()).hexdigest()


def path(folder: Path, address: str) -> Path:
    """Where a measurement is kept."""
    return folder.joinpath(address[:2], f"{address}.json")


def read(folder: Path, address: str, kind: type[Record]) -> Record | None:
    """A kept measurement; none if there is none."""
    kept = path(folder, address)
    return read_record(kept, kind) if kept.exists() else None


def write(folder: Path, address: str, record: Any) -> None:
    """Keeps a measurement the moment it is made, unless something killed it from outside."""
    if record.machine_dependent and record.status is not Status.TIMEOUT:
        return
    write_record(path(folder, address), record)
