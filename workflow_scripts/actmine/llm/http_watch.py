"""Watches one request on its way over HTTP, so that what became of it is known and not guessed.

litellm's exceptions do not tell a refused connection from one lost after the request was
written, and some of its providers silently send a second time after a lost connection.
Both matter for what may have been charged.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

CONNECT_TIMEOUT_S = 10.0  # a host that does not take the call in this time is down [ours]


@dataclass(kw_only=True)
class SendRecord:
    """What is known of one send.

    Attributes:
        timeout_s: for each step of the exchange.
        sent: whether a request went out or tried to.
        unreached: no connection was made, so nothing was charged.
        status: of the answer, read to its end; None if there was none.
        retry_after: the header of that name.
        body: of an answer that is an error; whole, for a key is found in nothing less.
    """

    timeout_s: float
    sent: bool = False
    unreached: bool = False
    status: int | None = None
    retry_after: str | None = None
    body: str = ""
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
        return await _send(record, lambda: plain(client, request, **options), request)

    setattr(httpx.AsyncClient, "send", send)  # noqa: B010 (mypy forbids the plain form)


async def _send(record: SendRecord, go: Any, request: httpx.Request) -> httpx.Response:
    import httpx

    if record.sent:  # the retry is ours to make: only then is it recorded before it leaves
        raise httpx.RequestError("one send was allowed", request=request)
    record.sent = True
    limits = httpx.Timeout(
        record.timeout_s, connect=min(CONNECT_TIMEOUT_S, record.timeout_s / 2)
    )
    request.extensions = {**request.extensions, "timeout": limits.as_dict()}
    try:
        response: httpx.Response = await go()
    except httpx.RequestError as error:
        before = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
        record.unreached = isinstance(error, (*before, httpx.UnsupportedProtocol))
        record.error = f"{type(error).__name__}: {error}".rstrip(": ")
        raise
    record.status = response.status_code
    record.retry_after = response.headers.get("retry-after")
    if response.is_error:
        record.body = response.text
    return response
