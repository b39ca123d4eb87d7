"""What a mean over tasks is worth where families are strata."""

from math import inf, nan, sqrt

import numpy as np
import pytest
import scipy.stats

from actmine.lab.estimate import Design, alike, estimate


def design(families, weights=None):
    given = np.ones(len(families)) if weights is None else np.array(weights, dtype=float)
    return Design(weights=given, families=tuple(families))


def strata(families, weights=None):
    return design(families, weights).strata.tolist()


def test_tasks_of_one_kind_have_students_error():
    values = np.array([0.1, 0.4, 0.7, -0.2, 0.3])
    found = estimate(values, alike(5))
    assert found.value == pytest.approx(values.mean())
    assert found.standard_error == pytest.approx(scipy.stats.sem(values))
    assert found.freedom == pytest.approx(4)


def test_two_families_that_count_the_same_are_welchs_two_samples():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, 12), rng.normal(2, 3, 5)
    weights = np.repeat([1 / 12, 1 / 5], [12, 5])
    found = estimate(np.concatenate([a, -b]), design("a" * 12 + "b" * 5, weights))
    welch = scipy.stats.ttest_ind(a, b, equal_var=False)
    assert found.value == pytest.approx((a.mean() - b.mean()) / 2)
    assert found.value / found.standard_error == pytest.approx(welch.statistic)
    assert found.freedom == pytest.approx(welch.df)


def test_the_error_by_hand():
    values = np.array([1.0, 3.0, 10.0, 14.0, 18.0, 99.0])
    weights = [2.0, 2.0, 1.0, 1.0, 1.0, 0.0]
    found = estimate(values, design("aabbbc", weights))
    parts = np.array([(4 / 7) ** 2 * 2.0 / 2, (3 / 7) ** 2 * 16.0 / 3])  # W²s²/n
    assert found.value == pytest.approx((4 / 7) * 2 + (3 / 7) * 14)
    assert found.standard_error == pytest.approx(sqrt(parts.sum()))
    assert found.freedom == pytest.approx(
        parts.sum() ** 2 / (parts[0] ** 2 + parts[1] ** 2 / 2)
    )


def test_what_families_differ_in_is_no_doubt():
    values = np.random.default_rng(1).normal(size=20)
    families = "a" * 12 + "b" * 8
    moved = values + np.repeat([0.0, 50.0], [12, 8])
    found, alone = (estimate(one, design(families)) for one in (moved, values))
    assert found.value == pytest.approx(alone.value + 20)
    assert found.standard_error == pytest.approx(alone.standard_error)
    assert estimate(moved, alike(20)).standard_error > 10 * found.standard_error


def test_uneven_weights_in_one_stratum_have_the_linearised_error():
    values, weights = np.array([1.0, 2.0, 6.0]), np.array([3.0, 2.0, 1.0]) / 6
    found = estimate(values, design("aaa", weights))
    mean = weights @ values
    by_hand = sqrt(3 / 2 * np.square(weights * (values - mean)).sum())
    assert (found.value, found.standard_error) == pytest.approx((mean, by_hand))


def test_a_family_of_several_tasks_is_a_stratum():
    assert strata("aabbb") == [0, 0, 1, 1, 1]


def test_families_of_one_task_are_one_stratum():
    assert strata("aabbcd") == [1, 1, 2, 2, 0, 0]
    assert strata("abc") == [0, 0, 0]


def test_a_single_task_joins_the_smallest_other_family():
    assert strata("aaabbc") == [1, 1, 1, 0, 0, 0]
    assert strata("aabbc") == [0, 0, 1, 1, 0]  # a tie goes by name
    assert strata("aaab") == [0, 0, 0, 0]


def test_tasks_without_weight_are_in_no_stratum():
    assert strata("aabbcc", [1, 1, 0, 0, 2, 2]) == [0, 0, 1, 1]
    assert strata("aabbc", [1, 1, 1, 0, 0]) == [0, 0, 0]


def test_families_may_stand_in_any_order():
    values = np.random.default_rng(2).normal(size=8)
    order = np.random.default_rng(3).permutation(8)
    families = np.array(list("aaabbcdd"))
    found = estimate(values, design(families))
    turned = estimate(values[order], design(families[order]))
    assert (turned.standard_error, turned.freedom) == pytest.approx(
        (found.standard_error, found.freedom)
    )


def test_one_task_says_nothing_about_others():
    for given in (alike(1), design("ab", [0.0, 2.0])):
        found = estimate(np.full(len(given.families), 0.5), given)
        assert (found.value, found.standard_error, found.freedom) == (0.5, 0.0, 0.0)


def test_tasks_that_agree_leave_no_doubt():
    found = estimate(np.full(5, 0.25), design("aabbb"))
    assert (found.value, found.standard_error) == (0.25, 0.0) and found.freedom > 0


def test_a_task_without_a_number_is_named():
    with pytest.raises(ValueError, match="the mean of task 2 is nan, not finite"):
        estimate(np.array([0.0, 1.0, nan]), alike(3))


def test_the_design_of_other_tasks_is_refused():
    with pytest.raises(ValueError, match=r"means of tasks are \(3,\), weights of tasks \(2,\)"):
        estimate(np.zeros(3), alike(2))


@pytest.mark.parametrize("weights", [[1.0], [0.0, 0.0], [1.0, -1.0], [1.0, inf], [1.0, nan]])
def test_weights_that_do_not_weigh_are_refused(weights):
    with pytest.raises(
        ValueError, match=r"task weights are (\(1,\), not \(2,\)|.*fitness\.target\.weights)"
    ):
        design("ab", weights)
