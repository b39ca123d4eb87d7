"""Says whether two measurements of one function on the same tasks and networks agree.

The same vector instructions give the same bits. Others round otherwise, and training amplifies
it: on 8 tasks of 60 steps, the losses outside the training region of 38 functions differed
between AVX-512 and no vector instructions by .0075 in the median, by more than 5% on one task
of the eight, and by .011 in fitness; on the demo's 84 tasks by less than .0003 on any. [ours]
"""

import hashlib
from array import array
from collections.abc import Iterator
from enum import StrEnum
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from actmine.audit.audited import Line
from actmine.audit.problem import Problem
from actmine.evolution.reading import read_evaluations
from actmine.records.evaluation import REGIONS, Evaluation, Rung, Table
from actmine.records.status import Status
from actmine.settings.measurements import ROBUST

# Of |log ratio| of two losses of a task, where instructions differ. [ours]
_MEDIAN = 0.02
_FITNESS = 0.02  # of its mean over tasks with sign, by which a fitness would be shifted
_FAR, _SHARE_FAR = 0.05, 0.2  # so large it is on no more than this share of the tasks
_INSIDE = 10.0  # times as much inside the region, where losses are small and only guard
_TINY = 1e-12  # added to every loss
PATIENCE = 4  # times the run's own limit of time: this machine may be slower


class Outcome(StrEnum):
    """How a second measurement came out."""

    IDENTICAL = "identical"
    WITHIN = "within tolerance"
    DIFFERENT = "different"


def outcome(recorded: Evaluation, again: Evaluation) -> Outcome:
    """How a second measurement came out."""
    if _facts(recorded) == _facts(again):
        return Outcome.IDENTICAL
    rungs = list(zip(recorded.rungs, again.rungs, strict=False))
    near = all(_rungs_near(*both) for both in rungs)
    if recorded.is_scored and again.is_scored:
        near &= all(_near(recorded, again, region) for region in REGIONS)
    elif recorded.status is not again.status or len(recorded.rungs) != len(again.rungs):
        # Close to a threshold a fit may be stopped on one machine and go on on another.
        rounded = any(one != other for one, other in rungs)
        near &= rounded and Status.PRUNED in (recorded.status, again.status)
    return Outcome.WITHIN if near else Outcome.DIFFERENT


def contradict(recorded: Evaluation, again: Evaluation) -> bool:
    """Whether both cannot be true: with the same instructions bits are promised."""
    found = outcome(recorded, again)
    kernels = ((one.device, one.cpu_capability) for one in (recorded, again))
    bits = recorded.is_scored and len(set(kernels)) == 1
    return found is Outcome.DIFFERENT or (bits and found is Outcome.WITHIN)


def distance(recorded: Evaluation, again: Evaluation) -> str:
    """How far losses outside the training region are apart; empty if one has none."""
    ratios = _log_ratios(recorded.ood, again.ood)
    if ratios is None:
        return ""
    sizes = np.abs(ratios)
    return (
        f"log ratio of losses {ratios.mean():+.2g} on average, {np.median(sizes):.2g} in the "
        f"median, over {_FAR:g} on {(sizes > _FAR).mean():.0%} of tasks"
    )


class Fits:
    """Holds the first measurement of each fit against those in other files of a run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._first: dict[str, tuple[Line, str]] = {}

    def problems(
        self, measurement: str, evaluation: Evaluation, *, line: Line
    ) -> Iterator[Problem]:
        """That another file has other losses of the same source, tasks and networks."""
        lab = measurement if measurement.startswith(ROBUST) else ""
        fit = (evaluation.candidate_id, evaluation.suite_hash, evaluation.replicates, lab)
        key = hashlib.sha256(repr(fit).encode()).hexdigest()
        found = _digest(evaluation)
        first, known = self._first.setdefault(key, (line, found))
        if found != known:
            other = read_evaluations([self._folder / first.file])[first.number]
            if _exclude(other, evaluation):
                what = f"has other losses of {evaluation.candidate_id} than {first.file}"
                yield Problem(file=line.file, what=what)


def _exclude(one: Evaluation, other: Evaluation) -> bool:
    """Whether two records of a fit cannot be both; thresholds may have stopped one of them."""
    statuses = {one.status, other.status}
    if Status.TIMEOUT in statuses:
        return False
    if Status.PRUNED in statuses or statuses == {Status.FAILED}:
        rungs = zip(one.rungs, other.rungs, strict=False)
        return not all(_rungs_near(*both) for both in rungs)
    return contradict(one, other)


def _facts(evaluation: Evaluation) -> tuple[str, str, tuple[Table, ...], tuple[Rung, ...]]:
    """All that is the same wherever it is measured, but for bits."""
    losses = (evaluation.train, evaluation.id, evaluation.ood, evaluation.curve)
    return evaluation.status.value, evaluation.reason, losses, evaluation.rungs


def _digest(evaluation: Evaluation) -> str:
    """The sha256 of `_facts`, losses by their bits: to write them out would take far longer."""
    status, reason, losses, rungs = _facts(evaluation)
    tables = [*losses, *(table for rung in rungs for table in (rung.id, rung.ood))]
    shapes = [[len(row) for row in table] for table in tables]
    told = repr((status, reason, [rung.steps for rung in rungs], shapes))
    found = hashlib.sha256(told.encode())
    for table in tables:
        found.update(array("d", chain.from_iterable(table)))
    return found.hexdigest()


def _near(recorded: Evaluation, again: Evaluation, region: str) -> bool:
    tables: tuple[Table, Table] = getattr(recorded, region), getattr(again, region)
    return _tables_near(*tables, factor=1.0 if region == "ood" else _INSIDE)


def _rungs_near(one: Rung, other: Rung) -> bool:
    if one.steps != other.steps or bool(one.ood) != bool(other.ood):
        return False
    return not one.ood or (
        _tables_near(one.ood, other.ood) and _tables_near(one.id, other.id, factor=_INSIDE)
    )


def _tables_near(one: Table, other: Table, *, factor: float = 1.0) -> bool:
    ratios = _log_ratios(one, other)
    if ratios is None:
        return False
    sizes = np.abs(ratios)
    of_means = abs(np.log(np.mean(other) + _TINY) - np.log(np.mean(one) + _TINY))
    return bool(
        np.median(sizes) <= factor * _MEDIAN
        and max(abs(ratios.mean()), of_means) <= factor * _FITNESS
        and (sizes > factor * _FAR).mean() <= _SHARE_FAR
    )


def _log_ratios(one: Table, other: Table) -> NDArray[np.float64] | None:
    """Of each task's mean losses; none if there are none, or of other networks."""
    tables = np.array(one), np.array(other)
    if not one or tables[0].shape != tables[1].shape:
        return None
    means = [table.mean(axis=1) + _TINY for table in tables]
    return np.asarray(np.log(means[1] / means[0]))
