from math import sqrt

import numpy as np
import pytest
import scipy.stats
from statsmodels.stats.power import TTestPower

from actmine.lab.estimate import alike, estimate
from actmine.validation.statistics import (
    detectable,
    in_sequence,
    mean_interval,
    median_interval,
    p_value,
)

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


def test_a_test_counts_only_if_all_before_it_did():
    plain = np.array([0.02, 0.001, 0.3, 0.01])
    assert list(in_sequence(plain)) == [0.02, 0.02, 0.3, 0.3]
    assert list(in_sequence(np.array([]))) == []


RUNS = 10_000
LEVEL = 0.05


def finalists(rng, *, true=(0.0,) * 5):
    """(run, finalist, task) log gains over one rival, whose own losses they all share."""
    noise = rng.normal(size=(RUNS, len(true), TASKS)) - rng.normal(size=(RUNS, 1, TASKS))
    return noise + np.array(true)[:, None]


def in_order(gains, order):
    """(run, finalist) corrected p values, in the order of the tests."""
    design = alike(TASKS)
    plain = [[p_value(estimate(one, design)) for one in run] for run in gains]
    sorted_p = np.take_along_axis(np.array(plain), order, axis=1)
    return np.array([in_sequence(run) for run in sorted_p])


def best_first(gains):
    return np.argsort(-gains.mean(axis=2), axis=1)


def expected(rate):
    """What a count of runs at this rate stays within 95 times in 100."""
    return scipy.stats.binom.ppf([0.025, 0.975], RUNS, rate)


def test_finalists_that_are_no_better_than_the_best_known_one_raise_false_alarms_in_5_percent():
    rng = np.random.default_rng(41)
    held_out = finalists(rng)
    low, high = expected(LEVEL)
    fresh_first = in_order(held_out, best_first(finalists(rng)))
    assert low <= (fresh_first < LEVEL).any(axis=1).sum() <= high
    # An order that has seen the held-out tasks would be a choice of the luckiest.
    assert (in_order(held_out, best_first(held_out)) < LEVEL).any(axis=1).sum() > high


def test_finalists_that_are_better_cost_the_others_no_more_false_alarms():
    rng = np.random.default_rng(42)
    true = (2.0, 2.0, 0.0, 0.0, 0.0)
    order = best_first(finalists(rng, true=true))
    found = in_order(finalists(rng, true=true), order) < LEVEL
    equal = np.array(true)[order] == 0
    low, high = expected(LEVEL)
    assert found[~equal].all() and low <= (found & equal).any(axis=1).sum() <= high


def test_the_champion_is_found_as_often_as_by_a_single_test():
    rng = np.random.default_rng(43)
    gain = detectable(sqrt(2 / TASKS), freedom=TASKS - 1, power=0.8)
    true = (gain,) * 5
    held_out = finalists(rng, true=true)
    found = in_order(held_out, best_first(finalists(rng, true=true)))[:, 0] < LEVEL
    low, high = expected(0.8)
    assert low <= found.sum() <= high


@pytest.mark.parametrize(("count", "ranks"), [(6, (1, 6)), (12, (3, 10)), (20, (6, 15))])
def test_the_interval_of_a_median_is_that_of_the_sign_test(count, ranks):
    """The ranks stand in the tables of nonparametric statistics."""
    values = np.random.default_rng(3).permutation(np.arange(1.0, count + 1))
    found = median_interval(values)
    assert (found.low, found.high) == ranks and found.mean == (count + 1) / 2


def test_a_median_of_skewed_numbers_is_covered_as_often_as_is_claimed():
    rng = np.random.default_rng(4)
    intervals = map(median_interval, rng.exponential(size=(4000, 12)))
    coverage = np.mean([one.low <= np.log(2) <= one.high for one in intervals])
    assert 0.95 <= coverage <= 0.97  # 96.1% for ranks 3 and 10 of 12


def test_few_numbers_give_a_median_no_interval():
    assert median_interval(np.arange(5.0)) is None
