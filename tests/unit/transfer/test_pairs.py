"""Mined functions against known ones on real data: paired by seed, corrected for all tests."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel

from actmine.records.rows import to_row
from actmine.transfer.comparison import Scale
from actmine.transfer.pairs import pair_table, pairs
from actmine.transfer.parts import ID_TEST, OOD_TEST
from actmine.validation.statistics import holm
from transfer_tables import ACCURACY, outcome, table

ERROR = Scale(
    score="series, later", benchmark="series", split="ood_test", metric="rmse",
    higher_is_better=False, trivial=0.5, perfect=0.0,
)  # fmt: skip
Values = Mapping[str, Sequence[float | None]]
VALUES = {"a": [0.6, 0.66, 0.7, 0.57], "b": [0.62, 0.7, 0.71, 0.6]}
ERRORS = {"a": [0.25, 0.33, 0.31, 0.2], "b": [0.2, 0.3, 0.25, None]}


def measured(
    images: Values = VALUES, series: Values = ERRORS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of a measurement on two benchmarks."""
    rows = [
        outcome(name, seed, value, benchmark)
        for benchmark, values in (("images", images), ("series", series))
        for name, row in values.items()
        for seed, value in enumerate(row)
    ]
    scores = pd.concat([table(images, (ACCURACY,)), table(series, (ERROR,))])
    return scores, pd.json_normalize([to_row(one) for one in rows])


def test_a_gain_is_the_functions_whatever_way_a_score_is_read():
    images, series = pairs(*measured(), [("b", "a")], split=OOD_TEST)
    assert images.gain == pytest.approx(np.mean(np.subtract(VALUES["b"], VALUES["a"])))
    assert images.p == pytest.approx(ttest_rel(VALUES["b"], VALUES["a"]).pvalue)
    assert images.low < images.gain < images.high
    assert (images.seeds, images.failed, images.name, images.other) == (4, 0, "f_b", "f_a")
    # A seed that one of the two did not finish is none of the pair's, and is told.
    assert (series.seeds, series.failed) == (3, 1)
    gains = [0.25 - 0.2, 0.33 - 0.3, 0.31 - 0.25]
    assert series.gain == pytest.approx(np.mean(gains))


def test_every_two_functions_are_compared_once_and_all_tests_corrected_together():
    found = pairs(*measured(), product("ba", "ab"), split=OOD_TEST)
    assert len(found) == 2
    p = np.array([pair.p for pair in found])
    assert [pair.corrected for pair in found] == pytest.approx(holm(p).tolist())
    assert (pair_table(found)["corrected"] >= p).all()
    assert pairs(*measured(), [("b", "a")], split=ID_TEST) == []


def test_a_function_that_finished_on_one_seed_or_none_is_told_without_figures():
    lost = {"a": [0.6, 0.66, 0.7], "b": [0.62, None, None]}
    images, series = pairs(*measured(lost), [("b", "a")], split=OOD_TEST)
    assert (images.seeds, images.failed, images.p, images.corrected) == (1, 2, 1, 1)
    assert np.isnan(images.gain) and series.seeds == 3


def test_equal_differences_show_nothing_of_how_much_they_vary():
    even = {"a": [0.5, 0.25], "b": [0.625, 0.375]}
    image, _ = pairs(*measured(even, even), [("b", "a")], split=OOD_TEST)
    assert (image.gain, image.p) == (0.125, 1.0)


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
