"""Sends one request through litellm and says what came of it."""

import asyncio
import importlib
import json
import logging
import math
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from actmine.llm.budget import BYTES_PER_TOKEN, prompt_bound
from actmine.llm.http_watch import SendRecord, watch, watched
from actmine.llm.pacing import retry_after_s
from actmine.llm.prices import price_of
from actmine.llm.redaction import MIN_CHARACTERS
from actmine.llm.request import Request
from actmine.settings.models import Endpoint

_REFUSAL_CODES = ("context_length_exceeded", "content_policy_violation", "content_filter")
_NO_KEY = "none"  # a server of one's own must not be sent the key of a provider


class SendOutcome(StrEnum):
    """What became of a send that brought no reply."""

    UNREACHED = "unreached"  # no connection
    LOST = "lost"  # no answer to a request that was written
    BUSY = "busy"  # a clean answer that asks to come again
    MALFORMED = "malformed"  # answered with success, but no reply in it
    REFUSED = "refused"  # this prompt, for good
    WRONG = "wrong"  # every request of this kind fails


IN_DOUBT = frozenset({SendOutcome.LOST, SendOutcome.MALFORMED})
UNANSWERED = frozenset({SendOutcome.UNREACHED, SendOutcome.LOST})


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A send without a reply.

    Attributes:
        said: what the server, or the network, had to say; not redacted.
        status: of the answer, if there was one.
        wait_s: what the server asked for.
    """

    outcome: SendOutcome
    said: str
    status: int | None = None
    wait_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A model's answer as it came; not redacted."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    usd: float


@cache
def load() -> Any:
    """litellm, without network, telemetry, .env files, caches, callbacks or output."""
    os.environ |= {
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
        "LITELLM_MODE": "PRODUCTION",  # does not read a .env file
        "LITELLM_TELEMETRY": "False",
        "LITELLM_LOG": "CRITICAL",
    }
    litellm: Any = importlib.import_module("litellm")
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.set_verbose = False
    litellm.turn_off_message_logging = True
    litellm.drop_params = True  # a seed, say, is not offered everywhere
    litellm.disable_aiohttp_transport = True  # what leaves is watched in httpx
    litellm.cache = None
    for name in ("callbacks", "input_callback", "success_callback", "failure_callback"):
        setattr(litellm, name, [])
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "httpx", "httpcore", "openai"):
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False  # these loggers quote requests, keys included
    warnings.filterwarnings("ignore", category=UserWarning, module="pydantic")
    watch()
    return litellm


def missing_variables(endpoint: Endpoint, environ: Mapping[str, str]) -> list[str]:
    """Names the environment variables that a model needs and does not find."""
    if endpoint.key_env is not None:
        return [] if environ.get(endpoint.key_env, "").strip() else [endpoint.key_env]
    if endpoint.api_base is not None:
        return []
    return sorted(load().validate_environment(endpoint.model)["missing_keys"])


def unfit_key(endpoint: Endpoint, environ: Mapping[str, str]) -> str:
    """Why a key cannot be sent, by the name of its variable; empty if it can."""
    names = [endpoint.key_env] if endpoint.key_env else []
    if not names and endpoint.api_base is None:  # the provider's own is among these
        names = sorted(name for name in environ if name.endswith("_API_KEY"))
    for name in names:
        key = environ[name].strip()
        if not (key.isascii() and key.isprintable()):
            return (
                f"{name} holds a line break, a control character or a letter beyond ASCII,"
                " as no key does; export the key alone"
            )
    if endpoint.key_env and len(environ[endpoint.key_env].strip()) < MIN_CHARACTERS:
        return (
            f"{endpoint.key_env} holds fewer than {MIN_CHARACTERS} characters; such a key"
            " cannot be told from ordinary words and kept out of what a run writes. Export a"
            " longer one; for a server that wants none, set key_env to null"
        )
    return ""


async def send(
    request: Request, endpoint: Endpoint, *, timeout_s: float, environ: Mapping[str, str]
) -> Answer | Failure:
    """Sends once, and never more than once."""
    litellm = load()
    record = SendRecord(timeout_s=timeout_s)
    watched.set(record)
    call = litellm.acompletion(
        model=endpoint.model,
        messages=request.chat,
        api_base=endpoint.api_base,
        api_key=_key(endpoint, environ),
        max_retries=0,
        timeout=timeout_s,
        **request.parameters,
    )
    try:
        # The time-outs of HTTP are per step; a reply that drips must end too.
        response = await asyncio.wait_for(call, timeout_s)
        return _answer(litellm, response, request, endpoint)
    except TimeoutError:
        return Failure(outcome=SendOutcome.LOST, said=f"no reply within {timeout_s:g} s")
    except Exception as error:  # of many libraries: the record knows what happened
        return _failure(litellm, error, record)


def _key(endpoint: Endpoint, environ: Mapping[str, str]) -> str | None:
    if endpoint.key_env is not None:
        return environ[endpoint.key_env].strip()
    return None if endpoint.api_base is None else _NO_KEY


def _failure(litellm: Any, error: Exception, record: SendRecord) -> Failure:
    if record.unreached:
        return Failure(outcome=SendOutcome.UNREACHED, said=record.error or str(error))
    if not record.sent:
        return Failure(outcome=SendOutcome.WRONG, said=str(error))
    status = record.status
    if status is None:
        return Failure(outcome=SendOutcome.LOST, said=record.error or str(error))
    if status < 300:
        return Failure(outcome=SendOutcome.MALFORMED, said=str(error), status=status)
    said = _message(record.body) or str(error)
    if status in (408, 429) or status >= 500:
        wait_s = retry_after_s(record.retry_after)
        return Failure(outcome=SendOutcome.BUSY, said=said, status=status, wait_s=wait_s)
    kinds = (litellm.ContextWindowExceededError, litellm.ContentPolicyViolationError)
    if isinstance(error, kinds) or any(code in record.body for code in _REFUSAL_CODES):
        return Failure(outcome=SendOutcome.REFUSED, said=said, status=status)
    return Failure(outcome=SendOutcome.WRONG, said=said, status=status)


def _message(body: str) -> str:
    """What an error says for people, wherever this server puts it."""
    try:
        document = json.loads(body)
    except ValueError:
        return " ".join(body.split())
    if isinstance(document, dict):
        inner = document.get("error", document)
        if isinstance(inner, dict):
            inner = inner.get("message") or inner.get("detail") or inner
        return inner if isinstance(inner, str) else json.dumps(inner)
    return body


def _answer(litellm: Any, response: Any, request: Request, endpoint: Endpoint) -> Answer:
    choice = response.choices[0]
    content = choice.message.content
    text = content if isinstance(content, str) else ""  # None: all went into reasoning
    usage = getattr(response, "usage", None)
    prompt, completion = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    reported = prompt > 0 and (completion > 0 or not text)
    if not reported:  # the bound, never zero
        prompt = prompt or prompt_bound(request)
        size = len(text.encode(errors="replace"))
        completion = completion or -(-size // BYTES_PER_TOKEN) or int(request.max_tokens)
    price = price_of(endpoint.model, override=endpoint.price)
    table_usd = price.usd(prompt_tokens=prompt, completion_tokens=completion)
    usd = table_usd
    if endpoint.price is None and reported:
        usd = _provider_usd(litellm, response, endpoint.model, table_usd)
    return Answer(
        text=text,
        finish_reason=str(choice.finish_reason or ""),
        prompt_tokens=prompt,
        completion_tokens=completion,
        usd=usd,
    )


def _count(usage: Any, name: str) -> int:
    value = getattr(usage, name, None)
    return max(0, value) if isinstance(value, int) else 0


def _provider_usd(litellm: Any, response: Any, model: str, otherwise: float) -> float:
    """litellm's figure, which knows of cached and reasoning tokens."""
    try:
        usd = float(litellm.completion_cost(completion_response=response, model=model))
    except Exception:  # it raises bare exceptions for models it cannot place
        return otherwise
    return usd if math.isfinite(usd) and usd >= 0 else otherwise


async def close() -> None:
    """Closes the connections of this event loop; the next one opens its own."""
    litellm = load()
    await litellm.close_litellm_async_clients()
    litellm.in_memory_llm_clients_cache.flush_cache()
