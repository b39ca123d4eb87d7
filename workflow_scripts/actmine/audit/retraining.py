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
class Record:
    """A scored measurement of a run, with the source that it is of.

    Attributes:
        file: relative to the run.
    """

    file: str
    measurement: str
    source: str
    evaluation: Evaluation


@dataclass(frozen=True, kw_only=True)
class Retrained:
    """A measurement that was made again."""

    record: Record
    again: Evaluation

    @property
    def deviation(self) -> float | None:
        """The median over tasks of |log ratio| of mean out-of-distribution losses.

        Single tasks may diverge chaotically. None where the second training failed.
        """
        new, old = self.again, self.record.evaluation
        if new.status is not Status.SCORED or len(new.ood) != len(old.ood):
            return None
        means = [np.mean(np.array(evaluation.ood), axis=1) + 1e-12 for evaluation in (old, new)]
        return float(np.median(np.abs(np.log(means[0] / means[1]))))

    @property
    def outcome(self) -> Outcome:
        """How the second training came out."""
        new, old = self.again, self.record.evaluation
        if (new.train, new.id, new.ood) == (old.train, old.id, old.ood):
            return Outcome.IDENTICAL
        within = self.deviation is not None and self.deviation <= TOLERANCE
        return Outcome.WITHIN if within else Outcome.DIFFERENT

    @property
    def is_wrong(self) -> bool:
        """Whether the record cannot stand: with the same instructions bits are promised."""
        if self.again.cpu_capability == self.record.evaluation.cpu_capability:
            return self.outcome is not Outcome.IDENTICAL
        return self.outcome is Outcome.DIFFERENT


def retrain(run: Audited, *, count: int, seed: int) -> Iterator[Retrained]:
    """Measures so many scored records again, in the sandbox, without the run's store.

    Raises:
        SandboxError: the sandbox itself does not work.
    """
    records = _records(run)
    drawn = random.Random(seed).sample(records, min(count, len(records)))
    for name in MEASUREMENTS:
        chosen = [record for record in drawn if record.measurement == name]
        if chosen:
            yield from _again(run, name, chosen)


def _again(run: Audited, name: str, chosen: Sequence[Record]) -> Iterator[Retrained]:
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
        for record in chosen:
            yield Retrained(record=record, again=lab.measure(record.source))


def _records(run: Audited) -> list[Record]:
    """Every scored record whose source the run lists, in order of its file."""
    records = []
    for listing, measurement_name, shards in _listings(run):
        sources = {row["candidate_id"]: row["source"] for row in read_jsonl(listing)}
        for path in shards:
            records += [
                Record(
                    file=run.relative(path),
                    measurement=measurement_name,
                    source=sources[evaluation.candidate_id],
                    evaluation=evaluation,
                )
                for evaluation in read_evaluations([path])
                if evaluation.status is Status.SCORED and evaluation.candidate_id in sources
            ]
    return records


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
