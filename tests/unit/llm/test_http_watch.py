"""One send is watched on its way: where it goes, and how much of an answer is read."""

import asyncio
import gzip
import tracemalloc
import zlib

import httpx
import pytest

from actmine.llm.gateway import refusal
from actmine.llm.http_watch import SendRecord, watch, watched
from actmine.llm.whole_answer import MOST_BYTES

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
            response = await client.post(address, json={"prompt": "x"}, headers=KEYS)
            assert response.content == record.body

    try:
        asyncio.run(go())
    except httpx.DecodingError:
        assert record.garbled
    return record, seen


def answered(status=200, parts=(b"{}",), **headers):
    """An answer as it comes from the network: not read yet."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, stream=Parts(parts))


class Parts(httpx.AsyncByteStream):
    def __init__(self, parts):
        self.parts = parts

    async def __aiter__(self):
        for part in self.parts:
            yield part


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
            return answered(307, location=onward)
        return answered()

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
        return answered(308, location=steps[(at + 1) % 3])

    assert sent(onward, steps[0])[1] == steps[:2]


RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)
HEADLESS = RAW.compress(b'{"a": 1}') + RAW.flush()


@pytest.mark.parametrize(
    ("packing", "body"),
    [  # at no moment: a test's name has its bytes, and must be the same for every worker
        ("", b'{"a": 1}'),
        ("identity", b'{"a": 1}'),
        ("GZip", gzip.compress(b'{"a": 1}', mtime=0)),
        ("deflate", zlib.compress(b'{"a": 1}')),
        ("deflate", HEADLESS),
        ("deflate, gzip", gzip.compress(zlib.compress(b'{"a": 1}'), mtime=0)),
        ("gzip", gzip.compress(b'{"a": 1}', mtime=0)[:-4]),  # a sloppy end
    ],
)
def test_a_body_is_unpacked_as_its_header_says(packing, body):
    parts = [body[:5], body[5:]]
    asked = []

    def answer(request):
        asked.append(request.headers["accept-encoding"])
        return answered(parts=parts, **({"content_encoding": packing} if packing else {}))

    record, _ = sent(answer, "https://llm.example/v1")
    assert record.body == b'{"a": 1}' and record.status == 200
    assert asked == ["gzip, deflate"]  # nothing that grows by more than a thousand times


def test_an_empty_body_that_is_called_packed_is_empty():
    record, _ = sent(lambda _: answered(parts=[], content_encoding="gzip"), "http://a.example")
    assert (record.body, record.status, record.garbled) == (b"", 200, False)


def test_a_body_that_was_read_before_is_taken_as_it_is():
    record, _ = sent(lambda _: httpx.Response(200, content=b"{}"), "http://a.example")
    assert (record.body, record.status) == (b"{}", 200)


def endless():
    while True:
        yield b" " * 65536


@pytest.mark.parametrize("packing", ["", "gzip", "gzip, gzip"])
@pytest.mark.parametrize("status", [200, 500])
def test_a_body_without_end_is_not_read_to_its_end(packing, status):
    """Packed, 100 times the limit and more than a machine may hold fits into some kilobytes."""
    bomb = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    packed = b"".join(bomb.compress(bytes(MOST_BYTES)) for _ in range(8)) + bomb.flush()
    body = [packed if packing == "gzip" else gzip.compress(packed)] if packing else endless()
    named = {"content_encoding": packing} if packing else {}
    tracemalloc.start()
    try:
        record, _ = sent(lambda _: answered(status, body, **named), "https://llm.example/v1")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert record.garbled and record.status is None
    assert f"more than {MOST_BYTES:,} bytes" in record.error
    assert peak < 4 * MOST_BYTES


def test_a_body_that_is_not_packed_as_it_says_is_told():
    record, _ = sent(lambda _: answered(content_encoding="gzip"), "https://llm.example/v1")
    assert record.garbled and record.error.startswith("DecodingError: ")
