"""Sends one request through litellm and says what came of it."""

import importlib
import logging
import math
import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from actmine.llm.answers import (
    Message,
    document_of,
    error_of,
    executable_code,
    is_page,
    message_of,
    native_finish,
    plain_text,
)
from actmine.llm.budget import BYTES_PER_TOKEN, prompt_bound
from actmine.llm.http_watch import SendRecord, watch, watched
from actmine.llm.outcome import Outcome, Seen
from actmine.llm.outcomes import FAILED, FILTERED, ending, outcome_of, unfinished
from actmine.llm.pacing import asked_wait_s
from actmine.llm.prices import price_of
from actmine.llm.providers import AZURE, provider_of
from actmine.llm.proxies import proxy_variables
from actmine.llm.request import Request
from actmine.settings.models import Endpoint

_LITELLM = re.compile(r"^(litellm\.\w+: )?(\w+: )?(\w+Exception )?(\w+ )?- ")  # in its errors
_MATCHED = 4000  # characters of an error that say what it is [ours]
_NO_KEY = "none"  # a server of one's own must not be sent the key of a provider


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A send without a reply.

    Attributes:
        charged: whether it may have cost something.
        said: what the server, or the network, had to say; not redacted.
        words: all of it, in lower case.
        status: of the answer, if there was one.
        wait_s: what the server asked for.
        url: where it went; empty if nowhere.
    """

    outcome: Outcome
    charged: bool
    said: str
    words: str
    status: int | None = None
    wait_s: float = 0.0
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A model's answer as it came; not redacted.

    Attributes:
        refused: why there is nothing to be read in it; empty if there is.
    """

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    usd: float
    refused: str = ""


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


async def send(
    request: Request, endpoint: Endpoint, *, timeout_s: float, environ: Mapping[str, str]
) -> Answer | Failure:
    """Sends once, and never more than once."""
    import asyncio  # see `client`

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
    response = None
    try:
        # The time-outs of HTTP are per step; a reply that drips must end too.
        response = await asyncio.wait_for(call, timeout_s)
    except TimeoutError:
        return _failure(record, Seen.LOST, said=f"no reply within {timeout_s:g} s")
    except Exception as error:  # of many libraries: the record knows what happened
        if failure := _unanswered(record, str(error)):
            return failure
    try:
        return _read(litellm, response, request, endpoint, record)
    except Exception as error:  # an answer may be anything, and must not end the others' sends
        record.headers = None  # they may be what cannot be read
        said = f"{type(error).__name__}: {error}; {plain_text(record.body)}"
        return _failure(record, Seen.UNREADABLE, said=said)


def _key(endpoint: Endpoint, environ: Mapping[str, str]) -> str | None:
    if endpoint.key_env is not None:
        return environ[endpoint.key_env].strip()
    is_own = endpoint.api_base is not None and provider_of(endpoint.model) not in AZURE
    return _NO_KEY if is_own else None  # litellm knows the provider's variable


def _unanswered(record: SendRecord, said: str) -> Failure | None:
    """What became of a send without an answer; none if there was one."""
    if record.unreached:
        mark = "<proxy> " if proxy_variables(record.url) else ""
        return _failure(record, Seen.UNREACHED, said=record.error, words=mark + record.error)
    if not record.sent:
        return _failure(record, Seen.UNSENT, said=_LITELLM.sub("", said))
    if record.garbled:
        return _failure(record, Seen.UNREADABLE, said=record.error)
    if record.status is None:
        return _failure(record, Seen.LOST, said=record.error or said)
    return None


def _failure(
    record: SendRecord,
    *seen: Seen | int | None,
    said: str,
    words: str = "",
    charged: bool = False,
    wait_s: float = 0.0,
) -> Failure:
    words = (words or said)[:_MATCHED].lower()
    outcome = outcome_of(*seen, words=words)
    headers = record.headers or {}
    return Failure(
        outcome=outcome,
        charged=charged or outcome.charged,
        said=said,
        words=words,
        status=next((each for each in seen if isinstance(each, int)), record.status),
        wait_s=max(wait_s, asked_wait_s(headers)),
        url=record.url,
    )


def _read(
    litellm: Any, response: Any, request: Request, endpoint: Endpoint, record: SendRecord
) -> Answer | Failure:
    """What an answer holds: in its own form where it is OpenAI's, else as litellm reads it."""
    document = document_of(record.body)
    status = record.status or 200  # a few providers do not send by httpx
    error = error_of(document)
    if status >= 300:
        return refusal(record)
    message = message_of(document)
    if message is None and response is not None:
        message = message_of(response.model_dump())
        if message and (code := executable_code(document)):
            message = replace(message, text=f"{message.text}\n\n{code}".strip())
    finish = native_finish(document) or (message.finish if message else "")
    if error or (message and ending(finish) == FAILED):
        broken = message and (message.text or message.completion_tokens)
        marks = [error.code if error else None, Seen.BROKEN_OFF if broken else Seen.ERROR]
        return _failure(
            record,
            *marks,
            said=error.said if error else f"it ended with {finish}",
            words=error.words if error else "",
            wait_s=error.wait_s if error else 0.0,
        )
    if message is None and ending(finish) == FILTERED:  # of a prompt that is blocked
        return _failure(record, Seen.ERROR, said=finish, words=f"content_filter {finish}")
    if message is None:
        said = plain_text(record.body) or "an empty answer"
        seen = Seen.PAGE if is_page(record.body) else Seen.UNREADABLE
        return _failure(record, seen, said=said, words=f"<page> {said}")
    return _answer(litellm, response, request, endpoint, replace(message, finish=finish))


def refusal(record: SendRecord) -> Failure:
    """What an answer means whose status is no success."""
    status, page = record.status or 0, is_page(record.body)
    error = error_of(document_of(record.body))
    said = error.said if error else plain_text(record.body) or "an answer without words"
    if status < 400:
        said = f"to {(record.headers or {}).get('location', 'nowhere')}"
    return _failure(
        record,
        status,
        Seen.PAGE if page and status < 500 else None,
        said=said,
        words=error.words if error else f"{'<page> ' * page}{said}",
        wait_s=error.wait_s if error else 0.0,
    )


def _answer(
    litellm: Any, response: Any, request: Request, endpoint: Endpoint, message: Message
) -> Answer:
    end = ending(message.finish)
    text = message.text
    if not text and not end and not message.refusal:
        text = message.thoughts  # some servers call all of a reply a thought
    prompt, completion = message.prompt_tokens, message.completion_tokens
    reported = prompt > 0 and (completion > 0 or not (text or message.thoughts))
    if not reported:  # the bound, never zero
        prompt = prompt or prompt_bound(request)
        size = len((text + message.thoughts).encode(errors="replace"))
        completion = completion or -(-size // BYTES_PER_TOKEN) or int(request.max_tokens)
    price = price_of(endpoint.model, override=endpoint.price)
    usd = price.usd(
        prompt_tokens=prompt,
        completion_tokens=completion,
        cached_tokens=message.cached_tokens if reported else 0,
    )
    if endpoint.price is None and reported and response is not None:
        usd = _provider_usd(litellm, response, endpoint.model, (prompt, completion), usd)
    refused = f"it refuses: {message.refusal}" if message.refusal else ""
    if end:
        refused = unfinished(message.finish, tokens=completion, limit=int(request.max_tokens))
    return Answer(
        text=text,
        finish_reason=message.finish,
        prompt_tokens=prompt,
        completion_tokens=completion,
        usd=usd,
        refused="" if text else refused,
    )


def _provider_usd(
    litellm: Any, response: Any, model: str, tokens: tuple[int, int], otherwise: float
) -> float:
    """litellm's figure, which knows of cached and reasoning tokens.

    Only where it counts as many tokens, and at the price of the model that was asked: servers
    name another one in their answers.
    """
    usage = getattr(response, "usage", None)
    counted = tuple(getattr(usage, name, 0) for name in ("prompt_tokens", "completion_tokens"))
    if counted != tokens:
        return otherwise
    try:
        usd = float(sum(litellm.cost_per_token(model=model, usage_object=usage)))
    except Exception:  # it raises bare exceptions for models it cannot place
        return otherwise
    return usd if math.isfinite(usd) and usd >= 0 else otherwise


async def close() -> None:
    """Closes the connections of this event loop; the next one opens its own."""
    litellm = load()
    await litellm.close_litellm_async_clients()
    litellm.in_memory_llm_clients_cache.flush_cache()
