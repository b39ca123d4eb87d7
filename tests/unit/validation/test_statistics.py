from math import sqrt

import numpy as np
import pytest
import scipy.stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from actmine.validation.statistics import detectable, holm, mean_interval

TASKS = 40
CLIP = 2.0


def log_ratios(rng, *, shape, skewed_sd, replicate_sd, replicates=3):
    """(…, task) clipped task means shaped like ours: skewed over tasks, noisy replicates."""
    tasks = 0.2 + skewed_sd * (rng.exponential(size=shape) - 1)
    noise = replicate_sd / sqrt(replicates) * rng.normal(size=shape)
    return np.clip(tasks + noise, -CLIP, CLIP)


@pytest.mark.parametrize(("skewed_sd", "replicate_sd"), [(0.25, 0.1), (0.5, 0.15), (0.8, 0.2)])
def test_intervals_cover_the_truth_nearly_as_often_as_they_claim(skewed_sd, replicate_sd):
    rng = np.random.default_rng(28)
    drawn = {"skewed_sd": skewed_sd, "replicate_sd": replicate_sd}
    truth = log_ratios(rng, shape=1_000_000, **drawn).mean()
    intervals = map(mean_interval, log_ratios(rng, shape=(4000, TASKS), **drawn))
    coverage = np.mean([one.low <= truth <= one.high for one in intervals])
    assert 0.925 <= coverage <= 0.965


def test_a_percentile_bootstrap_covers_less_often_at_twelve_tasks():
    rng = np.random.default_rng(12)
    drawn = {"skewed_sd": 0.8, "replicate_sd": 0.2}
    truth = log_ratios(rng, shape=1_000_000, **drawn).mean()
    samples = log_ratios(rng, shape=(1000, 12), **drawn)
    ours = [one.low <= truth <= one.high for one in map(mean_interval, samples)]
    picks = rng.integers(12, size=(1000, 400, 12))
    means = np.take_along_axis(samples[:, None, :], picks, axis=2).mean(axis=2)
    low, high = np.percentile(means, [2.5, 97.5], axis=1)
    assert np.mean(ours) > np.mean((low <= truth) & (truth <= high)) + 0.02


def test_the_interval_is_students():
    values = np.array([0.1, 0.4, 0.7, -0.2, 0.3])
    low, high = scipy.stats.t.interval(
        0.95, 4, loc=values.mean(), scale=scipy.stats.sem(values)
    )
    interval = mean_interval(values)
    assert (interval.low, interval.high) == pytest.approx((low, high))


def test_the_interval_of_two_tasks_by_hand():
    interval = mean_interval(np.array([0.0, 2.0]))
    ends = (1 - 12.7062, 1.0, 1 + 12.7062)
    assert (interval.low, interval.mean, interval.high) == pytest.approx(ends, abs=1e-3)


def test_tasks_that_agree_leave_no_doubt():
    interval = mean_interval(np.full(5, 0.25))
    assert (interval.low, interval.mean, interval.high) == (0.25, 0.25, 0.25)


def test_pairing_takes_out_what_tasks_have_in_common():
    rng = np.random.default_rng(0)
    common = rng.normal(scale=5.0, size=TASKS)
    a, b = common + 0.3 + 0.1 * rng.normal(size=TASKS), common
    paired = mean_interval(a - b)
    assert 0 < paired.low < 0.3 < paired.high < 0.5
    assert mean_interval(a).high - mean_interval(a).low > 10 * (paired.high - paired.low)


def test_swapping_a_pair_turns_the_sign():
    a, b = np.array([1.0, 2.0, 4.0]), np.array([0.5, 2.5, 1.0])
    forth, back = mean_interval(a - b), mean_interval(b - a)
    assert (forth.low, forth.mean, forth.high) == (-back.high, -back.mean, -back.low)


def test_one_task_gives_no_interval():
    with pytest.raises(ValueError, match="two tasks or more"):
        mean_interval(np.array([1.0]))


@pytest.mark.parametrize("tasks", [2, 3, 8, 80, 1000])
def test_what_a_test_finds_is_what_statsmodels_says(tasks):
    (effect,) = np.atleast_1d(TTestPower().solve_power(nobs=tasks, alpha=0.05, power=0.8))
    found = detectable(3 / sqrt(tasks), freedom=tasks - 1)
    assert found == pytest.approx(3 * effect, rel=1e-4)


@pytest.mark.parametrize("p_values", [[], [0.04], [0.01, 0.3, 0.02, 0.02, 0.9], [0.6, 0.7]])
def test_holms_correction_is_that_of_statsmodels(p_values):
    theirs = multipletests(p_values, method="holm")[1] if p_values else []
    assert list(holm(np.array(p_values))) == pytest.approx(list(theirs))
