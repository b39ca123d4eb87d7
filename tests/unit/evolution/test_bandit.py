"""Slots go to who gains most for what it costs, and nobody is given up."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from actmine.evolution.bandit import Returns, belief, draw_by_returns
from actmine.evolution.mutators import draw_mutator
from actmine.evolution.population import Population
from actmine.mutation.adaptation import PRIOR_CHILDREN, UNTOUCHED
from actmine.records.slot import Slot
from configured import changed
from evolution_records import elite

MODEL = {"kind": "llm", "model": "openai/test", "price": {"input": 1, "output": 2}}
SLOTS = [Slot(generation=1, island=0, index=k) for k in range(400)]


def record(mutator, children, improved, *, by=0.1, usd=0.0, fits=1.0):
    """Of children of which some improved, each by as much, at a cost each."""
    return Returns(
        mutator=mutator,
        children=children,
        gain=improved * by,
        squares=improved * by**2,
        fits=children * fits,
        usd=children * usd,
    )


def shares(smoke, *returns, weights=(1.0, 1.0), **mutation):
    """The share of slots that each mutator gets."""
    mutators = [{"kind": "embedded", "weight": weights[0]}, {**MODEL, "weight": weights[1]}]
    config = changed(smoke, mutation={"mutators": mutators, "adapt": "bandit", **mutation})
    island = Population(generation=0, island=0, elites=(elite("a", 0.1),), history=())
    known = replace(island, returns=returns)
    drawn = Counter(draw_mutator(s, config.mutation, known, seed=1).title for s in SLOTS)
    return {title: drawn[title] / len(SLOTS) for title in ("embedded", "openai/test")}


def test_without_a_gain_slots_go_by_weight(smoke):
    assert shares(smoke)["embedded"] == pytest.approx(0.5, abs=0.08)
    nothing = record("embedded", 30, 0), record("openai/test", 30, 0, usd=1.0)
    assert shares(smoke, *nothing, weights=(3, 1))["embedded"] == pytest.approx(0.75, abs=0.08)


def test_who_gains_more_for_the_same_cost_gets_the_slots_but_for_a_floor(smoke):
    given = shares(smoke, record("embedded", 200, 2), record("openai/test", 200, 100))
    assert given["embedded"] == pytest.approx(UNTOUCHED / 2, abs=0.05)
    assert given["embedded"] > 0


def test_a_gain_that_costs_too_many_dollars_is_not_worth_its_slot(smoke):
    returns = record("embedded", 200, 20), record("openai/test", 200, 60, usd=0.01)
    dear = shares(smoke, *returns, fit_usd=0.001)
    assert dear["embedded"] == pytest.approx(1 - UNTOUCHED / 2, abs=0.05)
    slow = shares(smoke, *returns, fit_usd=1.0)  # where training is what is dear
    assert slow["openai/test"] == pytest.approx(1 - UNTOUCHED / 2, abs=0.05)


def test_longer_trainings_count_as_a_cost_too(smoke):
    returns = record("embedded", 200, 40), record("openai/test", 200, 50, fits=3.0)
    assert shares(smoke, *returns)["embedded"] > 0.8


def test_a_mutator_without_a_record_is_tried_and_ten_lucky_children_do_not_rule(smoke):
    alone = shares(smoke, record("embedded", 100, 20))
    assert 0.2 < alone["openai/test"] < 0.8
    lucky = shares(smoke, record("embedded", 100, 20), record("openai/test", 3, 2))
    assert lucky["embedded"] > UNTOUCHED / 2 + 0.05


@pytest.mark.parametrize("order", [1, -1])
def test_where_no_draw_is_a_gain_the_cheapest_has_the_slot(smoke, order):
    mutators = [{"kind": "embedded"}, MODEL][::order]
    choices = changed(smoke, mutation={"mutators": mutators}).mutation.makers
    returns = record("embedded", 20, 1), record("openai/test", 20, 0, usd=0.02)
    beliefs = [belief(each.title, returns, fit_usd=0.001) for each in choices]
    losses = 0
    for seed in range(1000):
        drawn = draw_by_returns(
            choices, returns, fit_usd=0.001, rng=np.random.default_rng(seed)
        )
        again = np.random.default_rng(seed)
        if max(again.normal(one.gain, one.error) for one in beliefs) < 0:
            losses += 1
            assert drawn.title == "embedded"
    assert losses > 10


def test_a_belief_narrows_towards_the_mutators_own_mean():
    few, many = (
        belief("a", [record("a", n, n // 2, by=0.2), record("b", n, 0)], fit_usd=0.001)
        for n in (4, 4000)
    )
    assert many.gain == pytest.approx(0.1, rel=0.01)
    assert many.error < few.error / 10
    assert few.gain == pytest.approx((4 * 0.1 + PRIOR_CHILDREN * 0.05) / (4 + PRIOR_CHILDREN))
    assert many.usd == pytest.approx(0.001)
