import json

import numpy as np
import pytest

from actmine.functions.catalog import PAPER_ORDER
from actmine.lab.fitness import Losses
from actmine.records.rows import to_row
from actmine.validation import paper_order as module
from actmine.validation.paper_order import Outcome
from configured import fitness

TASKS, REPLICATES = 40, 3
CLAIM = "GELUSine < GELU-Sinc-Perturbation < GELU < ReLU"


def measured(advantages, *, noise=0.05):
    """Losses whose log is lower than ReLU's by each advantage, over tasks of many sizes."""
    rng = np.random.default_rng(5)
    scale = rng.normal(size=(TASKS, 1))
    found = {}
    for key, advantage in advantages.items():
        ood = np.exp(scale - advantage + noise * rng.normal(size=(TASKS, REPLICATES)))
        found[key] = Losses(train=np.ones_like(ood), id=np.ones_like(ood), ood=ood)
    return found


def paper_order(losses, *, settings):
    return module.paper_order(losses, families=["polynomial"] * TASKS, settings=settings)


def by_ratio(advantages, **options):
    found = paper_order(measured(advantages, **options), settings=fitness())
    return found.orders[0], found.sentences


def test_the_papers_order_is_found_where_it_is():
    order, lines = by_ratio({"gelusine": 0.9, "gelu_sinc": 0.6, "gelu": 0.3, "relu": 0.0})
    assert order.ours == PAPER_ORDER and order.outcome is Outcome.HOLDS
    assert lines[0].endswith(f"the paper's order {CLAIM} holds.")
    assert all(": holds; advantage +0." in line for line in lines[1:4])


def test_a_reversed_pair_refutes_the_order_and_ours_is_told():
    order, lines = by_ratio({"gelusine": 0.3, "gelu_sinc": 0.9, "gelu": 0.6, "relu": 0.0})
    assert order.outcome is Outcome.DOES_NOT_HOLD
    assert lines[0].endswith(
        "does not hold: ours is GELU-Sinc-Perturbation < GELU < GELUSine < ReLU."
    )
    assert "GELUSine < GELU-Sinc-Perturbation: does not hold; advantage" in lines[1]


def test_a_pair_whose_interval_includes_zero_is_undecided():
    order, lines = by_ratio({"gelusine": 0.9, "gelu_sinc": 0.9, "gelu": 0.3, "relu": 0.0})
    assert [pair.outcome for pair in order.pairs] == ["undecided", "holds", "holds"]
    assert order.outcome is Outcome.UNDECIDED
    assert "is undecided: 1 of 3 neighbours cannot be told apart" in lines[0]
    assert "undecided, the interval includes 0;" in lines[1]


def test_advantages_are_paired_by_task():
    order, _ = by_ratio({"gelusine": 0.9, "gelu_sinc": 0.6, "gelu": 0.3, "relu": 0.0})
    for pair in order.pairs:
        assert pair.ci_low < 0.3 < pair.ci_high
        assert pair.ci_high - pair.ci_low < 0.1  # tasks differ by e² and more


def test_the_two_ways_of_averaging_can_disagree():
    losses = measured({"gelusine": 0.9, "gelu_sinc": 0.6, "gelu": 0.3, "relu": 0.0})
    ood = losses["gelusine"].ood.copy()
    ood[:4] = 1000.0 + np.arange(4)[:, None]
    losses["gelusine"] = Losses(train=ood, id=ood, ood=ood)
    ratio, loss = paper_order(losses, settings=fitness(clip=0.5)).orders
    assert ratio.aggregation == "mean_log_ratio" and loss.aggregation == "mean_loss"
    assert loss.ours[-1] == "gelusine"
    assert ratio.ours[-1] == "relu"


def test_the_order_is_about_ood_loss_whatever_the_search_was_paid_for():
    losses = measured({"gelusine": 0.9, "gelu_sinc": 0.6, "gelu": 0.3, "relu": 0.0})
    by_id = fitness(target={"region": "id"}, aggregation="mean_loss")
    assert paper_order(losses, settings=by_id) == paper_order(losses, settings=fitness())


@pytest.mark.parametrize("absent", PAPER_ORDER)
def test_a_function_without_losses_leaves_the_order_unchecked(absent):
    losses = measured({key: 0.0 for key in PAPER_ORDER if key != absent})
    found = paper_order(losses, settings=fitness())
    assert found.missing == (absent,) and found.orders == ()
    assert len(found.sentences) == 1 and "cannot be checked" in found.sentences[0]


def test_functions_that_are_all_alike_are_undecided_and_keep_the_papers_order():
    one = np.ones((TASKS, REPLICATES))
    same = dict.fromkeys(PAPER_ORDER, Losses(train=one, id=one, ood=one))
    for order in paper_order(same, settings=fitness()).orders:
        assert order.outcome is Outcome.UNDECIDED and order.ours == PAPER_ORDER


def test_the_record_is_json_and_holds_every_number_of_the_sentences():
    losses = measured({"gelusine": 0.9, "gelu_sinc": 0.6, "gelu": 0.3, "relu": 0.0})
    found = paper_order(losses, settings=fitness())
    row = json.loads(json.dumps(to_row(found), allow_nan=False))
    assert row["confidence"] == 0.95 and len(row["sentences"]) == 8
    assert "paired 95% interval" in row["sentences"][1]
    first = row["orders"][0]["pairs"][0]
    assert (first["better"], first["worse"], first["outcome"]) == (*PAPER_ORDER[:2], "holds")
    assert first["ci_low"] < first["advantage"] < first["ci_high"]
