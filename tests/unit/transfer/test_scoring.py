"""Scores, what they are worth, and that predictions are distrusted."""

import numpy as np
import pytest

from actmine.transfer import scoring
from actmine.transfer.benchmark import Data, Kind, Output
from actmine.transfer.parts import SPLITS, Part


def data(targets, *, kind=Kind.CLASSES, metric="accuracy"):
    part = Part(inputs={"x": np.zeros((len(targets), 1), np.float32)}, targets={"y": targets})
    outputs = {"y": Output(kind=kind, metric=metric)}
    return Data(splits=dict.fromkeys(SPLITS, (part,)), outputs=outputs)


def test_a_score_counts_what_is_marked_to_count():
    one = data(np.array([[0, 1], [-1, 1]], np.int32))
    logits = np.zeros((2, 2, 3), np.float32)
    logits[:, :, 1] = 1.0
    assert scoring.score(one, "val", [{"y": logits}]) == pytest.approx(2 / 3)
    assert scoring.trivial_score(one, "val") == pytest.approx(2 / 3)


def test_scores_of_outputs_are_averaged():
    part = Part(inputs={}, targets={"a": np.array([1, 1]), "b": np.array([0, 1])})
    outputs = {
        "a": Output(kind=Kind.CLASSES, metric="accuracy"),
        "b": Output(kind=Kind.BINARY, metric="f1"),
    }
    both = Data(splits=dict.fromkeys(SPLITS, (part,)), outputs=outputs)
    logits = np.array([[0, 1], [1, 0]], np.float32)
    answers = {"a": logits, "b": np.array([-1, 1], np.float32)}
    assert scoring.score(both, "val", [answers]) == (0.5 + 1.0) / 2


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, "no predictions of 'y'"),
        (np.zeros((3, 2), np.float32), r"are \(3, 2\), targets \(2,\)"),
        (np.zeros((2, 2), np.float64), "no predictions"),
        (np.full((2, 2), np.nan, np.float32), "not finite"),
    ],
)
def test_predictions_of_another_kind_are_refused(answer, told):
    one = data(np.array([0, 1], np.int32))
    with pytest.raises(ValueError, match=told):
        scoring.score(one, "val", [{} if answer is None else {"y": answer}])


def test_roc_auc_is_the_chance_of_a_right_order_with_ties_as_half():
    rng = np.random.default_rng(0)
    logits = rng.integers(0, 5, 60).astype(np.float32)
    target = rng.integers(0, 2, 60)
    pairs = np.sign(logits[target == 1][:, None] - logits[target == 0][None])
    assert scoring.roc_auc(logits, target) == pytest.approx((pairs.mean() + 1) / 2)
    with pytest.raises(ValueError, match="all of one class"):
        scoring.roc_auc(logits, np.ones(60))


def test_f1_is_one_where_nothing_is_there_and_nothing_is_said():
    assert scoring.f1(np.array([-1.0]), np.array([0])) == 1
    assert scoring.f1(np.array([1.0, 1.0, -1.0]), np.array([1, 0, 1])) == 0.5


def test_errors_of_a_constant_are_the_trivial_scores():
    target = np.array([1.0, 2.0, 6.0], np.float32)
    constant = np.full(3, target.mean())
    assert scoring.r2(constant, target) == pytest.approx(0)
    assert scoring.rmse(constant, target) == pytest.approx(
        scoring.METRICS["rmse"].trivial(target)
    )


def test_a_standardised_score_has_one_direction_for_all_metrics():
    assert scoring.standardised(0.55, trivial=0.1, perfect=1.0) == pytest.approx(0.5)
    assert scoring.standardised(0.25, trivial=0.5, perfect=0.0) == pytest.approx(0.5)
    assert scoring.standardised(0.0, trivial=0.1, perfect=1.0) == 0.01


def test_metrics_of_different_directions_are_refused():
    part = Part(inputs={}, targets={"a": np.zeros(1), "b": np.zeros(1)})
    outputs = {
        "a": Output(kind=Kind.REGRESSION, metric="rmse"),
        "b": Output(kind=Kind.REGRESSION, metric="r2"),
    }
    with pytest.raises(ValueError, match="different directions"):
        scoring.higher_is_better(Data(splits=dict.fromkeys(SPLITS, (part,)), outputs=outputs))
