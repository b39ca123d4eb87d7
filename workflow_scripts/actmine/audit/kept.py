"""The store keeps what the run's files say, so that a rerun takes nothing else from it."""

from collections.abc import Iterator
from dataclasses import replace

from actmine import layout
from actmine.audit.audited import Audited
from actmine.audit.problem import DamagedError, Problem, reading
from actmine.files import read_json
from actmine.lab import store
from actmine.lab.ladder import rung_steps
from actmine.lab.measure import lab_settings
from actmine.records.evaluation import Evaluation, from_row
from actmine.records.status import Status
from actmine.settings.conditions import under


def problems(
    run: Audited, one: Evaluation, source: str, *, measurement: str
) -> Iterator[Problem]:
    """A kept measurement that is not the one in the run's files.

    Only what today's code would take counts: other code has other addresses.
    """
    steps = tuple(rung.steps for rung in one.rungs)
    stopped = bool(steps) and one.status is not Status.SCORED
    # A fit that was stopped is kept under its last rung, or was cut from a whole one.
    for rung in (store.FULL, str(steps[-1])) if stopped else (store.FULL,):
        address = store.key(
            source,
            suite_hash=one.suite_hash,
            replicates=one.replicates,
            settings=lab_settings(under(run.config, measurement)),
            rungs=rung_steps(run.config) if stopped else steps,
            rung=rung,
        )
        path = run.folder / layout.STORE / address[:2] / f"{address}.json"
        if not path.exists():
            continue
        try:
            with reading(path, run.folder):
                same = _same(one, from_row(read_json(path)), stopped=stopped)
        except DamagedError as damaged:
            yield damaged.problem
            continue
        if not same:
            what = f"keeps another measurement of {one.candidate_id} than the run's files have"
            yield Problem(file=run.relative(path), what=what)


def _same(one: Evaluation, kept: Evaluation, *, stopped: bool) -> bool:
    """Of a stopped fit the losses at its rungs: why it ended depends on who kept it.

    Times may differ: two islands that write the same source at once both train it.
    """
    if stopped:
        return kept.rungs[: len(one.rungs)] == one.rungs
    return kept == replace(one, slot=None, timings=kept.timings)
