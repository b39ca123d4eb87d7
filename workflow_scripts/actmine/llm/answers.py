"""Reads what an endpoint sent: a message, an error, or neither, whatever shape it came in."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

_SHOWN_BYTES = 1_000_000  # of what is neither message nor error [ours]
_DEEPEST = 50  # levels of a document [ours]
MOST_TOKENS = 10_000_000  # no context is longer: a higher count is a mistake [ours]
_ECHOES = frozenset({"input", "messages", "prompt", "flagged_input", "body"})  # what we sent
_ERROR_KEYS = ("error", "errors", "detail", "error_message", "message", "msg")
# A document with one of these is a reply, of a protocol that litellm reads.
_REPLIES = frozenset({"candidates", "content", "done", "output", "promptFeedback", "response"})
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")
_PAGE = re.compile(rb"\s*(<!--|<!doctype|<html|<head|<body|<title|<h\d|<center)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Message:
    """One answer of a model.

    Attributes:
        text: what it says, with the code of any tool that it calls.
        thoughts: what it thought, where that is told apart.
        refusal: why it will not answer, in its own words.
        finish: why it ended, in the provider's word.
        prompt_tokens, completion_tokens: as reported, thoughts included; 0 if not told.
        cached_tokens: of the prompt's, those that a prefix cache served.
    """

    text: str
    thoughts: str
    refusal: str
    finish: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0


@dataclass(frozen=True, kw_only=True)
class ErrorBody:
    """An error that an answer holds, under whatever status.

    Attributes:
        code: its own status, where it names one.
        said: for people.
        words: all that it says, without what it repeats of the request.
        wait_s: what it asks for.
    """

    code: int | None
    said: str
    words: str
    wait_s: float = 0.0


def document_of(body: bytes) -> Any:
    """The JSON of an answer, or of the events of a stream joined; None if there is none."""
    text = body.decode(errors="replace").strip().removeprefix("\ufeff")  # spoils no reply
    if text.startswith(("data:", "event:", "id:", ":")):
        return _joined(text)
    return _parsed(text)


def _parsed(text: str) -> Any:
    """A JSON document that is no deeper than any reply; None for what is none."""
    try:
        document = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(_DEEPEST):
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [one for each in inner for one in each if isinstance(one, dict | list)]
        if not level:
            return document
    return None


def is_page(body: bytes) -> bool:
    """Whether an answer is a web page."""
    return bool(_PAGE.match(body.removeprefix(b"\xef\xbb\xbf")))


def plain_text(body: bytes) -> str:
    """An answer's words, without the marks of a page."""
    text = body[:_SHOWN_BYTES].decode(errors="replace")
    if is_page(body):
        text = re.sub(r"(?is)<(script|style)\b.*?(</\1>|$)|<!--.*?(-->|$)", " ", text)
        text = unescape(re.sub(r"<[^>]*>?", " ", text))
    return " ".join(text.split())


def error_of(document: Any) -> ErrorBody | None:
    """The error that stands in the place of a message; none where there is a message."""
    if not isinstance(document, dict):
        return None
    choice = _first(document.get("choices"))
    held = [choice.get("error")] if isinstance(choice, dict) else []
    if not (message := message_of(document)) or not message.text:
        held.append(document.get("error"))
    if choice is None and not document.keys() & _REPLIES:
        held += [document] if any(document.get(key) for key in _ERROR_KEYS) else []
    told = next((each for each in held if each and said_in(each)), None)
    if told is None:
        return None
    words = json.dumps(_without_echoes(document), ensure_ascii=False)
    return ErrorBody(
        code=_code(told) or _code(document),
        said=said_in(told),
        words=words.lower(),
        wait_s=_asked_wait_s(words),
    )


def said_in(error: Any) -> str:
    """What an error says for people; empty if it says nothing."""
    if isinstance(error, list):
        error = _first(error) or ""
    if isinstance(error, dict):
        inner = next((error[key] for key in _ERROR_KEYS if error.get(key)), None)
        if isinstance(inner, str) and isinstance(error.get("loc"), list):
            return f"{'.'.join(map(str, error['loc']))}: {inner}"  # pydantic's
        told = json.dumps(_without_echoes(error)) if any(error.values()) else ""
        return told if inner is None else said_in(inner)
    return error if isinstance(error, str) else json.dumps(error)


def message_of(document: Any) -> Message | None:
    """A model's message in OpenAI's form, chat or completion; none if there is no choice."""
    choice = _first(document.get("choices")) if isinstance(document, dict) else None
    if not isinstance(choice, dict):
        return None
    message = choice.get("message") or choice.get("delta") or {"content": choice.get("text")}
    if isinstance(message, str):
        message = {"content": message}
    if not isinstance(message, dict):
        return None
    own = _mapping(message.get("provider_specific_fields"))
    prompt, completion = _tokens(document.get("usage"))
    thoughts = (message.get(key) for key in _THOUGHTS)
    parts = [_text(message.get("content")), *(code for _, code in _called(message))]
    return Message(
        text="\n\n".join(part for part in parts if part.strip()),
        thoughts=next((text for value in thoughts if (text := _text(value))), ""),
        refusal=_text(message.get("refusal") or own.get("refusal")),
        finish=str(choice.get("finish_reason") or ""),
        prompt_tokens=prompt,
        completion_tokens=completion,
        cached_tokens=min(prompt, _cached(document.get("usage"))),
    )


def native_finish(document: Any) -> str:
    """Why a model ended, in the word of a provider with a protocol of its own."""
    if not isinstance(document, dict):
        return ""
    named = _mapping(_first(document.get("candidates")) or document.get("promptFeedback"))
    return str(
        document.get("stop_reason")
        or document.get("done_reason")
        or named.get("finishReason")
        or named.get("blockReason")
        or ""
    )


def executable_code(document: Any) -> str:
    """Code that Gemini's answer holds for a tool to run."""
    candidate = _mapping(_first(_mapping(document).get("candidates")))
    parts = _mapping(candidate.get("content")).get("parts")
    codes = [
        _mapping(_mapping(part).get("executableCode")).get("code")
        for part in (parts if isinstance(parts, list) else ())
    ]
    return "\n\n".join(f"```python\n{code}\n```" for code in codes if code)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None


def _text(content: Any) -> str:
    """Plain text, or that of a list's parts that are no thoughts."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list):
        return ""
    return "".join(
        part if isinstance(part, str) else _text(part.get("text") or part.get("content"))
        for part in content
        if isinstance(part, str)
        or (isinstance(part, dict) and part.get("type") not in ("thinking", "reasoning"))
    )


def _called(message: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The arguments of the tools that a message calls: which call, and its text or a part."""
    calls = message.get("tool_calls")
    functions = [
        (str(call.get("index", at)), call.get("function"))
        for at, call in enumerate(calls if isinstance(calls, list) else ())
        if isinstance(call, dict)
    ]
    for place, function in (*functions, ("", message.get("function_call"))):
        if isinstance(function, dict) and (arguments := function.get("arguments")):
            yield place, arguments if isinstance(arguments, str) else json.dumps(arguments)


def _tokens(usage: Any) -> tuple[int, int]:
    """Of prompt and reply; some count thoughts in the total alone, or beside the reply."""
    told = _mapping(usage)
    prompt, completion, total = (
        _count(told.get(name))
        for name in ("prompt_tokens", "completion_tokens", "total_tokens")
    )
    return prompt, max(completion, total - prompt if prompt else 0)


def _cached(usage: Any) -> int:
    """Of a prompt's tokens, those that were served from a cache, as providers spell them."""
    told = _mapping(usage)
    details = _mapping(told.get("prompt_tokens_details"))
    names = ("cache_read_input_tokens", "prompt_cache_hit_tokens")
    return max(_count(details.get("cached_tokens")), *(_count(told.get(n)) for n in names))


def _count(value: Any) -> int:
    """A number of tokens; 0 for what can be none."""
    try:
        number = 0.0 if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return 0
    return int(number) if math.isfinite(number) and 0 <= number <= MOST_TOKENS else 0


def _code(value: Any) -> int | None:
    """The HTTP status that an error names."""
    if not isinstance(value, dict):
        return None
    for key in ("code", "status", "status_code", "statusCode"):
        text = str(value.get(key))
        if re.fullmatch(r"[45][0-9]{2}", text):
            return int(text)
    return None


def _asked_wait_s(words: str) -> float:
    """Google's wait in seconds, which stands in the body."""
    found = re.search(r'"retryDelay": *"([0-9]+(?:\.[0-9]*)?)s"', words)
    return float(found[1]) if found else 0.0


def _without_echoes(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_echoes(v) for k, v in value.items() if k not in _ECHOES}
    if isinstance(value, list):
        return [_without_echoes(item) for item in value[:20]]
    return value


def _joined(text: str) -> dict[str, Any] | None:
    """The events of a stream as one answer; none of a stream that breaks off."""
    whole: dict[str, Any] = {}
    said: dict[str, list[str]] = {}
    calls: dict[str, list[str]] = {}
    finish = None
    for line in re.split(r"\r\n|\r|\n", text):  # texts may hold the line ends of Unicode
        event = _parsed(line.removeprefix("data:")) if line.startswith("data:") else None
        if line.removeprefix("data:").strip() == "[DONE]":
            finish = finish or "stop"
        if not isinstance(event, dict):
            continue
        if error_of(event):
            return event
        whole |= {key: value for key, value in event.items() if value is not None}
        choice = _mapping(_first(event.get("choices")))
        finish = choice.get("finish_reason") or finish
        delta = choice.get("delta") or choice.get("message") or {"content": choice.get("text")}
        for key, part in _mapping(delta).items():
            said.setdefault(key, []).append("" if key == "role" else _text(part))
        for place, part in _called(_mapping(delta)):
            calls.setdefault(place, []).append(part)
    if finish is None:
        return None
    message: dict[str, Any] = {key: "".join(parts) for key, parts in said.items()}
    called = [{"function": {"arguments": "".join(parts)}} for parts in calls.values()]
    message["tool_calls"] = called
    return {**whole, "choices": [{"message": message, "finish_reason": finish}]}
