"""Keeps every measurement by content, so that no source is trained twice in a run."""

import hashlib
from dataclasses import asdict, replace
from pathlib import Path

from actmine import code_hash
from actmine.files import canonical_json
from actmine.lab.work import LabSettings
from actmine.records.candidate import candidate_id
from actmine.records.evaluation import Evaluation
from actmine.records.rows import read_record, write_record

_MEASURED_BY = Path(__file__).with_name("measure.py")

FULL = "full"  # the rung of a fit that was not cut short


def key(
    source: str,
    *,
    suite_hash: str,
    replicates: tuple[int, ...],
    settings: LabSettings,
    rungs: tuple[int, ...] = (),
    rung: str = FULL,
) -> str:
    """The address of one measurement: all that its losses depend on.

    Args:
        rungs: steps at which losses on the way are told.
        rung: the one at which the fit was stopped. By which threshold is no part of it: a
            reader holds what was lost there against thresholds of its own.
    """
    parts = {
        "candidate": candidate_id(source),
        "suite": suite_hash,
        "replicates": replicates,
        "settings": asdict(settings),
        "rungs": rungs,
        "rung": rung,
        "code": code_hash.digest(_MEASURED_BY),
    }
    return hashlib.sha256(canonical_json(parts).encode()).hexdigest()


def read(folder: Path, address: str) -> Evaluation | None:
    """A kept measurement, without the slot it was first made for."""
    path = _path(folder, address)
    return read_record(path, Evaluation) if path.exists() else None


def write(folder: Path, address: str, evaluation: Evaluation) -> None:
    """Keeps a measurement the moment it is made."""
    write_record(_path(folder, address), replace(evaluation, slot=None))


def _path(folder: Path, address: str) -> Path:
    return folder / address[:2] / f"{address}.json"
