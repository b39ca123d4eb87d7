"""What a constant would lose on held-out tasks: the yardstick of who learned nothing. [ours]"""

from pathlib import Path

import numpy as np

from actmine import layout
from actmine.lab.estimate import Array
from actmine.settings.measurements import HELD_OUT
from actmine.tasks.suite import Suite, load_suite
from actmine.tasks.task import Floats


def constant_losses(suite: Suite) -> Array:
    """(task,) OOD loss of the constant that fits best: the mean of the training targets."""
    return np.array([_mean_square(task.y_ood, task.y_train) for task in suite.tasks])


def read_constant_losses(run: Path) -> Array:
    """The same of a run's held-out tasks.

    Raises:
        SuiteFileError: their files are damaged.
    """
    return constant_losses(
        load_suite(layout.arrays(run, HELD_OUT), layout.manifest(run, HELD_OUT))
    )


def _mean_square(tested: Floats, trained: Floats) -> float:
    level = trained.mean(dtype=np.float64)
    return float(np.square(tested.astype(np.float64) - level).mean())
