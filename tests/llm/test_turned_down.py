"""Whose fault it is that a prompt gets no reply: its own, or its endpoint's."""

from contextlib import ExitStack
from dataclasses import replace
from threading import Timer

import pytest

from actmine.llm import gateway
from actmine.llm.budget import Limits
from actmine.llm.client import ClientError, ask
from actmine.llm.journal import Journal
from actmine.llm.request import Reply, Skipped
from asking import MODEL, SETTINGS, endpoint, requests
from endpoint_cases import Case, error, plain, send
from endpoint_server import CaseServer
from fault_server import free_port

CLIENT = replace(SETTINGS, retries=2, backoff_s=0.01)
BREAKER = CLIENT.breaker
NO = error("no")
LONG = error("the maximum context length is 9")


@pytest.fixture
def asked(server, tmp_path):
    """Asks a server that turns down prompts by their number within the generation."""

    def go(bad, wanted, *, turned=NO, client=CLIENT, fallbacks=()):
        def answer(one):
            number = int(one.prompt.rpartition("no. ")[2].rstrip("."))
            return turned if number in bad else plain(one)

        case = Case(name="", answer=answer, becomes="", sends=0, tokens=0)
        ways = [endpoint(server.begin(case)), *fallbacks]
        return ask(
            wanted,
            journal=Journal(tmp_path / "journal"),
            endpoints={MODEL: ways},
            client=client,
            limits=Limits(),
            environ={},
        )

    return go


def refused(replies):
    return [number for number, reply in enumerate(replies) if reply.refused]


@pytest.mark.parametrize("concurrency", [1, 2, 8])
@pytest.mark.parametrize("bad", [{0}, {0, 7}, {3, 4}, {19}])
@pytest.mark.parametrize("turned", [NO, LONG], ids=["rejected", "long"])
def test_prompts_among_others_that_are_answered_lose_their_slots(
    server, asked, bad, turned, concurrency
):
    client = replace(CLIENT, concurrency=concurrency)
    replies = asked(bad, requests(20), turned=turned, client=client)
    assert set(refused(replies)) == bad
    assert len(server.requests) == 20
    assert asked(bad, requests(20), turned=turned, client=client) == replies
    assert server.requests == []


@pytest.mark.parametrize("concurrency", [1, 2, 8])
@pytest.mark.parametrize(
    ("turned", "told"), [(NO, "rejects the request"), (LONG, "has no room for a prompt")]
)
def test_an_endpoint_that_turns_all_down_is_given_up_and_its_prompts_are_not(
    server, asked, turned, told, concurrency
):
    client = replace(CLIENT, concurrency=concurrency)
    with pytest.raises(ClientError, match=rf"{told}.* .400.*: 0 replies are kept"):
        asked(range(20), requests(20), turned=turned, client=client)
    assert len(server.requests) < concurrency + BREAKER
    assert refused(asked((), requests(20), client=client)) == []


def test_a_prompt_that_alone_was_left_is_judged_by_what_was_answered_before(asked):
    asked((), requests(3))
    (reply,) = asked({0}, requests(1, generation=4))
    assert reply.refused == "it rejects the request (400): no"


def test_a_prompt_that_alone_was_ever_asked_ends_the_round(asked):
    with pytest.raises(ClientError, match="rejects the request"):
        asked({0}, requests(1))


def test_an_endpoint_that_changed_its_mind_is_given_up_after_as_many_in_a_row(asked):
    asked((), requests(3))
    kept = [asked(range(9), requests(2, generation=4 + k)) for k in range((BREAKER - 1) // 2)]
    assert all(reply.refused for replies in kept for reply in replies)
    with pytest.raises(ClientError, match=f"for {BREAKER} prompts in a row, last: no; "):
        asked(range(9), requests(1, generation=20))
    (reply,) = asked((), requests(1, generation=20))
    assert not reply.refused
    assert asked({0}, requests(1, generation=21))[0].refused


def test_prompts_too_long_for_it_are_kept_as_refused_by_one_that_answered_before(asked):
    asked((), requests(1))
    few = requests(3, generation=4)
    assert len(refused(asked(range(9), few, turned=LONG))) == 3
    with pytest.raises(
        ClientError, match=r"prompts in a row.*larger context.*replies are kept"
    ):
        asked(range(99), requests(20, generation=5), turned=LONG)


@pytest.mark.parametrize("concurrency", [1, 2])
def test_a_fallback_has_no_prompts_but_those_that_the_model_turns_down(asked, concurrency):
    other = Case(name="", answer=plain, becomes="", sends=0, tokens=0)
    client = replace(CLIENT, concurrency=concurrency)
    with CaseServer() as second:
        way = endpoint(second.begin(other), model="openai/second")
        replies = asked({0}, requests(12), turned=LONG, client=client, fallbacks=[way])
    by = [reply.answered_by for reply in replies]
    assert by[0] == "openai/second"
    assert by.count("openai/second") <= concurrency


def test_sends_that_a_stopped_round_lost_stay_within_the_budget(server, tmp_path):
    """What cannot be read is charged, and so is its repetition, in this call or the next."""
    stopping = True

    def answer(one):
        if one.turn == 1 and one.prompt.endswith(("no. 0.", "no. 2.")):
            return send(b"{", 200)
        return error("no", 401) if stopping and one.prompt.endswith("no. 1.") else plain(one)

    def go():
        return ask(
            requests(4),
            journal=Journal(tmp_path / "journal"),
            endpoints={MODEL: [endpoint(url)]},
            client=replace(CLIENT, concurrency=1),
            limits=Limits(requests=5),
            environ={},
        )

    url = server.begin(Case(name="", answer=answer, becomes="", sends=0, tokens=0))
    with pytest.raises(ClientError, match=": 1 reply is kept"):
        go()
    stopping = False
    assert [type(reply) for reply in go()] == [Reply, Reply, Skipped, Reply]
    assert Journal(tmp_path / "journal").spent("main", 1, before=(4, 0)).requests == 5


def test_what_is_in_flight_beside_a_defect_is_kept(server, asked, monkeypatch):
    """Replies are paid for; a crash over one of them loses no other."""

    async def send(request, *rest, **options):
        if request.slot.index == 3:
            raise RuntimeError("a defect")
        return await truly(request, *rest, **options)

    truly = gateway.send
    monkeypatch.setattr(gateway, "send", send)
    with pytest.raises(RuntimeError, match="a defect"):
        asked((), requests(8))
    monkeypatch.setattr(gateway, "send", truly)
    asked((), requests(8))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "turned",
    [
        error("the maximum context length is 9"),
        error("flagged", 403),
        error("no"),
        error("no", 401),
        error("no", code="insufficient_quota"),
        error("model 'x' not found", 404),
        error("boom", 500),
        error("busy", 503),
    ],
    ids=["long", "flagged", "rejected", "key", "quota", "model", "500", "503"],
)
def test_a_fallback_is_asked_where_the_model_itself_cannot_answer(asked, turned):
    other = Case(name="", answer=plain, becomes="", sends=0, tokens=0)
    with CaseServer() as second:
        way = endpoint(second.begin(other), model="openai/second")
        replies = asked(range(9), requests(4), turned=turned, fallbacks=[way])
    assert all(isinstance(reply, Reply) and not reply.refused for reply in replies)
    assert {reply.answered_by for reply in replies} == {"openai/second"}
    assert {reply.model for reply in replies} == {MODEL}


def test_a_prompt_that_fallbacks_too_turn_down_loses_its_slot(asked):
    def answer(one):
        return error("flagged", 403)

    other = Case(name="", answer=answer, becomes="", sends=0, tokens=0)
    with CaseServer() as second:
        way = endpoint(second.begin(other), model="openai/second")
        replies = asked({1}, requests(3), turned=error("flagged", 403), fallbacks=[way])
        assert len(second.requests) == 1
    assert refused(replies) == [1]


def test_a_short_outage_ends_no_round_however_many_requests_meet_it(tmp_path):
    """Each of them is turned away anew after a wait of its own; that is one outage."""
    case, port = Case(name="", answer=plain, becomes="", sends=0, tokens=0), free_port()
    with ExitStack() as started:

        def start():
            started.enter_context(CaseServer(port)).begin(case)

        gateway.load()  # takes longer than the outage
        later = Timer(3, start)
        later.start()
        replies = ask(
            requests(8),
            journal=Journal(tmp_path / "journal"),
            endpoints={MODEL: [endpoint(f"http://127.0.0.1:{port}/v1")]},
            client=replace(SETTINGS, backoff_s=0.8),
            limits=Limits(),
            environ={},
        )
        later.join()
    assert refused(replies) == []
