"""Watches one request on its way over HTTP, so that what became of it is known and not guessed.

litellm's exceptions do not tell a refused connection from one lost after the request was
written, some of its providers silently send a second time after a lost connection, and an
answer that it cannot parse is lost with it. All three matter for what may have been charged.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from actmine.llm.proxies import require_proxy

if TYPE_CHECKING:
    import httpx

CONNECT_TIMEOUT_S = 10.0  # a host that does not take the call in this time is down [ours]
MOST_REDIRECTS = 3  # on one host; further ones are an endless circle [ours]


@dataclass(kw_only=True)
class SendRecord:
    """What is known of one send.

    Attributes:
        timeout_s: for each step of the exchange.
        sent: whether a request went out or tried to.
        unreached: no connection was made, so nothing was charged.
        garbled: an answer came that HTTP could not decode, or a larger one than is read.
        url: where it went.
        status: of the answer, read to its end; None if there was none.
        headers: of the answer, their names in lower case.
        body: the answer as it came.
    """

    timeout_s: float
    sent: bool = False
    unreached: bool = False
    garbled: bool = False
    url: str = ""
    status: int | None = None
    headers: dict[str, str] | None = None
    body: bytes = b""
    error: str = ""


watched: ContextVar[SendRecord | None] = ContextVar("watched", default=None)


def watch() -> None:
    """Makes every later httpx request report to the `watched` record, if there is one."""
    import httpx

    plain = httpx.AsyncClient.send
    if hasattr(plain, "__wrapped__"):
        return

    @wraps(plain)
    async def send(
        client: httpx.AsyncClient, request: httpx.Request, **options: Any
    ) -> httpx.Response:
        record = watched.get()
        if record is None:
            return await plain(client, request, **options)
        options |= {"follow_redirects": False, "stream": True}

        async def go(each: httpx.Request) -> httpx.Response:
            return await plain(client, each, **options)

        return await _send(record, go, request)

    setattr(httpx.AsyncClient, "send", send)  # noqa: B010 (mypy forbids the plain form)


async def _send(record: SendRecord, go: Any, request: httpx.Request) -> httpx.Response:
    import httpx

    from actmine.llm.whole_answer import PACKINGS, whole_answer

    if record.sent:  # the retry is ours to make: only then is it recorded before it leaves
        raise httpx.RequestError("one send was allowed", request=request)
    record.sent, record.url = True, str(request.url)
    limits = httpx.Timeout(
        record.timeout_s, connect=min(CONNECT_TIMEOUT_S, record.timeout_s / 2)
    )
    request.extensions = {**request.extensions, "timeout": limits.as_dict()}
    request.headers["Accept-Encoding"] = ", ".join(PACKINGS)
    try:
        require_proxy(record.url)
    except ValueError as error:
        record.unreached, record.error = True, f"ProxyError: {error}"
        raise httpx.RequestError(record.error, request=request) from None
    try:
        response: httpx.Response = await go(request)
        for _ in range(MOST_REDIRECTS):
            if not _stays(response, request):
                break
            await response.aclose()
            response = await go(response.next_request)
        whole = await whole_answer(response)
    except httpx.RequestError as error:
        before = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
        never = (httpx.ProxyError, httpx.UnsupportedProtocol)
        record.unreached = isinstance(error, (*before, *never))
        record.garbled = isinstance(error, httpx.DecodingError)
        record.error = f"{type(error).__name__}: {error}".rstrip(": ")
        raise
    record.headers = {name.lower(): value for name, value in response.headers.items()}
    record.body = whole.content
    record.status = response.status_code
    return whole


def _stays(response: httpx.Response, request: httpx.Request) -> bool:
    """Whether a redirect repeats the request on the same host, and is no less private.

    Keys and prompts go no further, and from TLS never into the clear. Other codes than 307 and
    308 turn a request into one without a prompt.
    """
    onward = response.next_request
    return (
        response.status_code in (307, 308)
        and onward is not None
        and (onward.url.host, onward.url.port) == (request.url.host, request.url.port)
        and onward.url.scheme in (request.url.scheme, "https")
    )
