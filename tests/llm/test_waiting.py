"""An endpoint that has replied is waited for; a prompt that it cannot answer stops nobody."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest

from actmine.llm.budget import Limits
from actmine.llm.client import ClientError, ask
from actmine.llm.journal import Journal
from actmine.llm.outcomes import TIMEOUT_RETRIES
from actmine.settings.configuration import load
from asking import MODEL, endpoint, requests
from endpoint_cases import Case, error, plain
from endpoint_server import CaseServer

CLIENT = replace(load().mutation.client, backoff_s=0.05)  # all else as everybody has it
IN_TURN = replace(CLIENT, concurrency=1)  # so that a reply is read before the next is sent
BUSY = error("Overloaded", 503)
QUOTA = error("Too many tokens, please wait before trying again.", 429)


def number_of(one):
    return int(one.prompt.rpartition("no. ")[2].rstrip("."))


@pytest.fixture
def asked(server, tmp_path):
    """Asks a server that answers by a function of what it is sent."""

    def go(answer, wanted, *, client=CLIENT, fallbacks=()):
        case = Case(name="", answer=answer, becomes="", sends=0, tokens=0)
        return ask(
            wanted,
            journal=Journal(tmp_path / "journal"),
            endpoints={MODEL: [endpoint(server.begin(case)), *fallbacks]},
            client=client,
            limits=Limits(),
            environ={},
        )

    return go


def out_of_order(failure, *, after, seconds):
    """Answers so many prompts, then fails for a while."""
    answers: Iterator[int] = count()
    times: list[float] = []

    def answer(one):
        if next(answers) < after:
            return plain(one)
        times.append(time.monotonic())
        return failure if times[-1] < times[0] + seconds else plain(one)

    return answer


def test_a_prompt_that_takes_too_long_loses_its_slot_and_is_paid_for_four_times(asked):
    sends: Counter[int] = Counter()

    def answer(one):
        sends[number_of(one)] += 1
        if number_of(one) == 3:
            time.sleep(3.0)
        return plain(one)

    replies = asked(answer, requests(6), client=replace(CLIENT, timeout_s=1.5))
    assert [bool(reply.refused) for reply in replies] == [k == 3 for k in range(6)]
    assert replies[3].refused.startswith("it takes longer than a reply may")
    # One that was written too late, on a slow machine, may never have been read.
    assert sends[3] <= replies[3].in_doubt == TIMEOUT_RETRIES + 1


@pytest.mark.parametrize("failure", [BUSY, QUOTA], ids=["out of order", "quota"])
def test_an_endpoint_that_has_replied_is_waited_for(asked, capfd, failure):
    answer = out_of_order(failure, after=2, seconds=2.0)
    replies = asked(answer, requests(12), client=replace(IN_TURN, retries=0))
    assert not [reply for reply in replies if reply.refused or reply.in_doubt]
    told = [line for line in capfd.readouterr().err.splitlines() if "waited for" in line]
    assert told and all("it is waited for, 1800 s at most" in line for line in told)


def test_so_is_one_that_went_away_and_came_back_in_a_later_round(asked):
    asked(plain, requests(1))
    client = replace(CLIENT, retries=0)
    answer = out_of_order(BUSY, after=0, seconds=1.0)
    assert not asked(answer, requests(3, generation=4), client=client)[0].refused


def test_waiting_ends(asked):
    client = replace(IN_TURN, patience_s=1.0, retries=1)
    answer = out_of_order(BUSY, after=2, seconds=3600.0)
    began = time.monotonic()
    with pytest.raises(ClientError, match=r"out of order \(503\).*: 2 replies are kept"):
        asked(answer, requests(4), client=client)
    assert 1.0 <= time.monotonic() - began < 20


def test_one_that_never_replied_is_not_waited_for(asked):
    answer = out_of_order(BUSY, after=0, seconds=3600.0)
    with pytest.raises(ClientError, match=r"in 3 sends of a request: it is out of order"):
        asked(answer, requests(2), client=replace(CLIENT, retries=2))


def test_nobody_waits_where_a_fallback_can_be_asked(asked):
    answer = out_of_order(BUSY, after=2, seconds=3600.0)
    case = Case(name="", answer=plain, becomes="", sends=0, tokens=0)
    with CaseServer() as other:
        fallback = endpoint(other.begin(case), model="openai/other")
        replies = asked(
            answer, requests(6), client=replace(IN_TURN, retries=1), fallbacks=[fallback]
        )
    assert {reply.answered_by for reply in replies} == {MODEL, "openai/other"}


def test_what_is_configured_wrong_is_told_at_once_even_to_a_run_that_goes_on(
    server, asked, tmp_path
):
    asked(plain, requests(1))
    wrong = endpoint(server.begin(server.case).replace("http:", "https:"))
    with pytest.raises(ClientError, match="does not speak TLS"):
        ask(
            requests(1, generation=4),
            journal=Journal(tmp_path / "journal"),
            endpoints={MODEL: [wrong]},
            client=CLIENT,
            limits=Limits(),
            environ={},
        )
