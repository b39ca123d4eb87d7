"""Checks one measurement: tasks and networks, isolation, and what the store keeps of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from actmine import layout
from actmine.audit.audited import Audited
from actmine.audit.problem import Problem
from actmine.lab import store
from actmine.number_text import counted
from actmine.records.evaluation import REGIONS, Evaluation
from actmine.records.rows import read_record
from actmine.records.status import Status
from actmine.sandbox.layers import Isolation
from actmine.settings.measurements import suite_name

_LAYERS = frozenset(
    {"process", "environment", "descriptors", "rlimits", "privileges", "landlock", "seccomp"}
)


def measurement_problems(
    run: Audited,
    measurement: str,
    evaluation: Evaluation,
    *,
    file: str,
    repeats: Sequence[int] = (0,),
) -> Iterator[Problem]:
    """An evaluation on other tasks or networks than its measurement has.

    Args:
        repeats: how often it may have been made before.
    """
    suite = (suite_name(measurement), run.suite_hash(measurement))
    if (evaluation.suite, evaluation.suite_hash) != suite:
        yield Problem(
            file=file, what=f"{evaluation.candidate_id} was measured on another suite"
        )
    if what := _misshapen(evaluation, tasks=run.tasks(measurement), steps=run.rungs):
        yield Problem(file=file, what=f"{evaluation.candidate_id} has {what}")
    if evaluation.replicates not in [run.replicates(measurement, repeat=k) for k in repeats]:
        yield Problem(
            file=file,
            what=f"{evaluation.candidate_id} has the replicates {evaluation.replicates}",
        )


def _misshapen(evaluation: Evaluation, *, tasks: int, steps: Sequence[int]) -> str:
    """What of an evaluation no training of so many tasks could give; empty if nothing."""
    parts = [evaluation, *evaluation.rungs]
    tables = [getattr(part, name, ()) for part in parts for name in REGIONS]
    networks = len(evaluation.replicates)
    for losses in filter(None, tables):
        if len(losses) != tasks or any(len(row) != networks or min(row) < 0 for row in losses):
            return (
                f"losses that are no squared errors of {counted(tasks, 'task')} by "
                f"{counted(networks, 'network')}"
            )
    if len(evaluation.curve) not in (0, tasks):
        return f"curves of {counted(len(evaluation.curve), 'task')}, not of {tasks}"
    reached = [rung.steps for rung in evaluation.rungs]
    return "" if reached == list(steps[: len(reached)]) else f"losses after {reached} steps"


def isolation_problems(run: Audited, evaluation: Evaluation, *, file: str) -> Iterator[Problem]:
    """An evaluation that was made under other layers of isolation than the run asks for."""
    if evaluation.status is Status.REJECTED and not evaluation.layers:
        return  # the static gate refused it: nothing ran
    asked = Isolation(run.config.sandbox.isolation)
    if what := _missing_layer(asked, evaluation.layers):
        yield Problem(file=file, what=f"{evaluation.candidate_id}: {what}")


def _missing_layer(asked: Isolation, layers: Mapping[str, str]) -> str:
    recorded = layers.get("isolation")
    if recorded != asked.value:
        return f"was measured under the isolation {recorded}, the run asks for {asked.value}"
    if missing := sorted(_LAYERS - layers.keys()):
        return f"its record of layers says nothing of {missing[0]}"
    if asked is not Isolation.GATE_ONLY and layers["seccomp"] != "on":
        return f"seccomp was {layers['seccomp']}"
    if asked is Isolation.STRICT and not layers["landlock"].startswith("on"):
        return f"Landlock was {layers['landlock']}"
    return ""


def store_problems(
    run: Audited, evaluation: Evaluation, source: str, *, measurement: str
) -> Iterator[Problem]:
    """A stored measurement that is not the one in the run's files: a rerun would take it.

    Only what today's code would take counts: other code has other addresses.
    """
    steps = tuple(rung.steps for rung in evaluation.rungs)
    stopped = bool(steps) and evaluation.status is not Status.SCORED
    # A fit that was stopped is kept under its last rung, or was cut from a whole one.
    for rung in (store.FULL, str(steps[-1])) if stopped else (store.FULL,):
        address = store.key(
            source,
            suite_hash=evaluation.suite_hash,
            replicates=evaluation.replicates,
            settings=run.fit_settings(measurement),
            device=evaluation.device,
            rungs=run.rungs if stopped else steps,
            rung=rung,
        )
        path = store.path(run.folder / layout.STORE, address)
        if path.exists():
            yield from run.check_file(path, partial(_difference, evaluation, stopped))


def _difference(recorded: Evaluation, stopped: bool, path: Path) -> str:
    """Of a stopped fit the losses at its rungs: why it ended depends on who kept it."""
    stored = read_record(path, Evaluation)
    if stopped:
        same = stored.rungs[: len(recorded.rungs)] == recorded.rungs
    else:
        same = _untimed(stored) == _untimed(recorded)
    what = f"keeps another measurement of {recorded.candidate_id} than the run's files have"
    return "" if same else what


def _untimed(evaluation: Evaluation) -> Evaluation:
    """Without what follows from time, which differs where one source is trained twice.

    Two islands that write it at once do so, and a command whose run has lost its store. The
    limit of CPU time follows from the times of the references; no other limit does.
    """
    layers = dict(evaluation.layers)
    if "rlimits" in layers:
        layers["rlimits"] = re.sub(r"^cpu \d+ s\b", "cpu", layers["rlimits"])
    return replace(evaluation, slot=None, timings={}, layers=layers)
