"""The store keeps what the run's files say, so that a rerun takes nothing else from it."""

from collections.abc import Iterator

from actmine import layout
from actmine.audit.audited import Audited
from actmine.audit.problem import DamagedError, Problem, reading
from actmine.evaluation import Evaluation, to_row
from actmine.files import canonical_json, read_json
from actmine.lab import store
from actmine.lab.conditions import under
from actmine.lab.measure import lab_settings


def problems(
    run: Audited, one: Evaluation, source: str, *, measurement: str
) -> Iterator[Problem]:
    """A kept measurement that is not the one in the run's files.

    Only what today's code would take counts: other code has other addresses.
    """
    address = store.key(
        source,
        suite_hash=one.suite_hash,
        replicates=one.replicates,
        settings=lab_settings(under(run.config, measurement)),
        rungs=tuple(rung.steps for rung in one.rungs),
    )
    path = run.folder / layout.STORE / address[:2] / f"{address}.json"
    if not path.exists():
        return
    try:
        with reading(path, run.folder):
            same = canonical_json(read_json(path)) == canonical_json(
                {**to_row(one), "slot": None}
            )
    except DamagedError as damaged:
        yield damaged.problem
        return
    if not same:
        what = f"keeps another measurement of {one.candidate_id} than the run's files have"
        yield Problem(file=run.relative(path), what=what)
