"""Strategies compared by seed."""

import pytest

from actmine.validation.strategy_outcomes import Outcome, differences, median_survival


def outcome(strategy, seed, held_out, *, searched=0.5):
    return Outcome(
        arm=f"{strategy}-{seed}",
        strategy=strategy,
        seed=seed,
        generations=8,
        candidates=70,
        candidates_cpu_s=90.0,
        cpu_s=100.0,
        known="SiLU",
        known_searched=0.3,
        known_held_out=0.25,
        champion="f",
        searched=searched,
        held_out=held_out,
    )


def test_a_difference_is_paired_by_seed():
    pairs = [(1, 0.5, 0.4), (2, 0.9, 0.8), (3, 0.1, 0.01)]
    outcomes = [outcome("evolution", s, a) for s, a, _ in pairs]
    outcomes += [outcome("best_of_n", s, b) for s, _, b in pairs]
    (found,) = differences(outcomes, of="evolution")
    assert (found.better, found.worse, found.seeds) == ("evolution", "best_of_n", 3)
    assert found.interval.mean == pytest.approx((0.1 + 0.1 + 0.09) / 3)
    assert found.interval.low > 0


def test_a_seed_that_only_one_strategy_has_does_not_count():
    outcomes = [outcome("evolution", s, 0.5) for s in (1, 2)] + [outcome("best_of_n", 2, 0.1)]
    assert differences(outcomes, of="evolution") == []


def test_survival_is_the_share_of_the_gain_over_the_best_known_function():
    assert outcome("evolution", 1, 0.35).survival == pytest.approx(0.5)
    assert outcome("evolution", 1, 0.35, searched=0.2).survival is None
    outcomes = [outcome("evolution", s, h) for s, h in ((1, 0.25), (2, 0.35), (3, 0.45))]
    assert median_survival(outcomes, "evolution") == pytest.approx(0.5)
    assert median_survival(outcomes, "best_of_n") is None
