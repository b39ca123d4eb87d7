"""Trains a sample of a run's records again, its references always, and compares."""

import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path

from actmine import layout
from actmine.audit import sums
from actmine.audit.agreement import PATIENCE, Outcome, contradict, distance, outcome
from actmine.audit.audited import Audited, Line, walk
from actmine.audit.difference import differing
from actmine.audit.gate_checks import gate_problems
from actmine.audit.measured import listed_sources, measured_sets
from actmine.audit.page_checks import page_problems
from actmine.audit.problem import BROKEN, Problem, reading
from actmine.capability import cpu_capability
from actmine.champion import handlers
from actmine.champion.drawn_curves import Sampled, sample_drawn
from actmine.evolution.reading import read_evaluations, read_listed
from actmine.files import read_json
from actmine.functions.catalog import by_name
from actmine.lab.measure import Lab, fit_limits, measurement
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE
from actmine.records.candidate import candidate_id
from actmine.records.evaluation import Evaluation
from actmine.records.proposal import Proposal
from actmine.records.rows import read_records, to_row
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.records.threshold import Threshold
from actmine.sandbox.host import Sandbox
from actmine.settings.measurements import CONTROL, HELD_OUT, ROBUST, suite_name
from actmine.tasks.suite import load_suite
from actmine.validation.fits import fit_champion

_REFERENCES = (REFERENCE, SECOND_REFERENCE)


@dataclass(frozen=True, kw_only=True)
class Record:
    """A measurement of a run with all that it was made of; its losses stay in the file.

    Attributes:
        measurement: whose tasks and networks, such as `search_1`.
        arm: whose fitness stops it; empty for what no arm proposed.
        repeat: how often the candidate was measured before.
        thresholds: below which its fit was to be stopped.
        always: it is of a reference, of a control or of what the run puts forward.
    """

    line: Line
    measurement: str
    source: str
    arm: str = ""
    repeat: int = 0
    thresholds: tuple[Threshold, ...] = ()
    always: bool = False


@dataclass(frozen=True, kw_only=True)
class Retrained:
    """A measurement that was made again.

    Attributes:
        limit_s: CPU seconds that it was given in the run.
    """

    record: Record
    recorded: Evaluation
    again: Evaluation
    limit_s: float

    @property
    def outcome(self) -> Outcome:
        """How the second training came out."""
        return outcome(self.recorded, self.again)

    @property
    def distance(self) -> str:
        """How far the losses are apart; empty where one has none."""
        return distance(self.recorded, self.again)

    @property
    def is_wrong(self) -> bool:
        """Whether the record cannot stand."""
        if self.recorded.status is Status.TIMEOUT:  # here, the limit is a larger one
            took = self.again.timings.get("cpu_s", 0.0)
            return took < self.limit_s / PATIENCE
        return contradict(self.recorded, self.again)


class _Lent(Sandbox):
    """One warm process for all labs of an audit; each of its own would import torch anew."""

    def close(self) -> None:
        """Leaves it for the next lab."""

    def end(self) -> None:
        """Closes it."""
        super().close()


def retrain(run: Audited, *, count: int, seed: int) -> Iterator[Retrained | Problem]:
    """Measures references, controls and so many other records again, without the store.

    Problems are records that cannot be measured again, and what the gate says otherwise.

    Raises:
        SandboxError: the sandbox itself does not work.
    """
    known = list(records(run))
    others = [record for record in known if not record.always]
    drawn = random.Random(seed).sample(others, min(count, len(others)))
    chosen = [*(record for record in known if record.always), *drawn]
    chosen.sort(key=_lab)
    ids = {candidate_id(record.source) for record in chosen}
    yield from gate_problems(run, ids, count=count, seed=seed)
    sandbox = _Lent(handlers, isolation=run.config.sandbox.isolation)
    try:
        for (name, arm), measured in groupby(chosen, key=_lab):
            try:
                yield from _again(run, name, arm, list(measured), sandbox)
            except BROKEN as error:
                what = f"its measurements cannot be made again ({' '.join(str(error).split())})"
                yield Problem(file=name, what=what[:400])
        folder = run.folder / "champion"
        for name, check in (("curves.jsonl", _other_curves), ("fits.json", _other_fits)):
            if (folder / name).exists():
                yield from run.check_file(folder / name, partial(check, run, sandbox))
    finally:
        sandbox.end()
    yield from page_problems(run)
    if (run.folder / sums.TRANSFER).exists():
        from actmine.audit.transfer_retraining import outcome_problems  # with all benchmarks

        yield from outcome_problems(run.folder, count=count, seed=seed)


def _lab(record: Record) -> tuple[str, str]:
    return record.measurement, record.arm


def records(run: Audited) -> Iterator[Record]:
    """Every measurement of a run whose source is listed; damaged files are left out."""
    references = {by_name(name).candidate.candidate_id for name in _REFERENCES}
    told = references | _compared(run)
    for place in walk(run):
        if isinstance(place, Problem):
            continue
        by_slot: dict[Slot | None, Proposal] = {one.slot: one for one in place.proposals}
        for line, evaluation in place.lines:
            proposal = by_slot.get(evaluation.slot)
            if evaluation.slot is not None and proposal is None:
                continue
            yield Record(
                line=line,
                measurement=place.draw,
                source=proposal.source if proposal else by_name(REFERENCE).source,
                arm=place.arm,
                repeat=_repeat(run, place.draw, evaluation),
                thresholds=proposal.thresholds if proposal else (),
                always=evaluation.candidate_id in told,
            )
    sources = listed_sources(run)
    for found in measured_sets(run):
        if isinstance(found, Problem):
            continue
        file, measured = found
        in_other_lab = measured.measurement.startswith(ROBUST)
        for number, evaluation in enumerate(measured.evaluations):
            if source := sources.get(evaluation.candidate_id):
                yield Record(
                    line=Line(file=file, number=number),
                    measurement=measured.measurement,
                    source=source,
                    always=evaluation.candidate_id in (references if in_other_lab else told),
                )


def _compared(run: Audited) -> set[str]:
    """Champions and the best known function, in the form in which the search had them too."""
    path = layout.compared(run.folder)
    if not path.exists():
        return set()
    with reading(path, run.folder):
        listed = read_listed(path)
    return {name for one in listed for name in (one.candidate_id, one.found_as) if name}


def _repeat(run: Audited, name: str, evaluation: Evaluation) -> int:
    """How often a candidate was measured before, by the replicates that it has."""
    first = run.replicates(name)
    return (evaluation.replicates[0] - first[0]) // len(first) if evaluation.replicates else 0


def _other_curves(run: Audited, sandbox: Sandbox, path: Path) -> str:
    """Of the figures' curves, those that the functions do not give."""
    again = sample_drawn(
        run.folder, run.config.arms, generations=run.generations, sandbox=sandbox
    )
    other = _other_kernels(run)
    documents = [
        {f"{one.candidate_id} up to {one.limit:g}": other or to_row(one) for one in lines}
        for lines in (read_records(path, Sampled), again)
    ]
    keys = differing(*documents)
    return f"sampling again gives other curves of {', '.join(keys)}" if keys else ""


def _other_fits(run: Audited, sandbox: Sandbox, path: Path) -> str:
    """Of the figure of the champion's fits, what is not what training gives."""
    folder, config = run.folder, run.config
    reference = read_evaluations([layout.reference(folder, HELD_OUT)])
    again = fit_champion(
        read_json(folder / "validation" / "champion.json"),
        load_suite(layout.arrays(folder, HELD_OUT), layout.manifest(folder, HELD_OUT)),
        config=config,
        sandbox=sandbox,
        limits=fit_limits(config.sandbox, reference),
    )
    documents = [read_json(path), again]
    if _other_kernels(run):
        documents = [
            {**whole, "tasks": [{**task, "predictions": None} for task in whole["tasks"]]}
            for whole in documents
        ]
    keys = differing(*documents)
    return f"training again gives other {', '.join(keys)}" if keys else ""


def _other_kernels(run: Audited) -> bool:
    """Whether curves and predictions were made with other vector instructions than these.

    They do not name them; the references on the held-out tasks do.
    """
    reference = read_evaluations([layout.reference(run.folder, HELD_OUT)])
    return any(one.cpu_capability != cpu_capability() for one in reference)


def _again(
    run: Audited, name: str, arm: str, chosen: Sequence[Record], sandbox: Sandbox
) -> Iterator[Retrained]:
    suite = suite_name(name)
    alone = name == CONTROL or name.startswith(ROBUST)  # measured with its own references
    reference = [] if alone else read_evaluations([layout.reference(run.folder, name)])
    limits = fit_limits(run.config.sandbox, reference)
    patient = replace(limits, cpu_s=PATIENCE * limits.cpu_s, wall_s=PATIENCE * limits.wall_s)
    arrays, manifest = layout.arrays(run.folder, suite), layout.manifest(run.folder, suite)
    with (
        tempfile.TemporaryDirectory(prefix="actmine-audit-") as kept,
        Lab(
            measurement(name, load_suite(arrays, manifest), run.config),
            limits=patient,
            kept=Path(kept),
            sandbox=sandbox,
            scorer=None if alone else run.scorer(name, arm=arm),
        ) as lab,
    ):
        for record in chosen:
            path, number = run.folder / record.line.file, record.line.number
            yield Retrained(
                record=record,
                recorded=read_evaluations([path])[number],
                again=lab.repeated(record.repeat).measure(
                    record.source, thresholds=record.thresholds
                ),
                limit_s=limits.cpu_s,
            )
