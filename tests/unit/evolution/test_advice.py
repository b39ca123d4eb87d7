"""Advice: when it is asked for, what becomes of the answer, and where it stands."""

from dataclasses import replace

import pytest

from actmine.evolution.advice import inquiry, read
from actmine.evolution.mutators import draw_mutator
from actmine.evolution.population import from_json, to_json
from actmine.evolution.proposals import propose
from actmine.evolution.selection import succeed
from actmine.llm.access import endpoints_of, require_prices
from actmine.llm.brief import brief
from actmine.llm.draft import ADVICE_CHARS
from actmine.llm.prices import PriceError
from actmine.llm.request import Reply, Skipped
from actmine.records.advice import Advice
from actmine.records.rows import from_row, to_row
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.records.tried import Tried
from actmine.settings.configuration import ConfigError
from configured import changed
from evolution_records import elite, evaluation, island_of_its_seed, proposal, scorer

MODEL = {"kind": "llm", "model": "openai/test", "price": {"input": 1, "output": 2}}
WISE = {**MODEL, "model": "openai/wise", "weight": 0, "max_tokens": 700}
CODE = '```python\ndef activation(x):\n    """Name: it"""\n    return torch.tanh(2.0 * x)\n```'
TRIED = Tried(
    candidate_id="c1",
    name="wave",
    formula="sin x",
    generation=1,
    parents=("p",),
    parent="ReLU",
    status=Status.SCORED,
    shape="wave|wave|wavy|pointwise",
    fitness=-0.4,
    gain=-0.4,
    gain_error=0.1,
)


def advised(smoke, *entries, advice=None, **more):
    mutators = list(entries or (MODEL, WISE))
    chosen = {"every": 2, "model": "openai/wise"} if advice is None else advice
    return changed(smoke, mutation={"mutators": mutators, "advice": chosen, **more})


@pytest.fixture(scope="module")
def island(smoke, gate):
    return replace(island_of_its_seed(smoke, gate), tried=(TRIED,))


class Models:
    """Writes code for slots and something else for the request beside them."""

    def __init__(self, **answer):
        self.answer = {"text": "Waves lose.", "prompt_tokens": 30, **answer}
        self.rounds = []

    def __call__(self, requests):
        self.rounds.append(list(requests))
        return [self._reply(one) for one in requests]

    def _reply(self, request):
        if request.advisory and self.answer.get("skipped"):
            return Skipped(key=request.key, reason=self.answer["skipped"])
        text = self.answer if request.advisory else {"text": CODE}
        return Reply(key=request.key, model=request.model, answered_by=request.model, **text)


def proposed(smoke, gate, island, models, *, generation=2, **more):
    config = advised(smoke, **more)
    return propose(island, config, generation=generation, sandbox=gate, ask=models)


def test_the_adviser_is_asked_beside_the_slots_and_the_first_slot_keeps_its_answer(
    smoke, gate, island
):
    models = Models()
    found = proposed(smoke, gate, island, models)
    asked = models.rounds[0]
    assert [one.advisory for one in asked] == [False, False, False, True]
    assert [one.model for one in asked] == ["openai/test"] * 3 + ["openai/wise"]
    assert asked[-1].slot == Slot(generation=2, island=0, index=3)
    assert asked[-1].max_tokens == 700
    assert "wave: sin x" in asked[-1].messages[1][1]
    advice, *others = (one.advice for one in found)
    assert advice == Advice(
        generation=2,
        adviser="openai/wise",
        text="Waves lose.",
        model="openai/wise",
        prompt_hash=asked[-1].prompt_hash,
        key=asked[-1].key,
        tokens=30,
    )
    assert others == [None, None]
    assert from_row(to_row(found[0]), type(found[0])) == found[0]
    assert "advice" not in to_row(found[1])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"text": "", "refused": "it is unreachable"}, "model: it is unreachable"),
        ({"text": ""}, "model: it says nothing"),
        ({"text": "<think>I never end"}, "model: it says nothing"),
        ({"text": "", "finish_reason": "length"}, "model: it was cut (length) after 0 tokens"),
        ({"skipped": "budget: usd 2 of 1"}, "budget: usd 2 of 1"),
    ],
)
def test_an_adviser_that_fails_costs_no_slot_and_leaves_the_reason(
    smoke, gate, island, answer, reason
):
    found = proposed(smoke, gate, island, Models(**answer))
    assert found[0].advice is not None
    assert found[0].advice.text == "" and found[0].advice.reason.startswith(reason)
    assert found[0].status is Status.ACCEPTED
    without = proposed(
        smoke,
        gate,
        island,
        Models(),
        generation=2,
        advice={"every": 99, "model": "openai/wise"},
    )
    assert [replace(one, advice=None) for one in found] == without


@pytest.mark.parametrize("generation", [1, 3])
def test_nobody_is_asked_where_advice_is_not_due(smoke, gate, island, generation):
    models = Models()
    found = proposed(smoke, gate, island, models, generation=generation)
    assert not any(one.advisory for asked in models.rounds for one in asked)
    assert all(one.advice is None for one in found)


def test_nobody_is_asked_before_anything_was_tried_or_where_fitness_is_ignored(smoke, island):
    def asked(population, config):
        return inquiry(population, config, generation=2, arm="main", brief=brief(config))

    config = advised(smoke)
    assert asked(island, config).model == "openai/wise"
    assert asked(replace(island, tried=()), config) is None
    assert asked(replace(island, pool=island.elites), config) is None
    own = advised(smoke, MODEL, advice={"every": 2})
    assert asked(island, own).model == "openai/test"


def test_prompts_show_the_islands_advice_and_the_adviser_what_came_of_it(smoke, gate, island):
    earlier = Advice(generation=2, adviser="openai/wise", text="Try an even part.", model="m")
    later = replace(TRIED, candidate_id="c2", generation=3, gain=0.3, gain_error=0.1)
    told = replace(island, advice=earlier, tried=(TRIED, later))
    models = Models()
    proposed(smoke, gate, told, models, generation=4)
    *slots, adviser = models.rounds[0]
    assert all("Try an even part." in one.messages[1][1] for one in models.rounds[0])
    assert "1 idea was made so far, 1 of them clearly ahead" in adviser.messages[1][1]
    ignorant = Models()
    proposed(smoke, gate, replace(told, pool=told.elites), ignorant, generation=4)
    assert not any("even part" in str(one.messages) for one in ignorant.rounds[0])
    assert len(slots) == len(ignorant.rounds[0]) == 3


def test_a_reply_is_cut_to_sentences_without_thoughts_or_hidden_letters():
    assert read("<think>hm</think>\nKeep it even.\n\u202eReversed") == (
        "Keep it even.\n[U+202E]Reversed"
    )
    long = read("word " * 10_000)
    assert long.endswith("word …") and len(long) <= ADVICE_CHARS + 1
    assert len(read("x" * 10_000)) == ADVICE_CHARS + 1


def after(previous, first, config, generation=2):
    return succeed(
        previous,
        [first],
        [evaluation(first)],
        generation=generation,
        island=0,
        scorer=scorer(),
        config=config,
    )


def test_an_island_keeps_its_last_advice_until_the_next_is_due(smoke):
    config = advised(smoke)
    start = replace(elite("a", 0.1), scores=((0.1,),))
    population = from_json(
        {
            **to_json(
                after(
                    None, proposal(0, generation=0, source=start.source), config, generation=0
                )
            ),
            "generation": 1,
        }
    )
    advice = Advice(generation=2, adviser="openai/wise", text="Waves lose.", model="m")
    first = after(population, proposal(0, advice=advice, generation=2), config)
    assert first.advice == advice and from_json(to_json(first)) == first
    kept = after(first, proposal(1, generation=3), config, generation=3)
    assert kept.advice == advice
    failed = replace(advice, generation=4, text="", reason="model: it is unreachable")
    gone = after(kept, proposal(2, advice=failed, generation=4), config, generation=4)
    assert gone.advice is None and "advice" not in to_json(gone)


@pytest.mark.parametrize(
    ("entries", "advice", "told"),
    [
        ([MODEL], {"model": "openai/wise"}, "there is no openai/wise to be asked; name one of"),
        ([{"kind": "embedded"}], {}, "there is nobody to be asked; name a model or a queue"),
        ([MODEL, WISE], {}, r"mutators\.1\.weight: is 0, so that openai/wise is never asked"),
        ([WISE], {"model": "openai/wise"}, "none has a weight above 0"),
        (
            [{"kind": "embedded"}, WISE],
            {"model": "openai/wise"},
            "no mutator with a weight is sent any",
        ),
    ],
)
def test_advice_that_nobody_gives_or_reads_is_refused(smoke, entries, advice, told):
    with pytest.raises(ConfigError, match=told):
        advised(smoke, *entries, advice=advice)


def test_an_adviser_fills_no_slot_and_needs_price_and_address_as_any_model(smoke, island):
    config = advised(smoke)
    assert set(endpoints_of(config.mutation)) == {"openai/test", "openai/wise"}
    slots = [Slot(generation=1, island=0, index=index) for index in range(50)]
    for adapt in ("none", "success", "bandit"):
        mutation = replace(config.mutation, adapt=adapt)
        drawn = {draw_mutator(slot, mutation, island, seed=1).title for slot in slots}
        assert drawn == {"openai/test"}
    with pytest.raises(PriceError, match="openai/wise"):
        require_prices(advised(smoke, MODEL, {**WISE, "price": None}))


def test_a_queue_gives_advice_too(smoke, gate, island):
    models = Models()
    proposed(
        smoke,
        gate,
        island,
        models,
        advice={"every": 2, "model": "sage"},
        **{
            "mutators": [MODEL, {"kind": "queue", "name": "sage", "weight": 0}],
        },
    )
    assert models.rounds[0][-1].model == "queue/sage"
