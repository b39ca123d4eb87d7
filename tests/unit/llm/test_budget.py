"""A budget admits in slot order what fits at its worst."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actmine.llm.budget import Limits, Spent, admit, prompt_bound, total, worst_case
from actmine.llm.request import Request
from actmine.records.slot import Slot
from actmine.settings.models import Price

REQUEST = Request(
    arm="main",
    slot=Slot(generation=1, island=0, index=0),
    attempt=0,
    model="openai/local",
    messages=(("system", "abc"), ("user", "défg")),
    parameters={"max_tokens": 100},
)
NONE = Spent()
TENTH = Spent(requests=1, tokens=50, usd=0.1)


def admitted(worst, *, spent=NONE, **limits):
    return [not why for why in admit(worst, spent=spent, limits=Limits(**limits))]


def test_a_prompt_is_bounded_by_half_its_bytes_and_eight_a_message():
    assert prompt_bound(REQUEST) == 4 + 2 * 8


def test_the_worst_case_is_that_of_the_dearest_model():
    prices = [Price(input=10.0, output=1.0), Price(input=1.0, output=10.0)]
    assert worst_case(REQUEST, prices) == Spent(requests=1, tokens=120, usd=0.00102)


def test_without_limits_everything_is_admitted():
    assert admitted([TENTH] * 5) == [True] * 5


def test_exactly_as_many_requests_as_the_limit_are_admitted():
    assert admitted([TENTH] * 4, requests=3) == [True, True, True, False]


def test_three_tenths_of_a_dollar_fit_into_thirty_cents():
    assert admitted([TENTH] * 4, usd=0.3) == [True, True, True, False]


def test_the_last_token_is_admitted_and_one_more_is_not():
    assert admitted([TENTH] * 2, tokens=100) == [True, True]
    assert admitted([TENTH] * 2, tokens=99) == [True, False]


def test_what_was_spent_counts():
    assert admitted([TENTH] * 3, spent=TENTH, requests=2) == [True, False, False]


def test_a_limit_of_zero_admits_nothing():
    assert admitted([TENTH], usd=0.0) == [False]
    assert admitted([TENTH], requests=0) == [False]


def test_a_free_model_fits_a_budget_of_nothing():
    assert admitted([Spent(requests=1, tokens=9)], usd=0.0) == [True]


def test_a_refused_request_reserves_nothing():
    large = replace(TENTH, tokens=500)
    assert admitted([TENTH, large, TENTH], tokens=100) == [True, False, True]


def test_the_reason_names_need_and_limit():
    (usd,) = admit([TENTH], spent=replace(NONE, usd=0.21), limits=Limits(usd=0.3))
    assert usd == "budget: usd 0.31 of 0.3 with this request's worst case"
    (tokens,) = admit([TENTH], spent=NONE, limits=Limits(tokens=49))
    assert tokens == "budget: tokens 50 of 49 with this request's worst case"


@given(st.lists(st.floats(0, 1e3), max_size=30), st.randoms())
def test_a_sum_does_not_hang_on_the_order(values, random):
    rows = [Spent(requests=1, tokens=1, usd=value) for value in values]
    shuffled = random.sample(rows, len(rows))
    assert total(rows) == total(shuffled)


@given(st.lists(st.floats(0, 10), max_size=20), st.floats(0, 50))
def test_what_is_admitted_never_exceeds_the_limit(values, limit):
    worst = [Spent(requests=1, tokens=1, usd=value) for value in values]
    fits = admitted(worst, usd=limit)
    kept = [one for one, fit in zip(worst, fits, strict=True) if fit]
    assert total(kept).usd <= limit + 1e-8


@pytest.mark.parametrize("parameters", [{}, {"max_tokens": 0}, {"max_tokens": "many"}])
def test_a_reply_without_a_bound_is_not_asked_for(parameters):
    with pytest.raises(ValueError, match=r"max_tokens is .*no bound"):
        replace(REQUEST, parameters=parameters)


@pytest.mark.parametrize("name", ["api_key", "api_base", "timeout", "n", "service_tier"])
def test_a_parameter_that_shapes_no_reply_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} shapes no reply"):
        replace(REQUEST, parameters={"max_tokens": 5, name: 1})


@pytest.mark.parametrize(
    "name", ["n", "service_tier", "serviceTier", "best_of", "model", "generationConfig"]
)
def test_neither_does_it_in_the_body(name):
    with pytest.raises(ValueError, match=f"{name} shapes no reply"):
        replace(REQUEST, parameters={"max_tokens": 5, "extra_body": {name: 8}})
    replace(REQUEST, parameters={"max_tokens": 5, "extra_body": {"grammar": {name: 8}}})
