"""What endpoints really answer, and what is right to make of it: one row a case.

`answer` gets the number of times that its prompt was sent, and gives a status, headers and
a body. `ODD` is the prompt that a case treats otherwise than the others.
"""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

Response = tuple[int, Mapping[str, str], bytes]
PAGE = {"Content-Type": "text/html"}
USAGE = {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960}
TOKENS = 960  # of a reply as reported


@dataclass(frozen=True)
class Asked:
    """One request as the endpoint sees it.

    Attributes:
        number: of all requests of the case.
        turn: how often this prompt was sent, from 1.
        odd: whether it is the case's odd one out.
        prompt: the last message.
    """

    number: int
    turn: int
    odd: bool
    prompt: str

    @property
    def code(self) -> str:
        """A function that no other request gets."""
        return (
            'def activation(x):\n    """Name: Swish"""\n'
            f"    return x * torch.sigmoid({1 + self.number / 16} * x)\n"
        )

    @property
    def text(self) -> str:
        """The same as the reply of a model."""
        return f"```python\n{self.code}```\n"


@dataclass(frozen=True, kw_only=True)
class Case:
    """Two prompts are sent.

    Attributes:
        becomes: `read` (both), `refused` (both), `one` (of both is refused), `repaired`
            (both go back, and are refused again), or `ended`.
        sends: in all; at most, where they end before all are sent.
        tokens: that are charged, or "worst" where sends in doubt are among them.
        says: patterns of the reason or the message.
        never: what it must not advise.
    """

    name: str
    answer: Callable[[Asked], Response]
    becomes: str
    sends: int
    tokens: int | str
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    model: str = "openai/own"
    base: str = "/v1"


CASES: list[Case] = []


def send(
    document: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return status, headers or {}, body


def chat(message: Any, finish: Any = "stop", usage: Any = USAGE, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {"object": "chat.completion", "choices": [choice], "usage": usage, **more}


def said(text: Any, **more: Any) -> dict[str, Any]:
    return chat({"role": "assistant", "content": text}, **more)


def plain(asked: Asked) -> Response:
    return send(said(asked.text))


def case(
    name: str, answer: Any, becomes: str, sends: int, tokens: Any, *says: str, **more: Any
) -> None:
    told = answer if callable(answer) else lambda _: answer
    row = Case(
        name=name, answer=told, becomes=becomes, sends=sends, tokens=tokens, says=says, **more
    )
    CASES.append(row)


def read(
    name: str, answer: Callable[[Asked], Any], tokens: Any = 2 * TOKENS, **more: Any
) -> None:
    """Both prompts are answered at once."""
    case(name, lambda a: _sent(answer(a)), "read", 2, tokens, **more)


def _sent(answer: Any) -> Response:
    return answer if isinstance(answer, tuple) else send(answer)


def passing(name: str, answer: Any, tokens: Any = 2 * TOKENS, **more: Any) -> None:
    """Both prompts meet it once, and are then answered."""
    failure = _sent(answer)
    case(name, lambda a: failure if a.turn == 1 else plain(a), "read", 4, tokens, **more)


def one(name: str, answer: Any, *says: str, sends: int = 2, tokens: Any = TOKENS) -> None:
    """The odd prompt meets it each time."""
    failure = _sent(answer)
    case(name, lambda a: failure if a.odd else plain(a), "one", sends, tokens, *says)


def ended(
    name: str, answer: Any, *says: str, sends: int = 2, tokens: Any = 0, **more: Any
) -> None:
    """Every prompt meets it."""
    case(name, _sent(answer), "ended", sends, tokens, *says, **more)


def refused(name: str, answer: Any, *says: str, tokens: Any = 2 * TOKENS, **more: Any) -> None:
    case(name, _sent(answer), "refused", 2, tokens, *says, **more)


def error(message: Any, status: int = 400, **inner: Any) -> Response:
    return send({"error": {"message": message, **inner}}, status)


def page(text: str, status: int = 200) -> Response:
    return send(f"<!DOCTYPE html><html><head>{text}</head></html>".encode(), status, PAGE)


# A message in an unusual shape.
read("plain", plain)
read("parts", lambda a: said([{"type": "text", "text": a.text}]))
read(
    "parts after thoughts",
    lambda a: said(
        [
            {"type": "thinking", "thinking": [{"type": "text", "text": "def f(x): return 1"}]},
            {"type": "text", "text": a.text[:20]},
            {"type": "text", "text": a.text[20:]},
        ]
    ),
)
read("parts of one", lambda a: said({"type": "text", "text": a.text}))
read("parts are strings", lambda a: said([a.text]))
read("a completion's text", lambda a: {"choices": [{"text": a.text}], "usage": USAGE})


def thought(asked: Asked, key: str) -> dict[str, Any]:
    """All of a reply called a thought."""
    return chat({"role": "assistant", "content": None, key: asked.text})


for key in ("reasoning_content", "reasoning", "thinking"):
    read(f"all in {key}", partial(thought, key=key))
read(
    "tool call",
    lambda a: chat(
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "1",
                    "type": "function",
                    "function": {"name": "f", "arguments": json.dumps({"code": a.code})},
                }
            ],
        },
        finish="tool_calls",
    ),
)
read(
    "tool call of an object",
    lambda a: chat(
        {"content": "", "tool_calls": [{"function": {"arguments": {"code": a.code}}}]},
        finish="tool_calls",
    ),
)
read(
    "function call",
    lambda a: chat(
        {"content": "", "function_call": {"arguments": json.dumps({"code": a.code})}},
        finish="function_call",
    ),
)
read("no finish reason", lambda a: said(a.text, finish=None))
read("finish reason of its own", lambda a: said(a.text, finish="<|im_end|>"))
read("cut behind the code", lambda a: said(a.text + "It is smooth, and", finish="length"))
read("nulls all around", lambda a: said(a.text, id=None, model=None, created=None, error=None))
read("an empty error", lambda a: said(a.text, error={"message": "", "code": None}))
read("another model's name", lambda a: said(a.text, model="gpt-9-enormous"))
read("no role", lambda a: chat({"content": a.text}))
read(
    "two choices",
    lambda a: {**said(a.text), "choices": said(a.text)["choices"] + said("no")["choices"]},
)

# Bytes that are no tidy JSON.
read("byte order mark", lambda a: (200, {}, b"\xef\xbb\xbf" + plain(a)[2]))
read("keep-alive lines", lambda a: (200, {}, b"\n\n   \n" + plain(a)[2]))
read("not a number", lambda a: said(a.text, timings={"ms": float("nan")}))
read("lone surrogate", lambda a: said("\ud83d " + a.text))
read("a byte of Latin-1", lambda a: (200, {}, plain(a)[2].replace(b"Swish", b"Sw\xefsh")))
read("raw line breaks", lambda a: (200, {}, plain(a)[2].replace(b"\\n", b"\n")))
read("called plain text", lambda a: (200, {"Content-Type": "text/plain"}, plain(a)[2]))
read("called a page", lambda a: (200, PAGE, plain(a)[2]))
read("compressed", lambda a: (200, {"Content-Encoding": "gzip"}, gzip.compress(plain(a)[2])))


def stream(
    asked: Asked,
    part: Callable[[str], dict[str, Any]] = lambda text: {"delta": {"content": text}},
    *,
    text: str = "",
    end: str = "data: [DONE]\n\n",
    finish: Any = "stop",
) -> Response:
    """The events of a reply in two parts, a line each."""
    whole = text or asked.text
    events: list[dict[str, Any]] = [
        {"choices": [part(half)]} for half in (whole[:30], whole[30:])
    ]
    events += [{"choices": [{"delta": {}, "finish_reason": finish}]}]
    events += [{"choices": [], "usage": USAGE}]
    told = (json.dumps(each, ensure_ascii=False) for each in events)
    lines = ": PROCESSING\n\n" + "".join(f"data: {each}\n\n" for each in told)
    return 200, {"Content-Type": "text/event-stream"}, (lines + end).encode()


def tool_part(text: str) -> dict[str, Any]:
    call = {"index": 0, "function": {"name": "answer", "arguments": text}}
    return {"delta": {"content": None, "tool_calls": [call]}}


def function_part(text: str) -> dict[str, Any]:
    return {"delta": {"function_call": {"arguments": text}}}


def as_arguments(asked: Asked) -> str:
    return json.dumps({"code": asked.code})


read("a stream", stream)
read("a stream without its mark", lambda a: stream(a, end=""))
read("a stream of the old form", lambda a: stream(a, lambda text: {"text": text}))
read("a stream of a tool's call", lambda a: stream(a, tool_part, text=as_arguments(a)))
read("a stream of a function's", lambda a: stream(a, function_part, text=as_arguments(a)))
read("a stream with Unicode's ends", lambda a: stream(a, text=f"One\u2028two\x85\n\n{a.text}"))


def counted(asked: Asked, usage: Any) -> dict[str, Any]:
    """A reply of so many tokens."""
    return said(asked.text, usage=usage)


# Usage that cannot be right is charged at a bound.
read("usage as strings", lambda a: said(a.text, usage={k: str(v) for k, v in USAGE.items()}))
read("usage as fractions", lambda a: said(a.text, usage={k: v + 0.0 for k, v in USAGE.items()}))
read(
    "thoughts in the total", lambda a: said(a.text, usage={**USAGE, "total_tokens": 4960}), 9920
)
for name, number in {
    "missing": None,
    "negative": -1,
    "no number": "many",
    "infinite": 1e999,
    "enormous": 10**15,
    "true": True,
    "a list": [900],
}.items():
    read(f"usage {name}", partial(counted, usage=dict.fromkeys(USAGE, number)), "worst")
read("usage null", partial(counted, usage=None), "worst")
read("usage a list", partial(counted, usage=[1, 2]), "worst")


# Protocols of their own.
def anthropic(blocks: Any, stop: str = "end_turn") -> dict[str, Any]:
    usage = {"input_tokens": 900, "output_tokens": 60}
    head = {"id": "m", "type": "message", "role": "assistant", "model": "claude"}
    return {**head, "content": blocks, "stop_reason": stop, "usage": usage}


def gemini(parts: Any, finish: str = "STOP") -> dict[str, Any]:
    usage = {"promptTokenCount": 900, "candidatesTokenCount": 60, "totalTokenCount": 960}
    content = {"content": {"role": "model", "parts": parts}} if parts else {}
    candidate = {**content, "finishReason": finish, "index": 0}
    return {"candidates": [candidate], "usageMetadata": usage}


def ollama(text: str, reason: str = "stop", **more: Any) -> dict[str, Any]:
    counts = {"prompt_eval_count": 900, "eval_count": 60}
    return {
        "model": "q",
        "response": text,
        "done": True,
        "done_reason": reason,
        **counts,
        **more,
    }


ANTHROPIC: dict[str, Any] = {"model": "anthropic/claude-x", "base": ""}
GEMINI: dict[str, Any] = {"model": "gemini/gemini-x", "base": ""}
OLLAMA: dict[str, Any] = {"model": "ollama/q", "base": ""}
read("anthropic", lambda a: anthropic([{"type": "text", "text": a.text}]), **ANTHROPIC)
read("gemini", lambda a: gemini([{"text": a.text}]), **GEMINI)
read(
    "gemini runs code",
    lambda a: gemini([{"text": "So:"}, {"executableCode": {"code": a.code}}]),
    **GEMINI,
)
read("ollama", lambda a: ollama(a.text), **OLLAMA)
read("vllm's parts", lambda a: said([{"text": a.text}]), model="hosted_vllm/own")
read("groq's parts", lambda a: said([{"type": "text", "text": a.text}]), model="groq/own")

# A message without a program: why it ended decides.
CUT = ("max_tokens", "cut")
NO_CODE: dict[str, Any] = {"never": ("no Python code", "write the whole function")}
refused("cut in thoughts", chat({"content": "", "reasoning": "hm"}, "length"), *CUT, **NO_CODE)
refused("cut in its words", said("Sure: ```python\ndef act", finish="length"), *CUT, **NO_CODE)
FULL: dict[str, Any] = {"never": ("no Python code", "raise max_tokens")}
refused("out of context", said("Sure", finish="model_length"), "context was full", **FULL)
refused("anthropic cut", anthropic([], "max_tokens"), *CUT, **NO_CODE, **ANTHROPIC)
refused(
    "anthropic out of context",
    anthropic([{"type": "text", "text": "Su"}], "model_context_window_exceeded"),
    "context was full",
    **FULL,
    **ANTHROPIC,
)
refused("gemini cut", gemini([], "MAX_TOKENS"), *CUT, **NO_CODE, **GEMINI)
refused("ollama cut", ollama("", "length", thinking="hm"), *CUT, **NO_CODE, **OLLAMA)
refused("filtered", said("", finish="content_filter"), "filter withheld", **NO_CODE)
refused("filtered midway", said("Sur", finish="content_filter"), "filter withheld", **NO_CODE)
refused("refusal", chat({"content": None, "refusal": "I will not."}), "I will not", **NO_CODE)
refused("anthropic refuses", anthropic([], "refusal"), "filter", **NO_CODE, **ANTHROPIC)
refused("gemini recites", gemini([], "RECITATION"), "RECITATION", **NO_CODE, **GEMINI)
BLOCKED = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
refused("gemini blocks", BLOCKED, "for what it says", "PROHIBITED", tokens=0, **GEMINI)
for protocol in (ANTHROPIC, GEMINI, OLLAMA, {"model": "ollama_chat/q", "base": ""}):
    name = protocol["model"].partition("/")[0]
    passing(f"{name} overloaded", error("Overloaded", 529), **protocol)
    ended(f"{name} key", error("no", 401), "refuses the key", **protocol)
    ended(f"{name} model", error("model 'q' not found", 404), "know the model", **protocol)
    ended(f"{name} page", page("Welcome"), "page of the web", "openai/NAME", **protocol)
for name, answer, options in (
    ("empty", said(""), {}),
    ("white", said(" \n"), {}),
    ("anthropic empty", anthropic([]), ANTHROPIC),
    ("gemini's failed call", gemini([], "MALFORMED_FUNCTION_CALL"), GEMINI),
):
    case(name, send(answer), "repaired", 4, 4 * TOKENS, "it is empty", **NO_CODE, **options)
case("chatter", send(said("Hm.")), "repaired", 4, 4 * TOKENS, "no Python code")

# Errors that another send may mend.
for status in (408, 409, 425, 429, 500, 502, 503, 504, 520, 524, 529, 599):
    passing(f"status {status}", error("later", status))
passing("a busy gateway's page", page("502 Bad Gateway", 502))
passing("a wait of no time", (429, {"Retry-After": "0"}, b"{}"))
passing("a wait in words", (429, {"Retry-After": "soon"}, b"slow down"))
passing("a wait in milliseconds", (503, {"retry-after-ms": "20"}, b""))
passing("bedrock's minute", error("Too many tokens, please wait before trying again.", 429))
passing("cerebras's minute", error("Tokens per minute limit - too many tokens", 429))
passing(
    "a limit by the minute", error("Rate limit: requests per min (RPM): 3. Add billing", 429)
)
GOOGLE = {
    "@type": "google.rpc.QuotaFailure",
    "violations": [{"quotaId": "PerMinutePerProject"}],
}
passing(
    "google's limit by the minute",
    error("You exceeded your current quota, check your billing", 429, details=[GOOGLE]),
)
passing("a model that loads", error("Model is loading", 400))
passing("error under success", send({"error": {"code": 503, "message": "no instances"}}))
passing("error without a code", send({"error": "upstream went away"}))
passing(
    "error in a stream", (200, {}, b'data: {"error": {"code": 502, "message": "gone"}}\n\n')
)
UNSURE = "worst"
passing("message ends in error", said("Sur", finish="error"), UNSURE)
passing(
    "choice with an error",
    {"choices": [{"message": {"content": "Su"}, "error": {"code": 502, "message": "died"}}]},
    UNSURE,
)
passing("half a document", (200, {}, b'{"choices": [{"mess'), UNSURE)
passing(
    "half a stream", (200, {}, b'data: {"choices": [{"delta": {"content": "x"}}]}\n\n'), UNSURE
)
for raw in (b"null", b"[]", b"3", b'"ok"', b"{}"):
    passing(f"{raw.decode()} for a reply", (200, {}, raw), UNSURE)
passing("nothing for a reply", (200, {}, b""), UNSURE)
passing("no choices", {"choices": [], "usage": USAGE}, UNSURE)
passing("choices null", {"choices": None}, UNSURE)
passing("garbled compression", (200, {"Content-Encoding": "gzip"}, b"no gzip at all"), UNSURE)
passing("depth", (200, {}, b"[" * 100_000), UNSURE)

# A prompt that is turned down for good, where the other is answered.
CONTEXT = "no room for a prompt of this length"
CONTENT = "for what it says"
one("one too long", error("request (4390) exceeds the available context size (4096)"), CONTEXT)
one("one too long, by 500", error("Context size has been exceeded.", 500), CONTEXT)
one("one too long, in words", send({"error": "the first 4390 tokens to keep"}, 400), CONTEXT)
one("one too long by limits", send({"error": "`inputs` tokens must be <= 9"}, 422), CONTEXT)
one("one too long, by code", error("no", code="context_length_exceeded"), CONTEXT)
one("one too long, native", error("prompt is too long: 9 > 8", type="x"), CONTEXT)
one("one too long for vllm", error("This model's maximum context length is 9 tokens"), CONTEXT)
one("one too long for its minute", error("Request too large for x: TPM", 429), CONTEXT)
one("one flagged", error("your input was flagged", 403), CONTENT, "403")
one("one unwanted", send({"message": "Moderation: no"}, 422), CONTENT)
one("one risky", error("Content Exists Risk"), CONTENT)
one("one by policy", error("no", code="content_policy_violation"), CONTENT)
one("one for no reason", error("no"), "rejects the request")
one("one unprocessable", send({"detail": [{"msg": "bad"}]}, 422), "rejects the request", "bad")
one("one too big for nginx", page("413 Request Entity Too Large", 413), "request of this size")
one("one that always fails", error("template", 500), "fails", sends=4)
one("one that is never read", (200, {}, b"{"), "can be read", sends=4, tokens=UNSURE)

# An account that is used up, a key that is refused: no second send.
ACCOUNT = "plan, the credit and the daily limits"
KEYS: dict[str, Any] = {"never": ("key_env", "refuses the key")}
ended("no quota", error("check your plan", 429, code="insufficient_quota"), ACCOUNT, **KEYS)
DAY = {"violations": [{"quotaId": "RequestsPerDayPerProject"}]}
ended("google's day", error("exceeded your current quota", 429, details=[DAY]), ACCOUNT, **KEYS)
ended("bedrock's day", error("Too many tokens per day, please wait", 429), ACCOUNT, **KEYS)
ended("no credit", error("Your credit balance is too low"), ACCOUNT, **KEYS)
ended("to be paid", error("Insufficient Balance", 402), ACCOUNT, "402", **KEYS)
ended("no credits left", error("You have used all credits", 403), ACCOUNT, **KEYS)
ended("day is over", send({"error": {"code": 429, "message": "free per-day"}}), ACCOUNT, **KEYS)
ended("a wait of a day", (429, {"Retry-After": "86400"}, b"{}"), "24.0 hours")
ended("key", error("no", 401), "refuses the key", "key_env")
ended("key by 403", error("no", 403), "refuses the key", "key_env")
ended("key by 400", error("API key not valid", type="INVALID_ARGUMENT"), "refuses the key")
ended("key under success", send({"error": {"code": 401, "message": "no"}}), "refuses the key")
ended("key by a page", page("401 Authorization Required", 401), "refuses the key")
ended(
    "region", error("Country, region, or territory not supported", 403), "where you are", **KEYS
)
ended("region by 400", error("User location is not supported"), "where you are", **KEYS)

# An address or a model that is wrong.
V1 = r"is /v1 missing at the end of api_base\?"
ended("no path", error("File Not Found", 404), V1, base="")
ended("no path, said so", send({"detail": "Not Found"}, 404), V1, base="")
ended("a page's 404", page("404 Not Found", 404), V1, base="")
ended("no method", send({"detail": "Method Not Allowed"}, 405), V1, base="")
ended("a page instead", page("Open WebUI"), "page of the web", V1, base="")
ended("lm studio's 200", send({"error": "Unexpected endpoint or method"}), V1, base="")
ended(
    "path twice",
    error("Not Found", 404),
    "leave /chat/completions out",
    base="/v1/chat/completions",
)
ended(
    "v1 too many",
    error("404 page not found", 404),
    "ends before /v1",
    base="/v1",
    model="ollama/q",
)
ended("no model", error("model 'q' not found", 404), "does not know the model", never=("/v1",))
ended("no model by 400", error("Unknown model: gpt-4.1-x"), "does not know the model")
ended(
    "moved",
    (301, {"Location": "https://h.test/v1"}, b""),
    "sends elsewhere",
    "https://h.test/v1",
)
ended("found", (302, {"Location": "/login"}, b""), "sends elsewhere", "/login")
ended("moved abroad", (308, {"Location": "http://h.test/v1"}, b""), "sends elsewhere")
ended("robots", page("Just a moment... Cloudflare", 403), "stands between", never=("the key",))
ended("tls only", page("The plain HTTP request was sent to HTTPS port", 400), "https://")
ended("password", page("Proxy Authentication Required", 407), "proxy")

# Parameters that an endpoint does not take, and limits that no prompt meets.
ended("temperature", error("'temperature' does not support 1"), "temperature: null")
ended(
    "seed",
    send(
        {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs", "input": "api key"}]}, 422
    ),
    "seed: null",
    never=("the key",),
)
ended(
    "limit",
    error("Use 'max_completion_tokens' instead of 'max_tokens'"),
    "max_completion_tokens",
)
ended("whatever", error("no"), "rejects the request", "name or its parameters")
ended("too big", page("413 Request Entity Too Large", 413), "client_max_body_size")
ended("fails", error("boom", 500), "boom", "log", sends=6, never=("timeout_s",))
ended("overloaded", error("busy", 503), "busy", sends=6, never=("timeout_s",))
ended("unreadable", (200, {}, b"null"), "null", sends=6, tokens=UNSURE)
refused("all too long", error("maximum context length is 9"), CONTEXT, tokens=0)
