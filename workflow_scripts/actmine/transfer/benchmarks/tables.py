"""Splits of tables and series: a test range of its own, the rest at random."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from actmine.transfer.benchmark import Data, Kind, Output, Tier
from actmine.transfer.job import Training
from actmine.transfer.parts import ID_TEST, OOD_TEST, TRAIN, VAL, Part

_HELD_BACK = 0.1  # of the rows before the test range, for validation and again for id_test
_SPLIT_SEED = 0

Floats = NDArray[np.float64]


def regression(
    x: Floats, y: Floats, outside: NDArray[np.bool_], *, columns: NDArray[np.bool_], metric: str
) -> Data:
    """A table whose test range is known; inputs and target standardised by training rows.

    Args:
        x: (row, column).
        y: (row,).
        outside: (row,) which rows make up the test range.
        columns: (column,) which are standardised; indicators are not.
        metric: of the target.
    """
    inside = np.random.Generator(np.random.PCG64(_SPLIT_SEED)).permutation(
        np.flatnonzero(~outside)
    )
    held = int(len(inside) * _HELD_BACK)
    rows = {
        VAL: np.sort(inside[:held]),
        ID_TEST: np.sort(inside[held : 2 * held]),
        TRAIN: np.sort(inside[2 * held :]),
        OOD_TEST: np.flatnonzero(outside),
    }
    mean = np.where(columns, x[rows[TRAIN]].mean(axis=0), 0.0)
    scale = np.where(columns, x[rows[TRAIN]].std(axis=0), 1.0)
    x = (x - mean) / np.where(scale > 0, scale, 1.0)
    y = (y - y[rows[TRAIN]].mean()) / y[rows[TRAIN]].std()

    x, y = x.astype(np.float32), y.astype(np.float32)
    return Data(
        splits={
            name: (Part(inputs={"x": x[chosen]}, targets={"y": y[chosen]}),)
            for name, chosen in rows.items()
        },
        outputs={"y": Output(kind=Kind.REGRESSION, metric=metric)},
        network={"inputs": x.shape[1]},
    )


# Two hidden layers of 64 units; a smoke test takes a tenth of the steps.
_training = partial(
    Training,
    network="perceptron",
    settings={"width": 64, "depth": 2},
    batch=128,
    learning_rate=0.003,
)
TRAINING = {
    Tier.SMOKE: _training(steps=100),
    Tier.OFFLINE: _training(steps=1000),
    Tier.FULL: _training(steps=1000),
}
