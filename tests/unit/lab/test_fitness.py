from itertools import product
from math import exp, log, sqrt

import numpy as np
import pytest

from actmine.lab import fitness
from actmine.lab.estimate import Design
from actmine.lab.fitness import Losses, log_ratio, task_means
from configured import fitness as rule

PLAIN = rule(epsilon=1e-12)


def losses(ood, *, id=None, train=None):
    ood = np.array(ood, dtype=float)
    return Losses(
        train=np.ones_like(ood) if train is None else np.array(train, dtype=float),
        id=np.ones_like(ood) if id is None else np.array(id, dtype=float),
        ood=ood,
    )


RELU = losses([[4.0, 4.0], [1.0, 1.0]])


def score(candidate, reference, *, weights=None, settings=PLAIN):
    """The fitness over tasks of one family."""
    count = len(candidate.ood)
    given = np.ones(count) if weights is None else np.array(weights)
    design = Design(weights=given, families=("polynomial",) * count)
    return fitness.score(candidate, reference, design=design, settings=settings)


def test_the_reference_scores_zero_against_itself():
    found = score(RELU, RELU, settings=rule())
    assert (found.value, found.standard_error) == (0.0, 0.0)
    assert found.id_ratio == 1.0 and found.within_guard


def test_fitness_is_the_mean_log_ratio_over_tasks_of_the_mean_over_replicates():
    candidate = losses([[1.0, 2.0], [2.0, 0.5]])
    # task 0: (log 4 + log 2) / 2 = 1.5 log 2; task 1: (−log 2 + log 2) / 2 = 0
    found = score(candidate, RELU)
    assert found.value == pytest.approx(0.75 * log(2))
    assert found.standard_error == pytest.approx(0.75 * log(2))  # s/√2, s = 1.5 log 2 / √2


def test_epsilon_is_added_to_both_losses():
    candidate, reference = losses([[0.0]]), losses([[0.0]])
    assert score(candidate, reference, settings=rule()).value == 0.0
    value = score(losses([[1.0]]), losses([[3.0]]), settings=rule(epsilon=1.0)).value
    assert value == pytest.approx(log(4 / 2))


def test_the_clip_limits_a_tasks_mean_and_not_its_replicates():
    settings = rule(epsilon=1e-12, clip=1.0)
    reference = losses([[1.0, 1.0], [1.0, 1.0]])
    candidate = losses([[exp(-3.0), exp(2.5)], [exp(-4.0), exp(-4.0)]])
    # means over replicates 0.25 and 4; clipped to 0.25 and 1
    found = score(candidate, reference, settings=settings)
    assert found.value == pytest.approx(0.625)


def test_a_clip_applies_to_losses_as_to_gains():
    means = task_means(np.array([[-5.0], [0.5], [5.0]]), clip=2.0)
    assert means.tolist() == [-2.0, 0.5, 2.0]


def test_weights_of_three_to_one_count_as_repeated_tasks():
    weighted = score(losses([[2.0, 2.0], [2.0, 2.0]]), RELU, weights=[3.0, 1.0], settings=PLAIN)
    assert weighted.value == pytest.approx((3 * log(2) - log(2)) / 4)
    # √(n/(n−1) Σ share² (x−mean)²) with shares ¾, ¼ and deviations ½ log 2, −1½ log 2
    by_hand = sqrt(2 * ((0.75 * 0.5) ** 2 + (0.25 * 1.5) ** 2)) * log(2)
    assert weighted.standard_error == pytest.approx(by_hand)


def test_equal_weights_change_nothing_whatever_their_sum():
    candidate = losses([[1.0, 2.0], [2.0, 0.5]])
    unweighted = score(candidate, RELU)
    assert score(candidate, RELU, weights=[7.0, 7.0]) == unweighted


def test_a_task_without_weight_counts_neither_in_the_value_nor_in_the_error():
    three = losses([[1.0], [2.0], [9.0]]), losses([[4.0], [4.0], [1.0]])
    two = losses([[1.0], [2.0]]), losses([[4.0], [4.0]])
    dropped = score(*three, weights=[1.0, 1.0, 0.0])
    kept = score(*two)
    assert dropped.value == pytest.approx(kept.value)
    assert dropped.standard_error == pytest.approx(kept.standard_error)


def test_one_task_has_no_standard_error():
    found = score(losses([[1.0]]), losses([[2.0]]))
    assert found.standard_error == 0.0


def test_mean_loss_is_the_loss_with_its_sign_turned():
    settings = rule(aggregation="mean_loss")
    found = score(losses([[1.0, 3.0], [5.0, 5.0]]), RELU, settings=settings)
    assert found.value == pytest.approx(-3.5)
    assert found.standard_error == pytest.approx(1.5)
    weighted = score(
        losses([[1.0, 3.0], [5.0, 5.0]]), RELU, weights=[1.0, 3.0], settings=settings
    )
    assert weighted.value == pytest.approx(-4.25)


def test_the_region_chooses_the_losses_that_count():
    candidate = losses([[1.0], [1.0]], id=[[1.0], [4.0]])
    reference = losses([[9.0], [9.0]], id=[[2.0], [8.0]])
    settings = rule(target={"region": "id"}, epsilon=1e-12)
    assert score(candidate, reference, settings=settings).value == pytest.approx(log(2))


@pytest.mark.parametrize(("id_losses", "inside"), [([1.0, 4.0], True), ([1.1, 4.0], False)])
def test_the_guard_compares_geometric_mean_in_distribution_losses(id_losses, inside):
    candidate = losses([[1.0], [1.0]], id=[[id_losses[0]], [id_losses[1]]])
    found = score(candidate, losses([[1.0], [1.0]]), settings=rule(epsilon=1e-12, id_guard=2.0))
    assert found.id_ratio == pytest.approx(sqrt(id_losses[0] * id_losses[1]))
    assert found.within_guard is inside


def test_the_guard_is_not_clipped():
    candidate = losses([[1.0]], id=[[1e6]])
    assert score(candidate, losses([[1.0]]), settings=PLAIN).id_ratio == pytest.approx(1e6)


@pytest.mark.parametrize(
    ("region", "bad"), list(product(("train", "id", "ood"), (np.nan, np.inf, -0.1)))
)
def test_a_loss_that_is_no_loss_is_refused_with_its_task(region, bad):
    table = np.ones((4, 2))
    table[3, 1] = bad
    with pytest.raises(ValueError, match=f"the {region} loss of task 3, replicate 1 is"):
        Losses(
            **{
                "train": np.ones((4, 2)),
                "id": np.ones((4, 2)),
                "ood": np.ones((4, 2)),
                region: table,
            }
        )


@pytest.mark.parametrize("shape", [(3,), (0, 2), (2, 2, 2)])
def test_losses_are_a_table_of_tasks_and_replicates(shape):
    with pytest.raises(ValueError, match=r"not \(task, replicate\)"):
        Losses(train=np.ones(shape), id=np.ones(shape), ood=np.ones(shape))


def test_regions_of_different_tasks_are_refused():
    with pytest.raises(ValueError, match=r"ood losses are \(3, 1\), train losses \(2, 1\)"):
        Losses(train=np.ones((2, 1)), id=np.ones((2, 1)), ood=np.ones((3, 1)))


def test_losses_cannot_be_changed_after_they_were_checked():
    table = np.ones((2, 1))
    kept = losses(table)
    table[0, 0] = np.nan
    with pytest.raises(ValueError, match="read-only"):
        kept.ood[0, 0] = np.nan
    assert np.isfinite(kept.ood).all()


def test_another_suite_is_no_reference():
    with pytest.raises(ValueError, match="of the same suite and replicates"):
        score(losses([[1.0]]), RELU)


def test_single_precision_losses_are_compared_in_double_precision():
    single = np.full((1, 1), 0.1, dtype=np.float32)
    assert losses(single).ood.dtype == np.float64
    assert log_ratio(single.astype(float), np.ones((1, 1)), epsilon=1e-3).dtype == np.float64
