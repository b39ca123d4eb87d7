"""One send is watched on its way: where it goes, and how much of an answer is read."""

import asyncio

import httpx
import pytest

from actmine.llm.gateway import refusal
from actmine.llm.http_watch import SendRecord, watch, watched

KEYS = {"authorization": "Bearer k", "x-api-key": "k", "api-key": "k"}


def sent(handler, address):
    """What is known of a send that a handler answers, and the addresses that it got."""
    record = SendRecord(timeout_s=5)
    seen = []

    def answer(request):
        seen.append(str(request.url))
        return handler(request)

    async def go():
        watch()
        watched.set(record)
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            return await client.post(address, json={"prompt": "x"}, headers=KEYS)

    asyncio.run(go())
    return record, seen


@pytest.mark.parametrize(
    ("begun", "onward", "followed"),
    [
        ("https://llm.example/v1", "https://llm.example/v1/", True),
        ("http://llm.example/v1", "http://llm.example/v1/", True),
        ("http://llm.example/v1", "https://llm.example/v1", True),
        ("https://llm.example/v1", "http://llm.example/v1/", False),
        ("https://llm.example:8443/v1", "http://llm.example:8443/v1", False),
        ("https://llm.example/v1", "https://other.example/v1", False),
        ("https://llm.example/v1", "https://llm.example:8443/v1", False),
    ],
)
def test_a_redirect_takes_prompt_and_keys_no_less_privately(begun, onward, followed):
    def elsewhere(request):
        if str(request.url) == begun:
            return httpx.Response(307, headers={"location": onward})
        return httpx.Response(200, json={})

    record, seen = sent(elsewhere, begun)
    assert seen == [begun, onward][: 1 + followed]
    assert record.status == (200 if followed else 307)
    if not followed:
        failure = refusal(record)
        assert "sends elsewhere" in failure.outcome.what and onward in failure.said


def test_a_circle_that_leaves_tls_on_its_second_step_is_not_followed():
    steps = ["https://llm.example/a", "https://llm.example/b", "http://llm.example/c"]

    def onward(request):
        at = steps.index(str(request.url))
        return httpx.Response(308, headers={"location": steps[(at + 1) % 3]})

    assert sent(onward, steps[0])[1] == steps[:2]
