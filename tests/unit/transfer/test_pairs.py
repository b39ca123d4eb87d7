"""Mined functions against known ones on real data: paired by seed, corrected for all tests."""

import numpy as np
import pytest
from scipy.stats import ttest_rel

from actmine.transfer.comparison import Scale
from actmine.transfer.pairs import Measured, pair_table, pairs
from actmine.transfer.parts import ID_TEST, OOD_TEST
from actmine.validation.statistics import holm
from transfer_tables import ACCURACY, listed, outcome

ERROR = Scale(
    score="series, later", benchmark="series", split="ood_test", metric="rmse",
    higher_is_better=False, trivial=0.5, perfect=0.0,
)  # fmt: skip
VALUES = {"mine": [0.62, 0.7, 0.71, 0.6], "relu": [0.6, 0.66, 0.7, 0.57]}
ERRORS = {"mine": [0.2, 0.3, 0.25, None], "relu": [0.25, 0.33, 0.31, 0.2]}


def measured():
    outcomes = [
        outcome(name, seed, value, benchmark)
        for benchmark, values in (("images", VALUES), ("series", ERRORS))
        for name, row in values.items()
        for seed, value in enumerate(row)
    ]
    functions = [listed("mine"), listed("relu")]
    return Measured(functions=functions, outcomes=outcomes, scales=[ACCURACY, ERROR])


def test_a_gain_is_the_functions_whatever_way_a_score_is_read():
    mine, relu = measured().functions
    images, series = pairs(measured(), [mine], [relu], splits=[OOD_TEST])
    assert images.gain == pytest.approx(np.mean(np.subtract(VALUES["mine"], VALUES["relu"])))
    assert images.p == pytest.approx(ttest_rel(VALUES["mine"], VALUES["relu"]).pvalue)
    assert images.low < images.gain < images.high and images.seeds == 4
    # A seed that one of the two did not finish is none of the pair's.
    assert series.seeds == 3
    assert series.gain == pytest.approx(
        np.mean(np.subtract(ERRORS["relu"][:3], [0.2, 0.3, 0.25]))
    )
    assert (images.other, series.name) == ("f_relu", "f_mine")


def test_all_tests_of_a_table_are_corrected_together():
    mine, relu = measured().functions
    found = pairs(measured(), [mine, relu], [relu, mine], splits=[OOD_TEST])
    assert len(found) == 4  # no function is compared with itself
    p = np.array([pair.p for pair in found])
    assert [pair.corrected for pair in found] == pytest.approx(holm(p).tolist())
    assert (pair_table(found)["corrected"] >= p).all()
    assert pairs(measured(), [mine], [relu], splits=[ID_TEST]) == []


def test_holm_is_that_of_the_textbook():
    """By hand: .005 times 4, .01 times 3, .03 times 2, and .04 is held up by the one before."""
    found = holm(np.array([0.01, 0.04, 0.03, 0.005]))
    assert found == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.6, 0.7])) == pytest.approx([1, 1])
    assert holm(np.array([])).size == 0


def test_holm_rarely_finds_what_is_not_there():
    """Of 2,000 draws of ten equal pairs at most 5% find one, within the binomial interval."""
    rng = np.random.default_rng(8)
    alarms = sum(holm(rng.uniform(size=10)).min() < 0.05 for _ in range(2000))
    assert alarms <= 2000 * 0.05 + 1.96 * np.sqrt(2000 * 0.05 * 0.95)
