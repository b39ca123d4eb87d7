"""Trains a random sample of a run's candidates again and compares the losses bit by bit."""

import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from actmine import layout
from actmine.audit.audited import Audited
from actmine.evolution.reading import read_evaluations
from actmine.files import read_jsonl
from actmine.lab.measure import Lab, fit_limits, measurement
from actmine.records.evaluation import Evaluation
from actmine.records.status import Status
from actmine.settings.measurements import MEASUREMENTS, SEARCH, suite_name
from actmine.tasks.suite import load_suite

# Of the log ratio of losses, where other vector instructions round otherwise: training
# amplifies it, to about this on short fits. [ours]
TOLERANCE = 0.05


class Outcome(StrEnum):
    """How a second training came out."""

    IDENTICAL = "identical"
    WITHIN = "within tolerance"
    DIFFERENT = "different"


@dataclass(frozen=True, kw_only=True)
class Retrained:
    """A measurement that was made again.

    Attributes:
        file: of the record, relative to the run.
        here, recorded: the vector instructions.
        deviation: the largest |log ratio| of mean out-of-distribution losses by task, or of
            none where one of the two failed.
    """

    file: str
    measurement: str
    candidate_id: str
    outcome: Outcome
    here: str
    recorded: str
    deviation: float | None

    @property
    def is_wrong(self) -> bool:
        """Whether the record cannot stand: with the same instructions bits are promised."""
        if self.here == self.recorded:
            return self.outcome is not Outcome.IDENTICAL
        return self.outcome is Outcome.DIFFERENT


@dataclass(frozen=True, kw_only=True)
class _Record:
    file: str
    measurement: str
    source: str
    evaluation: Evaluation


def retrain(run: Audited, *, count: int, seed: int) -> Iterator[Retrained]:
    """Measures so many scored records again, in the sandbox, without the run's store.

    Raises:
        SandboxError: the sandbox itself does not work.
    """
    records = _records(run)
    drawn = random.Random(seed).sample(records, min(count, len(records)))
    for name in MEASUREMENTS:
        chosen = [one for one in drawn if one.measurement == name]
        if chosen:
            yield from _again(run, name, chosen)


def _again(run: Audited, name: str, chosen: Sequence[_Record]) -> Iterator[Retrained]:
    suite = suite_name(name)
    arrays, manifest = layout.arrays(run.folder, suite), layout.manifest(run.folder, suite)
    reference = read_evaluations([layout.reference(run.folder, name)])
    with (
        tempfile.TemporaryDirectory(prefix="actmine-audit-") as kept,
        Lab(
            measurement(name, load_suite(arrays, manifest), run.config),
            limits=fit_limits(run.config.sandbox, reference),
            kept=Path(kept),
            isolation=run.config.sandbox.isolation,
        ) as lab,
    ):
        for one in chosen:
            yield _compared(one, lab.measure(one.source))


def _compared(record: _Record, again: Evaluation) -> Retrained:
    old = record.evaluation
    same = (again.train, again.id, again.ood) == (old.train, old.id, old.ood)
    deviation = _deviation(old, again)
    outcome = Outcome.IDENTICAL if same else Outcome.DIFFERENT
    if not same and deviation is not None and deviation <= TOLERANCE:
        outcome = Outcome.WITHIN
    return Retrained(
        file=record.file,
        measurement=record.measurement,
        candidate_id=old.candidate_id,
        outcome=outcome,
        here=again.cpu_capability,
        recorded=old.cpu_capability,
        deviation=deviation,
    )


def _deviation(old: Evaluation, new: Evaluation) -> float | None:
    """The median over tasks of |log ratio|: single tasks may diverge chaotically."""
    if new.status is not Status.SCORED or len(new.ood) != len(old.ood):
        return None
    means = [np.mean(np.array(one.ood), axis=1) + 1e-12 for one in (old, new)]
    return float(np.median(np.abs(np.log(means[0] / means[1]))))


def _records(run: Audited) -> list[_Record]:
    """Every scored record whose source the run lists, in order of its file."""
    found = []
    for listing, measurement_name, shards in _listings(run):
        sources = {row["candidate_id"]: row["source"] for row in read_jsonl(listing)}
        for path in shards:
            found += [
                _Record(
                    file=run.relative(path),
                    measurement=measurement_name,
                    source=sources[one.candidate_id],
                    evaluation=one,
                )
                for one in read_evaluations([path])
                if one.status is Status.SCORED and one.candidate_id in sources
            ]
    return found


def _listings(run: Audited) -> Iterator[tuple[Path, str, list[Path]]]:
    """(where the sources stand, measurement, its shards)."""
    for path in sorted(run.folder.glob("*/gen_*/island_*/proposals.jsonl")):
        yield path, SEARCH, layout.shards(path.parent)
    for name in MEASUREMENTS:
        catalog = layout.catalog_measured(run.folder, name)
        yield layout.catalog(run.folder), name, layout.shards(catalog)
        for arm in run.config.arms:
            finalists = layout.finalists_measured(run.folder, arm, name)
            yield layout.finalists(run.folder, arm), name, layout.shards(finalists)
