"""Trains champion, GELU and ReLU on three tasks, so that a page can show how they go on.

Networks are not kept by a run, and a loss does not show what a prediction looks like. So the
champion and the references are trained once more, each in the sandbox, on held-out tasks of
one input: the first curved one of every family, whoever looks good there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actmine.functions.catalog import by_name
from actmine.gate.patience import patiently
from actmine.lab.handlers import answer_shapes, fit_request, request_arrays
from actmine.lab.measure import lab_settings
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE
from actmine.lab.work import Work, prepare
from actmine.records.candidate import candidate_id
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Limits
from actmine.sandbox.protocol import Arrays, ProtocolError, floats
from actmine.sandbox.reply import Reply
from actmine.settings.measurements import FIRST_REPLICATE, HELD_OUT
from actmine.settings.sections import Settings
from actmine.tasks.formula import parse_formula
from actmine.tasks.regions import intervals
from actmine.tasks.suite import Suite, suite_hash
from actmine.tasks.task import Task

SCHEMA_VERSION = 1
TASKS = 3
REPLICATES = 3  # networks a function and task; a page shows their spread
POINTS = 181
MARGIN = 0.04  # of the drawn range, beyond both regions: none of it is scored
CURVED = 0.2  # of a target's spread, left by the best line [ours]
_SHUFFLE = 20_260  # seed of the order in which the grid's points are predicted

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Function:
    """A function to train with.

    Attributes:
        role: `champion` or `reference`.
    """

    name: str
    source: str
    role: str


def choose(suite: Suite) -> tuple[Task, ...]:
    """Up to three tasks of one input: the first curved one of each family, then the next."""
    single = [task for task in suite.tasks if task.inputs == 1]
    single = [task for task in single if _is_curved(task)] or single
    first = {task.family: task for task in reversed(single)}
    chosen = [task for task in single if task is first[task.family]]
    chosen += [task for task in single if task not in chosen]
    return tuple(chosen[:TASKS])


def _is_curved(task: Task) -> bool:
    """Whether a line leaves much of the training targets: on one, all functions look alike."""
    x, y = task.x_train[:, 0].astype(np.float64), task.y_train.astype(np.float64)
    rest = y - np.polyval(np.polyfit(x, y, 1), x)
    return float(rest.std()) > CURVED * float(y.std())


def fit_champion(
    champion: Mapping[str, Any],
    suite: Suite,
    *,
    config: Settings,
    sandbox: Sandbox,
    limits: Limits,
) -> dict[str, Any]:
    """What `fits.json` holds, of a champion, if there is one, and the references.

    Args:
        champion: champion.json.
    """
    functions = [
        Function(name=known.name, source=known.source, role="reference")
        for known in map(by_name, (SECOND_REFERENCE, REFERENCE))
    ]
    if champion["candidate_id"] is not None:
        own = Function(name=champion["name"], source=champion["source"], role="champion")
        functions = [own, *functions]
    return fit_all(functions, suite, config=config, sandbox=sandbox, limits=limits)


def fit_all(
    functions: Sequence[Function],
    suite: Suite,
    *,
    config: Settings,
    sandbox: Sandbox,
    limits: Limits,
) -> dict[str, Any]:
    """What `fits.json` holds: per task a grid, its targets and every function's predictions.

    Args:
        functions: each is trained in a child of its own; one that fails has no predictions.
        suite: the held-out one.
        sandbox: one with the lab's handlers.
    """
    tasks = choose(suite)
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "replicates": REPLICATES,
        "functions": [
            {
                "candidate_id": candidate_id(function.source),
                "name": function.name,
                "role": function.role,
            }
            for function in functions
        ],
        "tasks": [],
    }
    if not tasks or not functions:
        return document
    grids = [_grid(task) for task in tasks]
    work = _work(suite, tasks, grids, config)
    settings = lab_settings(config)

    def ask(source: str) -> Reply:
        request = fit_request(source, settings)
        return sandbox.run(request, request_arrays(work), limits=limits)

    predicted = {}
    for function in functions:
        reply = patiently(ask, function.source)
        predicted[candidate_id(function.source)] = _predictions(reply.arrays, work)
    document["tasks"] = [
        _task_row(task, grid, {key: p[n] for key, p in predicted.items() if p is not None})
        for n, (task, grid) in enumerate(zip(tasks, grids, strict=True))
    ]
    return document


def _grid(task: Task) -> Array:
    """(POINTS,) inputs in the formula's units, over both regions and a little beyond."""
    regions = (task.train_region, task.ood_region)
    ends = [end for region in regions for part in intervals(region) for end in part]
    low, high = min(ends), max(ends)
    room = MARGIN * (high - low)
    return np.linspace(low - room, high + room, POINTS)


def _work(
    suite: Suite, tasks: tuple[Task, ...], grids: Sequence[Array], config: Settings
) -> Work:
    """The lab's own work on these tasks, but predicted on the grids."""
    part = replace(suite, tasks=tasks, hash=suite_hash(tasks))
    first = FIRST_REPLICATE[HELD_OUT]
    work, _ = prepare(
        part,
        replicates=tuple(range(first, first + REPLICATES)),
        settings=lab_settings(config),
    )
    standard = [
        (grid - task.x_mean[0]) / task.x_std[0] for task, grid in zip(tasks, grids, strict=True)
    ]
    # Shuffled as the lab's test rows are: a chunk mixes both regions.
    x = np.stack(standard)[:, _order(), None].astype(np.float32)
    return replace(work, x_test=np.ascontiguousarray(x))


def _order() -> NDArray[np.intp]:
    return np.random.Generator(np.random.PCG64(_SHUFFLE)).permutation(POINTS)


def _predictions(arrays: Arrays, work: Work) -> NDArray[np.float32] | None:
    """(task, replicate, point), in the grid's order; none if the child gave none."""
    try:
        test = floats(arrays, answer_shapes(work))["test"]
    except ProtocolError:
        return None
    if not np.isfinite(test).all():
        return None
    sorted_back = np.empty_like(test)
    sorted_back[:, _order()] = test
    return sorted_back.reshape(-1, REPLICATES, POINTS)


def _task_row(task: Task, grid: Array, predictions: Mapping[str, Any]) -> dict[str, Any]:
    with np.errstate(all="ignore"):  # beyond its regions a formula may have a pole
        target = parse_formula(task.formula).evaluate({task.variables[0]: grid})
        target = (target - task.y_mean) / task.y_std
    return {
        "name": task.name,
        "family": task.family,
        "formula": task.formula,
        "variable": task.variables[0],
        "train": list(map(list, intervals(task.train_region))),
        "ood": list(map(list, intervals(task.ood_region))),
        "x": _rounded(grid),
        "target": [value if np.isfinite(value) else None for value in _rounded(target)],
        "predictions": {key: [_rounded(row) for row in p] for key, p in predictions.items()},
    }


def _rounded(values: Any) -> list[float]:
    return [float(f"{value:.5g}") for value in values]
