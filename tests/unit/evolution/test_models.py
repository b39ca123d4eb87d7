"""Slots that language models fill; the models are plain functions of the requests here."""

import json
from dataclasses import replace

import pytest
from numpy.random import default_rng

from actmine.evolution.mutators import draw_mutator, success_rate
from actmine.evolution.population import Credit, Population
from actmine.evolution.proposals import propose
from actmine.evolution.sampling import draw_inspirations
from actmine.llm.access import quota, require_prices
from actmine.llm.known import KnownScore
from actmine.llm.prices import PriceError
from actmine.llm.request import Reply, Skipped
from actmine.records.candidate import Failure
from actmine.records.rows import from_row, to_row
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.records.tried import Tried
from actmine.settings.configuration import (
    ConfigError,
    complete,
    execution,
    identity,
    with_execution,
)
from configured import changed
from evolution_records import contributions, elite, island_of_its_seed

MODEL = {"kind": "llm", "model": "openai/test", "price": {"input": 1, "output": 2}}


def with_mutators(smoke, *entries, **mutation):
    return changed(smoke, mutation={"mutators": list(entries), **mutation})


@pytest.fixture(scope="module")
def island(smoke, gate):
    return island_of_its_seed(smoke, gate)


class Model:
    """Answers by slot and attempt, and remembers what it was asked."""

    def __init__(self, answers):
        self.answers = answers
        self.rounds = []

    def __call__(self, requests):
        self.rounds.append(list(requests))
        return [self._answer(one) for one in requests]

    def _answer(self, request):
        text = self.answers.get((request.slot.index, request.attempt), code("x * 0.5"))
        if text is None:
            return Skipped(key=request.key, reason="budget: usd 2 of 1")
        return Reply(
            key=request.key,
            model=request.model,
            answered_by="openai/test",
            text=text,
            prompt_tokens=1000,
            completion_tokens=10,
            usd=0.01,
        )


def code(expression):
    return f'```python\ndef activation(x):\n    """Name: it"""\n    return {expression}\n```'


def proposed(smoke, gate, island, answers, **mutation):
    model = Model(answers)
    config = with_mutators(smoke, MODEL, **mutation)
    found = propose(island, config, generation=1, sandbox=gate, ask=model)
    return model, found


def test_every_slot_is_asked_for_at_once_and_judged_in_order(smoke, gate, island):
    answers = {(k, 0): code(f"torch.tanh({k + 1}.0 * x)") for k in range(3)}
    model, found = proposed(smoke, gate, island, answers)
    assert [len(asked) for asked in model.rounds] == [3]
    assert [p.status for p in found] == [Status.ACCEPTED] * 3
    assert [p.slot.index for p in found] == [0, 1, 2]
    assert {p.mutator for p in found} == {"openai/test"}
    first = found[0].attempts[0]
    assert (first.tokens, first.usd, first.model) == (1010, 0.01, "openai/test")
    assert first.key == model.rounds[0][0].key


def test_a_refused_reply_goes_back_with_its_reason_and_both_attempts_are_kept(
    smoke, gate, island
):
    answers = {
        (0, 0): "I would rather talk about the weather.",
        (0, 1): code("x.item()"),
        (0, 2): code("torch.erf(x)"),
        (1, 0): code("torch.sin(x)"),
        (2, 0): code("torch.cos(x)"),
    }
    model, found = proposed(smoke, gate, island, answers, repairs=2)
    assert [[r.slot.index for r in asked] for asked in model.rounds] == [[0, 1, 2], [0], [0]]
    last = model.rounds[2][0].messages
    assert "weather" in str(last) and "x.item" in str(last) and last[-1][0] == "user"
    assert found[0].status is Status.ACCEPTED
    assert [a.operator for a in found[0].attempts][1:] == ["repair", "repair"]
    assert [a.status for a in found[0].attempts] == ["rejected", "rejected", "accepted"]
    assert found[0].attempts[0].reason.startswith("reply: ")


def test_repairs_end_and_the_last_verdict_stands(smoke, gate, island):
    answers = {(k, n): code("x.item()") for k in range(3) for n in range(9)}
    model, found = proposed(smoke, gate, island, answers, repairs=1)
    assert len(model.rounds) == 2
    assert all(p.status is Status.REJECTED and len(p.attempts) == 2 for p in found)


def test_the_second_of_two_alike_is_a_duplicate_and_may_be_mended(smoke, gate, island):
    same = {(k, 0): code("torch.tanh(x)") for k in range(3)}
    model, found = proposed(smoke, gate, island, {**same, (1, 1): code("torch.sin(x)")})
    assert [r.slot.index for r in model.rounds[1]] == [1, 2]
    assert found[0].attempts[0].status is Status.ACCEPTED
    assert found[1].attempts[0].status is Status.DUPLICATE
    assert found[1].status is Status.ACCEPTED


def test_a_slot_without_budget_is_skipped_and_a_repair_without_one_leaves_the_verdict(
    smoke, gate, island
):
    answers = {(0, 0): None, (1, 0): code("x.item()"), (1, 1): None, (2, 0): code("x.sin()")}
    _, found = proposed(smoke, gate, island, answers)
    assert found[0].status is Status.SKIPPED and found[0].reason == "budget: usd 2 of 1"
    assert found[0].candidate_id == "" and found[0].attempts == ()
    assert found[1].status is Status.REJECTED and len(found[1].attempts) == 1
    assert found[2].status is Status.ACCEPTED


def test_a_prompt_that_the_provider_refuses_is_not_repaired(smoke, gate, island):
    def ask(requests):
        return [
            Reply(key=r.key, model=r.model, answered_by=r.model, text="", refused="policy")
            for r in requests
        ]

    found = propose(island, with_mutators(smoke, MODEL), generation=1, sandbox=gate, ask=ask)
    assert {p.reason for p in found} == {"model: policy"}


def test_prompts_show_recent_failures(smoke, gate, island):
    failed = Population(
        **{**vars(island), "failures": (Failure(source="def f(): ...", reason="static: no"),)}
    )
    model, _ = proposed(smoke, gate, failed, {})
    assert all("static: no" in r.messages[1][1] for r in model.rounds[0])


def test_models_and_the_embedded_mutator_share_the_slots_by_weight(smoke, island):
    config = with_mutators(smoke, {"kind": "embedded", "weight": 3}, MODEL)
    slots = [Slot(generation=g, island=0, index=k) for g in range(40) for k in range(25)]
    drawn = [
        draw_mutator(slot, config.mutation, island, seed=config.seed).title for slot in slots
    ]
    assert drawn.count("embedded") / len(drawn) == pytest.approx(0.75, abs=0.05)


def test_a_mutator_whose_children_improve_is_drawn_more_often(smoke, island):
    config = with_mutators(smoke, {"kind": "embedded"}, MODEL, adapt="success")
    credit = (
        Credit(mutator="embedded", children=18, improved=1),
        Credit(mutator="openai/test", children=18, improved=17),
    )
    slots = [Slot(generation=1, island=0, index=k) for k in range(500)]
    known = replace(island, credit=credit)
    drawn = [draw_mutator(slot, config.mutation, known, seed=1).title for slot in slots]
    assert drawn.count("openai/test") / 500 == pytest.approx(0.9, abs=0.05)
    assert success_rate("never seen", credit) == 0.5


def test_a_mixed_generation_leaves_the_embedded_slots_as_they_are(smoke, gate, island):
    alone = propose(island, smoke, generation=1, sandbox=gate)
    config = with_mutators(smoke, {"kind": "embedded"}, MODEL)
    mixed = propose(
        island, config, generation=1, sandbox=gate, ask=Model({(k, 0): "no" for k in range(3)})
    )
    kept = [(a, b) for a, b in zip(alone, mixed, strict=True) if b.mutator == "embedded"]
    assert kept and all(a == b for a, b in kept)


def test_inspirations_are_neither_parents_nor_alike():
    elites = [elite(name, 1.0 - k) for k, name in enumerate("abcde")]
    shown = draw_inspirations(elites, elites[:1], count=3, rng=default_rng(0), shown={})
    assert len({e.candidate_id for e in shown}) == 3
    assert "a" not in {e.candidate_id for e in shown}


def test_inspirations_are_those_that_were_shown_least():
    elites = [elite(name, 1.0 - k) for k, name in enumerate("abcde")]
    often = {"b": 2, "c": 1, "d": 1}
    shown = draw_inspirations(elites, elites[:1], count=2, rng=default_rng(0), shown=often)
    assert shown[0].candidate_id == "e" and shown[1].candidate_id in "cd"


def test_no_two_prompts_of_a_generation_are_alike(smoke, gate, island):
    config = changed(with_mutators(smoke, MODEL), search={"candidates_per_island": 30})
    model = Model({})
    propose(island, config, generation=1, sandbox=gate, ask=model)
    asked = [request.messages for request in model.rounds[0]]
    assert len(asked) == 30 and len(set(asked)) == 30
    assert len({system for (_, system), _ in asked}) == 1


def test_prompts_tell_what_is_known_and_what_was_tried(smoke, gate, island):
    tried = Tried(
        candidate_id="c1",
        name="doubled wave",
        formula="sin(2 x)",
        generation=1,
        parents=(island.elites[0].candidate_id,),
        parent="ReLU",
        status=Status.PRUNED,
        shape="wave|wave|wavy|pointwise",
        fitness=-0.4,
        steps=25,
    )
    known = KnownScore(
        name="Softplus",
        formula="log(1 + exp(x))",
        fitness=0.3,
        standard_error=0.1,
        contributions=contributions(0.3),
        within_guard=True,
    )
    model, config = Model({}), with_mutators(smoke, MODEL)
    wiser = replace(island, tried=(tried,))
    propose(wiser, config, generation=1, sandbox=gate, ask=model, known=[known])
    for (_, system), (_, user) in (request.messages for request in model.rounds[0]):
        assert "+.30 = +.30 | Softplus: log(1 + exp(x))" in system
        assert "stopped at 25 with -.40, from ReLU | doubled wave: sin(2 x)" in user
        assert "below all 1 known functions" in user or "below 1 of 1" in user


def test_a_strategy_that_ignores_fitness_is_told_of_none(smoke, gate, island):
    told = Failure(source="def f(): ...", reason="static: no")
    blind = replace(island, failures=(told,), pool=island.elites)
    model, config = Model({}), with_mutators(smoke, MODEL)
    propose(blind, config, generation=1, sandbox=gate, ask=model)
    for request in model.rounds[0]:
        user = request.messages[1][1]
        assert "static: no" not in user and "The fittest of this search" not in user


def test_a_proposal_keeps_the_formula_that_its_model_gave(smoke, gate, island):
    reply = code("torch.tanh(2.0 * x)").replace("it", "it\n\n    Formula: tanh of twice x")
    _, found = proposed(smoke, gate, island, {(0, 0): reply})
    assert found[0].formula == "tanh of twice x"
    assert from_row(to_row(found[0]), type(found[0])) == found[0]
    assert all("formula" not in to_row(p) for p in propose_embedded(smoke, gate, island))


def propose_embedded(smoke, gate, island):
    return propose(island, smoke, generation=1, sandbox=gate)


def test_the_budget_is_shared_by_all_islands_that_ask(smoke):
    settings = changed(
        smoke,
        mutation={"mutators": [MODEL]},
        search={"islands": 3},
        budget={"usd": 6.0, "tokens": 100, "requests": None},
        arms={"main": {}, "plain": {"mutation": {"mutators": [{"kind": "embedded"}]}}},
    )
    limits = quota(settings)
    assert (limits.usd, limits.tokens, limits.requests) == (2.0, 33, None)


def test_a_model_without_a_price_is_refused_before_any_work(smoke):
    entry = {"kind": "llm", "model": "openai/my-own-model"}
    with pytest.raises(PriceError, match=r"no price of 'openai/my-own-model'; set"):
        require_prices(with_mutators(smoke, entry))
    require_prices(with_mutators(smoke, entry, replay="only"))
    require_prices(with_mutators(smoke, {"kind": "llm", "model": "openai/gpt-4o"}))


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([{"kind": "llm"}], r"mutators\.0\.model: an llm entry names its model"),
        ([{"kind": "embedded", "model": "openai/x"}], "an embedded one has none"),
        ([{"kind": "queue", "model": "openai/x"}], "embedded one has none, nor has a queue"),
        (
            [{"kind": "queue", "api_base": "http://h", "extra": {"top_p": 1}}],
            r"mutators\.0: a queue is answered by files.* no api_base, extra; leave that out",
        ),
        ([{"kind": "queue"}, {"kind": "queue"}], r"mutators\.1\.name: there are two"),
        ([{"kind": "embedded"}, {"kind": "embedded"}], r"mutators\.1\.name: there are two"),
        ([MODEL, {**MODEL, "name": "b", "api_base": "http://h"}], "reached in another way"),
        ([{**MODEL, "extra": {"api_key": "k"}}], "api_key"),
        ([{**MODEL, "api_base": "http://user:word@h"}], r"api_base: is .* must match"),
    ],
)
def test_a_mutator_that_cannot_work_is_named(smoke, entries, told):
    with pytest.raises(ConfigError, match=told):
        with_mutators(smoke, *entries)


def test_a_frozen_run_holds_no_endpoint_price_or_budget_and_gets_them_back(smoke):
    whole = changed(
        smoke,
        mutation={"mutators": [{**MODEL, "api_base": "http://secret.host/v1"}]},
        budget={"usd": 5},
        arms={"main": {}, "b": {"mutation": {"mutators": [MODEL], "replay": "only"}}},
    )
    frozen = identity(whole)
    text = json.dumps(frozen)
    assert not [word for word in ("secret.host", "price", '"usd"', "replay") if word in text]
    assert with_execution(complete(frozen), execution(whole)) == whole
