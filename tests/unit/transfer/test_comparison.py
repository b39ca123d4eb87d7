"""Differences are paired by seed, and nothing is claimed where an interval holds zero."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actmine.records.rows import from_row, to_row
from actmine.transfer.comparison import (
    BETTER,
    COLUMNS,
    UNDECIDED,
    WORSE,
    Scale,
    interval,
    paired,
    verdict,
)
from actmine.transfer.figure import draw
from actmine.transfer.outcome import Outcome
from actmine.transfer.ranking import Overall, correlation, overall, sentence
from actmine.transfer.settings import TransferSettings
from actmine.transfer.summary import headline, markdown
from transfer_tables import SETTINGS, outcome, row, table

ERROR = Scale(
    score="series, later", benchmark="series", split="ood_test", metric="rmse",
    higher_is_better=False, trivial=0.5, perfect=0.0,
)  # fmt: skip


def test_a_small_steady_gain_is_shown_however_much_seeds_differ():
    relu = [0.5, 0.6, 0.7]
    frame = table({"a": relu, "b": relu, "c": [0.521, 0.619, 0.72]})
    found = row(frame, "c")
    assert list(frame.columns) == list(COLUMNS)
    assert found["difference_relu"] == pytest.approx(0.02)
    assert found["verdict_relu"] == BETTER and found["log_ratio_low"] > 0
    assert row(frame, "b")["verdict_relu"] == UNDECIDED
    assert row(frame, "a")["verdict_relu"] == "" and row(frame, "a")["log_ratio"] == 0


def test_for_an_error_less_is_better_in_the_verdict_and_in_the_ratio():
    frame = table({"a": [0.3, 0.4], "b": [0.3, 0.4], "c": [0.1, 0.2001]}, (ERROR,))
    found = row(frame, "c")
    assert found["difference_relu"] < 0 and found["verdict_relu"] == BETTER
    assert found["log_ratio"] > 0
    worse = interval([0.1, 0.11])
    assert verdict(worse, higher_is_better=False) == WORSE


def test_a_failed_training_is_told_and_counts_as_having_learned_nothing():
    frame = table({"a": [0.5, 0.6, 0.7], "b": [0.5] * 3, "c": [0.5, None, None]})
    found = row(frame, "c")
    assert (found["seeds"], found["failed"]) == (1, 2)
    assert found["difference_relu"] == 0 and np.isnan(found["low_relu"])
    assert found["verdict_relu"] == "" and found["log_ratio"] < -2


def test_only_seeds_that_both_have_are_paired():
    assert paired({1: 0.5, 2: 0.7, 3: None}, {2: 0.6, 1: 0.3, 4: 1.0}) == pytest.approx(
        [0.2, 0.1]
    )


@given(st.floats(-0.3, 0.3))
def test_a_shift_common_to_both_functions_changes_no_difference(shift):
    values = {"a": [0.4, 0.5, 0.45], "b": [0.42, 0.5, 0.5]}
    moved = {one: [value + shift for value in found] for one, found in values.items()}
    first, second = (row(table(one), "b")["difference_relu"] for one in (values, moved))
    assert first == pytest.approx(second)


def test_the_paired_interval_of_five_seeds_covers_as_often_as_it_says():
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(2000):
        common = rng.normal(0, 3, 5)
        a, b = common + 0.5 + rng.normal(0, 1, 5), common + rng.normal(0, 1, 5)
        found = interval(paired(dict(enumerate(a)), dict(enumerate(b))))
        hits += found.low <= 0.5 <= found.high
    assert hits / 2000 == pytest.approx(0.95, abs=0.015)


def function(lab, transfer):
    return Overall(
        candidate_id=f"{lab}", name="f", lab=lab, transfer=transfer, low=None, high=None
    )


def test_the_correlation_of_ranks_has_an_interval_that_few_functions_leave_wide():
    perfect = correlation([function(k, k**3) for k in range(6)])
    assert perfect.rho == pytest.approx(1) and 0 < perfect.low < perfect.high < 1
    unrelated = correlation([function(k, v) for k, v in enumerate([2, 0, 3, 1, 4, 2.5])])
    assert unrelated.low < 0 < unrelated.high
    assert "may be unrelated" in sentence(unrelated)
    assert "agree" in sentence(perfect)


def test_too_few_or_level_functions_have_no_correlation():
    few = correlation([function(1, 1), function(2, 2), function(None, 3)])
    assert few.rho is None and "2 functions have both, too few" in sentence(few)
    assert correlation([function(1, k) for k in range(5)]).rho is None


def test_the_correlations_interval_covers_about_as_often_as_it_says():
    rng = np.random.default_rng(3)
    true = 6 / np.pi * np.arcsin(0.5 / 2)  # Spearman's of a normal pair correlated by .5
    hits = 0
    for _ in range(1000):
        x = rng.normal(size=8)
        y = 0.5 * x + np.sqrt(0.75) * rng.normal(size=8)
        found = correlation([function(a, b) for a, b in zip(x, y, strict=True)])
        hits += found.low <= true <= found.high
    assert hits / 1000 > 0.92


def test_functions_are_ranked_by_their_mean_over_out_of_distribution_scores():
    values = {"a": [0.5, 0.5], "b": [0.6, 0.6], "c": [0.4, 0.4]}
    frame = pd.concat([table(values), table({k: [0.3, 0.3] for k in values}, (ERROR,))])
    ranked = overall(frame, {"b": 1.5})
    assert [one.candidate_id for one in ranked] == ["b", "a", "c"]
    assert ranked[0].lab == 1.5 and ranked[1].lab is None
    assert ranked[0].low < ranked[0].transfer < ranked[0].high


def test_the_figure_is_the_same_for_the_same_table_and_names_every_function():
    frame = table({"a": [0.5, 0.6], "b": [0.5, 0.7], "c": [None, None]})
    assert draw(frame) == draw(frame)
    assert draw(frame).startswith(b"<?xml")


def test_the_page_states_seeds_learning_rates_and_verdicts():
    frame = table({"a": [0.5, 0.6, 0.7], "b": [0.5, 0.6, 0.7], "c": [0.521, 0.619, 0.72]})
    ranked = overall(frame, {})
    settings = TransferSettings(**SETTINGS, learning_rates=(1.0,))
    page = markdown(frame, ranked, correlation(ranked), settings, {})
    assert "| f_c | 0.6200 | +0.0200 (+0.0175 to +0.0225) better |" in page
    assert "3 paired seeds, one learning rate for all functions" in page
    grid = TransferSettings(**SETTINGS, learning_rates=(0.3, 1.0, 3.0))
    assert "the best of 3 learning rates on the validation split" in headline(grid)


def test_an_outcome_is_read_back_and_a_contradiction_refused():
    one = outcome("a", 1, 0.5)
    assert from_row(to_row(one), Outcome) == one
    with pytest.raises(ValueError, match="a reason if not scored"):
        from_row({**to_row(one), "status": "failed"}, Outcome)
    with pytest.raises(ValueError, match="schema version 9, not 1"):
        from_row({**to_row(one), "schema_version": 9}, Outcome)
    with pytest.raises(ValueError, match="not finite"):
        outcome("a", 1, float("nan"))
