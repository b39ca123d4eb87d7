"""A constant's loss on held-out tasks is that of the mean of what was trained on."""

import numpy as np
import pytest

from actmine.settings.configuration import families_of, load
from actmine.settings.measurements import HELD_OUT
from actmine.tasks.suite import draw_suite
from actmine.validation.constant import constant_losses


def test_no_other_constant_fits_the_training_rows_better():
    config = load("smoke")
    suite = draw_suite(
        HELD_OUT, families_of(config, HELD_OUT), samples=config.tasks.samples, seed=3
    )
    found = constant_losses(suite)
    assert found.shape == (len(suite.tasks),)
    for task, loss in zip(suite.tasks, found, strict=True):
        # Least squares with a column of ones alone, by another way than the mean.
        ones = np.ones((len(task.y_train), 1))
        (level,), *_ = np.linalg.lstsq(ones, task.y_train.astype(np.float64), rcond=None)
        assert loss == pytest.approx(np.mean((task.y_ood - level) ** 2), rel=1e-5)
