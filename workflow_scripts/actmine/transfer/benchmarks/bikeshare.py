"""Bicycles rented in Washington: January to June, then July to December.

The hourly table of ISLP (Fanaee-T & Gama 2014), 2011 alone.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from actmine.transfer.benchmark import Benchmark, Data, Tier, packaged
from actmine.transfer.benchmarks.tables import TRAINING, regression
from actmine.transfer.parts import ID_TEST, OOD_TEST

NAME = "bikeshare"
_NUMBERS = ["temp", "atemp", "hum", "windspeed"]
_FLAGS = ["holiday", "workingday"]
_CATEGORIES = ["hr", "weekday", "weathersit"]
_FIRST_HALF_DAYS = 181  # of 2011


def load(tier: Tier, folders: Mapping[str, Path]) -> Data:
    """Inputs: weather, hour, kind of day; no date. Target: rentals in the hour.

    Raises:
        MissingDataError: ISLP is not installed.
    """
    path = packaged(NAME, "ISLP", "data/Bikeshare.csv", command="pip install --no-deps islp")
    table = pd.read_csv(path)
    indicators = pd.get_dummies(table[_CATEGORIES].astype(str))
    x = pd.concat([table[_NUMBERS], table[_FLAGS], indicators], axis=1)
    return regression(
        x.to_numpy(np.float64),
        table["bikers"].to_numpy(np.float64),
        table["day"].to_numpy() > _FIRST_HALF_DAYS,
        columns=np.array([name in _NUMBERS for name in x.columns]),
        metric="r2",
    )


BENCHMARK = Benchmark(
    name=NAME,
    scores={ID_TEST: "bikeshare, same months", OOD_TEST: "bikeshare, later months"},
    load=load,
    training=TRAINING,
)
