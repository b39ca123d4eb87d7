"""Carbon dioxide at Mauna Loa: the first 70% of the weeks, then the rest.

The series of statsmodels (Keeling & Whorf): weekly means in ppm, 1958 to 2001, of which 59
are missing and left out.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from actmine.transfer.benchmark import Benchmark, Data, Tier, packaged
from actmine.transfer.benchmarks.tables import TRAINING, regression
from actmine.transfer.parts import ID_TEST, OOD_TEST

NAME = "co2"
_TRAINED_ON = 0.7
_DAYS_A_YEAR = 365.25


def load(tier: Tier, folders: Mapping[str, Path]) -> Data:
    """Inputs: the date, and the sine and cosine of the season. Target: ppm.

    Raises:
        MissingDataError: statsmodels is not installed.
    """
    path = packaged(
        NAME, "statsmodels", "datasets/co2/co2.csv", command="pip install 'actmine[transfer]'"
    )
    table = pd.read_csv(path, dtype={"date": str}).dropna()
    dates = pd.to_datetime(table["date"], format="%Y%m%d")
    years = (dates - dates.iloc[0]).dt.days.to_numpy(np.float64) / _DAYS_A_YEAR
    season = 2 * np.pi * years
    return regression(
        np.column_stack([years, np.sin(season), np.cos(season)]),
        table["co2"].to_numpy(np.float64),
        np.arange(len(table)) >= int(_TRAINED_ON * len(table)),
        columns=np.array([True, False, False]),
        metric="rmse",
    )


BENCHMARK = Benchmark(
    name=NAME,
    scores={ID_TEST: "co2, years trained on", OOD_TEST: "co2, later years"},
    load=load,
    training=TRAINING,
)
