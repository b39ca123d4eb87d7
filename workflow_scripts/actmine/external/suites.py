"""Draws an external suite, whichever it is, as a suite that the lab can measure."""

from collections.abc import Mapping

import numpy as np

from actmine.external import eql, feynman, llm_sr, nn_extrapolate, perkit
from actmine.external.metric import Metric
from actmine.external.plan import NAMES
from actmine.external.source import Size, Source
from actmine.records.rows import to_row
from actmine.settings.measurements import EXTERNAL
from actmine.settings.sections import ExternalSettings
from actmine.settings.suites import Samples
from actmine.tasks.suite import RELATIVE, Suite, stream, suite_hash

_MODULES = (eql, nn_extrapolate, llm_sr, feynman, perkit)
SOURCES: Mapping[str, Source] = {module.SOURCE.name: module.SOURCE for module in _MODULES}
assert tuple(SOURCES) == NAMES

# Rows as EQL÷ has them to train on, the most that all others have too.
_FULL = Samples(train=10_000, id_test=1_000, ood_test=4_000)
_SMOKE = Samples(train=256, id_test=64, ood_test=128)


def size(name: str, asked: ExternalSettings) -> Size:
    """How much of a suite is drawn; equations are many, so that one draw of each is enough."""
    draws = 1 if name == "feynman" else asked.draws
    if asked.tier == "smoke":
        return Size(draws=min(draws, 2), samples=_SMOKE, formulas=6)
    return Size(draws=draws, samples=_FULL)


def draw(name: str, asked: ExternalSettings, *, seed: int) -> Suite:
    """The suite of a name.

    Raises:
        MissingDataError: its data are not on this machine.
    """
    source, own = SOURCES[name], size(name, asked)

    def seeds(task: str, purpose: str) -> np.random.SeedSequence:
        return stream(seed, EXTERNAL + name, task, purpose)

    tasks = tuple(source.draw(own, seeds))
    settings = {**to_row(own), RELATIVE: source.metric is Metric.RELATIVE}
    return Suite(
        name=EXTERNAL + name, tasks=tasks, seed=seed, settings=settings, hash=suite_hash(tasks)
    )
