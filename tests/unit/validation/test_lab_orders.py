"""The known functions' order in several labs."""

from dataclasses import replace

import pytest

from actmine.functions.catalog import PAPER_ORDER, by_name
from actmine.lab.scorer import Scorer
from actmine.records.candidate import candidate_id
from actmine.records.evaluation import Evaluation, table
from actmine.records.status import Status
from actmine.settings.configuration import load
from actmine.validation.lab_orders import (
    agreement,
    function_table,
    lab_order,
    lab_table,
    paper_table,
)

SETTINGS = load("smoke")
FAMILIES = ("polynomial", "polynomial", "harmonic", "harmonic")
TASK = (1.0, 1.01, 0.99, 1.005)  # what the tasks' losses differ by
KEYS = ("relu", "gelu", "gelusine", "gelu_sinc", "silu", "mish")
KNOWN = [by_name(key) for key in KEYS]
LOSSES = {"relu": 1.0, "gelu": 0.9, "gelusine": 0.8, "gelu_sinc": 0.7, "silu": 0.6, "mish": 0.5}


def measured(key, loss):
    # Each function's tasks vary in an order of its own, or differences had no spread.
    shift = KEYS.index(key)
    tasks = TASK[shift % 4 :] + TASK[: shift % 4]
    rows = table([[loss * size] for size in tasks]) if loss else ()
    return Evaluation(
        candidate_id=candidate_id(by_name(key).source),
        status=Status.SCORED if loss else Status.FAILED,
        reason="" if loss else "it broke", suite="search", suite_hash="h",
        replicates=(0,), train=rows, id=rows, ood=rows,
    )  # fmt: skip


def order(name, **changes):
    """A lab in which losses are these, and none of a function that failed."""
    evaluations = {key: measured(key, loss) for key, loss in {**LOSSES, **changes}.items()}
    scorer = Scorer(evaluations.values(), families=FAMILIES, rule=SETTINGS.fitness)
    return lab_order(name, replace(SETTINGS.lab, steps=7), scorer, evaluations)


def test_the_fittest_has_the_first_rank_and_what_failed_the_last():
    ranks = order("lab", silu=None, mish=None).ranks
    assert ranks == {
        "gelu_sinc": 1, "gelusine": 2, "gelu": 3, "relu": 4, "silu": 6, "mish": 6,
    }  # fmt: skip


def test_functions_stand_by_their_mean_rank_and_failures_are_told_with_their_lab():
    rows = function_table([order("lab"), order("fast", mish=None)], KNOWN)
    assert list(rows["key"]) == ["silu", "gelu_sinc", "gelusine", "mish", "gelu", "relu"]
    assert list(rows["mean_rank"]) == [1.5, 2.5, 3.5, 3.5, 4.5, 5.5]
    mish = rows[rows["key"] == "mish"].iloc[0]
    assert (mish["lab_rank"], mish["fast_rank"]) == (1, 6)
    assert mish["lab_low"] < mish["lab_fitness"] < mish["lab_high"]
    assert mish[["fast_fitness", "fast_low", "fast_high"]].isna().all()
    assert mish["failed"] == "fast: it broke" and set(rows["failed"]) == {"", "fast: it broke"}
    assert set(rows[rows["origin"] == "paper"]["key"]) == {"gelusine", "gelu_sinc"}


def test_labs_agree_as_their_orders_do():
    own = order("lab")
    turned = {key: 1 / loss for key, loss in LOSSES.items()}
    assert agreement(order("same"), own).rho == pytest.approx(1)
    assert agreement(order("turned", **turned), own).rho == pytest.approx(-1)
    # Sixth instead of first: 1 − 6·(25 + 5)/(6·35)
    assert agreement(order("fast", mish=None), own).rho == pytest.approx(1 / 7)


def test_the_table_of_labs_compares_each_with_the_first():
    rows = lab_table([order("lab"), order("fast", mish=None)])
    assert list(rows["lab"]) == ["lab", "fast"] and list(rows["steps"]) == [7, 7]
    assert list(rows["functions"]) == [6, 6] and list(rows["failed"]) == [0, 1]
    assert rows["spearman"].isna().tolist() == [True, False]
    assert rows["low"][1] < rows["spearman"][1] < rows["high"][1]


def test_each_lab_has_its_own_verdict_on_the_papers_order():
    rows = paper_table([order("lab", gelusine=0.4, gelu_sinc=0.6), order("fast")])
    first = rows[(rows["better"] == PAPER_ORDER[0])].set_index(["lab", "aggregation"])
    assert list(first.index) == [
        (lab, way) for lab in ("lab", "fast") for way in ("mean_log_ratio", "mean_loss")
    ]
    assert list(first["outcome"]) == ["holds"] * 2 + ["does not hold"] * 2
    assert first["advantage"]["lab"]["mean_loss"] == pytest.approx(0.2 * sum(TASK) / 4)
    assert len(rows) == 2 * 2 * 3


def test_without_the_papers_functions_there_is_no_verdict():
    assert paper_table([order("lab", gelusine=None)]).empty
