"""Whatever bytes an endpoint sends, they are a message, an error, or neither."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actmine.llm.answers import (
    document_of,
    error_of,
    executable_code,
    is_page,
    message_of,
    native_finish,
    plain_text,
)
from actmine.llm.gateway import refusal
from actmine.llm.http_watch import SendRecord

KEYS = st.sampled_from(
    [
        "choices",
        "message",
        "content",
        "text",
        "type",
        "tool_calls",
        "function",
        "arguments",
        "function_call",
        "usage",
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "finish_reason",
        "error",
        "errors",
        "code",
        "status",
        "detail",
        "loc",
        "msg",
        "delta",
        "reasoning",
        "refusal",
        "provider_specific_fields",
        "candidates",
        "parts",
        "executableCode",
        "finishReason",
        "promptFeedback",
        "blockReason",
        "stop_reason",
        "done_reason",
    ]
)
PLAIN = st.sampled_from(
    [None, True, 0, -1, 1e308, 10**400, 429, "429", "", "x", "stop", "[DONE]"]
)
DOCUMENTS = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
    max_leaves=25,
)


def read(body, status):
    document = document_of(body)
    message, error = message_of(document), error_of(document)
    assert isinstance(native_finish(document) + executable_code(document), str)
    assert isinstance(plain_text(body), str) and is_page(body) in (True, False)
    if message:
        assert message.prompt_tokens >= 0 and message.completion_tokens >= 0
        assert isinstance(message.text + message.thoughts + message.refusal, str)
    if error:
        assert error.said and error.words == error.words.lower()
        assert error.code is None or 400 <= error.code < 600
    failure = refusal(SendRecord(timeout_s=1, sent=True, status=status, body=body))
    assert failure.said and not failure.charged


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS, DOCUMENTS, st.sampled_from([302, 400, 401, 404, 429, 500, 999]))
def test_any_document_is_read(one, two, status):
    read(json.dumps(one).encode(), status)
    read(f"data: {json.dumps(one)}\n\ndata: {json.dumps(two)}\n\ndata: [DONE]".encode(), status)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"<html>", b"data: ", b"\xef\xbb\xbf{"]))
def test_any_bytes_are_read(body, start):
    read(start + body, 400)


@pytest.mark.parametrize("depth", [40, 400, 900, 100_000])
@pytest.mark.parametrize("opened", ["[", '{"error":', '{"content":', '{"text":'])
def test_no_depth_is_too_deep(opened, depth):
    closed = "]" if opened == "[" else "}"
    nested = opened * depth + "1" + closed * depth
    read(nested.encode(), 400)
    read(f'{{"choices": [{{"message": {{"content": {nested}}}}}]}}'.encode(), 400)
