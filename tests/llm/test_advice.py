"""Requests for advice: beside the slots' own, and no round fails for want of them."""

from dataclasses import replace

import pytest

from actmine.llm import queue as letters
from actmine.llm import reply_file
from actmine.llm.budget import Limits
from actmine.llm.client import ClientError, ask
from actmine.llm.journal import Journal
from actmine.llm.queue import Queue
from actmine.llm.request import Reply, Request, Skipped
from actmine.records.slot import Slot
from asking import MODEL, SETTINGS, endpoint, requests
from endpoint_cases import Case, error, plain

CLIENT = replace(SETTINGS, retries=1, backoff_s=0.01)
WISE, DOWN = "openai/wise", "http://127.0.0.1:9/v1"
QUEUE = "queue/sage"


def advice(model=WISE):
    return Request(
        arm="main",
        slot=Slot(generation=3, island=1, index=2),
        attempt=0,
        model=model,
        messages=(("system", "You advise."), ("user", "What do they teach? no. 2.")),
        parameters={"max_tokens": 100},
        advisory=True,
    )


@pytest.fixture
def asked(server, tmp_path):
    """Asks for two functions at a server that counts, and for advice elsewhere."""
    sent = []

    def go(*, slots=plain, wise=None, model=WISE, wait_s=0.0, **options):
        def answer(one):
            sent.append(one.prompt)
            return (wise if "teach" in one.prompt else slots)(one)

        url = server.begin(Case(name="", answer=answer, becomes="", sends=0, tokens=0))
        ways = {MODEL: [endpoint(url if slots else DOWN)]}
        if model == WISE:
            ways[WISE] = [replace(endpoint(url if wise else DOWN), model=WISE)]
        before = len(sent)
        replies = ask(
            [*requests(2), advice(model)],
            journal=Journal(tmp_path / "journal"),
            endpoints=ways,
            client=CLIENT,
            limits=options.pop("limits", Limits()),
            queue=Queue(folder=tmp_path / "queue", wait_s=wait_s),
            environ={},
            **options,
        )
        return replies, len(sent) - before

    return go


def test_advice_that_nobody_can_be_asked_for_is_given_up_for_good(asked, tmp_path):
    (first, second, last), sends = asked()
    assert first.text and second.text and sends == 2
    assert last.text == "" and last.answered_by == ""
    assert "is unreachable" in last.refused
    again, sends = asked(wise=plain)
    assert (again, sends) == ([first, second, last], 0)
    assert asked(replay_only=True)[0] == again
    journal = Journal(tmp_path / "journal")
    assert journal.reply(last.key).refused == last.refused
    assert journal.standing(advice(), WISE) == (False, 0)


def test_an_adviser_that_turns_the_prompt_down_ends_no_round(asked):
    (first, second, last), _ = asked(wise=lambda _: error("no"))
    assert first.text and second.text and last.refused
    assert asked(wise=plain)[0][2] == last


def test_advice_comes_after_the_slots_and_waits_for_a_round_that_ends(asked):
    with pytest.raises(ClientError, match="unreachable"):
        asked(slots=None, wise=plain)
    (first, second, last), sends = asked(wise=plain)
    assert first.text and second.text and last.text and sends == 3


def test_an_island_without_slots_for_models_may_ask_for_advice_alone(asked, tmp_path):
    (last,) = ask(
        [advice()],
        journal=Journal(tmp_path / "journal"),
        endpoints={WISE: [replace(endpoint(DOWN), model=WISE)]},
        client=CLIENT,
        limits=Limits(),
        environ={},
    )
    assert isinstance(last, Reply) and "unreachable" in last.refused


def test_a_budget_admits_slots_first(asked):
    (first, second, last), sends = asked(wise=plain, limits=Limits(requests=2))
    assert isinstance(first, Reply) and isinstance(second, Reply) and sends == 2
    assert isinstance(last, Skipped) and last.reason.startswith("budget: requests 3 of 2")


@pytest.fixture
def fast(monkeypatch):
    for module in (letters, reply_file):
        monkeypatch.setattr(module, "SETTLED_S", 0.2)
    monkeypatch.setattr(letters, "LOOK_S", 0.02)


def test_a_queue_is_asked_by_a_file_that_says_what_for(asked, tmp_path, fast):
    folder = tmp_path / "queue"
    with pytest.raises(ClientError, match="1 reply missing"):
        asked(model=QUEUE)
    (prompt,) = folder.glob("*.prompt.md")
    assert prompt.name.startswith("main-gen0003-island1-advice-try0-")
    assert "What follows asks for advice." in prompt.read_text()
    prompt.with_name(prompt.name.replace(".prompt.", ".reply.")).write_text("Waves lose.")
    (_, _, last), sends = asked(model=QUEUE, wait_s=60)
    assert last.text == "Waves lose." and sends == 0
    assert list(folder.iterdir()) == []


def test_a_queue_that_gives_no_advice_in_time_is_asked_no_more(asked, tmp_path, fast):
    (first, _, last), _ = asked(model=QUEUE, wait_s=0.1)
    assert first.text and last.refused == "nobody replied within 0 s"
    assert list((tmp_path / "queue").iterdir()) == []
    assert asked(model=QUEUE)[0][2] == last


def test_a_function_that_a_queue_owes_is_waited_for_all_the_same(asked, tmp_path, fast):
    wanted = [*requests(1, model=QUEUE), advice(QUEUE)]
    with pytest.raises(ClientError, match="2 replies missing"):
        ask(
            wanted,
            journal=Journal(tmp_path / "journal"),
            endpoints={},
            client=CLIENT,
            limits=Limits(),
            queue=Queue(folder=tmp_path / "queue", wait_s=0.1),
            environ={},
        )
    assert len(list((tmp_path / "queue").iterdir())) == 2
