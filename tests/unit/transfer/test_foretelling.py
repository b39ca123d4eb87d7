"""What the lab foretells: correlations over functions, and weights chosen on one half alone."""

import numpy as np
import pandas as pd
import pytest

from actmine.transfer.comparison import Scale
from actmine.transfer.foretelling import (
    COLUMNS,
    MEANS,
    correlations,
    outside_figures,
    weightings,
)
from actmine.transfer.parts import ID_TEST, OOD_TEST
from transfer_tables import ACCURACY, table

NAMES = [f"c{number:02d}" for number in range(24)]


def figures(values):
    return dict(zip(NAMES, map(float, values), strict=True))


def test_every_figure_is_correlated_with_every_score_over_the_functions_of_both():
    rising, falling = figures(range(24)), figures(range(24, 0, -1))
    missing = {name: value for name, value in rising.items() if name != "c05"}
    found = correlations({"all tasks": rising, "sums": missing}, {"a": rising, "b": falling})
    assert list(found.columns) == list(COLUMNS)
    rows = {(row["lab"], row["score"]): row for row in found.to_dict("records")}
    assert rows["all tasks", "a"]["rho"] == pytest.approx(1)
    assert rows["all tasks", "b"]["rho"] == pytest.approx(-1)
    assert rows["all tasks", "a"]["functions"] == 24
    assert rows["sums", "b"]["functions"] == 23 and rows["sums", "b"]["high"] < 0


def test_scores_are_log_ratios_and_their_means_are_told_by_split():
    other = Scale(**{**vars(ACCURACY), "score": "series, later", "benchmark": "series"})
    inside = Scale(**{**vars(ACCURACY), "score": "images", "split": ID_TEST})
    frame = table({"a": [0.5, 0.6], "b": [0.6, 0.7]}, (ACCURACY, other, inside))
    found = outside_figures(frame)
    ratios = frame.set_index(["score", "candidate_id"])["log_ratio"]
    assert found["images"]["b"] == ratios["images", "b"] > 0
    both = [ratios[score, "b"] for score in (ACCURACY.score, other.score)]
    assert found[MEANS[OOD_TEST]]["b"] == pytest.approx(np.mean(both))
    assert found[MEANS[ID_TEST]]["b"] == ratios["images", "b"]
    assert found["images"]["a"] == 0


def test_weights_find_the_family_that_foretells_and_hold_on_the_other_half():
    rng = np.random.default_rng(3)
    told = rng.normal(size=24)
    lab = {"waves": figures(rng.normal(size=24)), "powers": figures(told)}
    both = weightings(lab, figures(told))
    assert [one.weights for one in both] == [{"waves": 0, "powers": 1}] * 2
    assert [one.tested.rho for one in both] == [pytest.approx(1)] * 2
    assert all(one.equal.rho < 0.95 for one in both)
    assert [one.chosen.functions + one.tested.functions for one in both] == [24, 24]


def test_what_was_chosen_among_noise_is_not_told_by_the_half_that_chose_it():
    """Of 300 draws without any relation the tested correlations have mean 0, the chosen not."""
    rng = np.random.default_rng(5)
    chosen, tested = [], []
    for _ in range(150):
        lab = {name: figures(rng.normal(size=24)) for name in ("a", "b", "c")}
        for one in weightings(lab, figures(rng.normal(size=24))):
            chosen.append(one.chosen.rho)
            tested.append(one.tested.rho)
    assert np.mean(chosen) > 0.2
    assert abs(np.mean(tested)) < 4 * np.std(tested) / np.sqrt(len(tested))


def test_a_correlation_of_zero_is_better_than_a_negative_one():
    """On each half one family has none with the scores, and the other less than none."""
    half = {"a": (0, 4, 3, 2, 1), "b": (1, 2, 4, 3, 0)}
    names = NAMES[:10]
    lab = {
        family: {name: float(values[place // 2]) for place, name in enumerate(names)}
        for family, values in half.items()
    }
    told = {name: float(place // 2) for place, name in enumerate(names)}
    assert [one.chosen.rho for one in weightings(lab, told)] == [0, 0]


def test_few_functions_choose_no_weights():
    few = {name: 1.0 * place for place, name in enumerate(NAMES[:7])}
    assert weightings({"waves": few}, few) == []
    assert weightings({}, few) == []


def test_a_function_without_a_score_on_a_benchmark_is_left_out_of_it():
    frame = table({"a": [0.5, 0.6], "b": [0.6, 0.7]})
    frame.loc[frame["candidate_id"] == "b", "log_ratio"] = np.nan
    found = outside_figures(pd.DataFrame(frame))
    assert found[ACCURACY.score].keys() == {"a"}
