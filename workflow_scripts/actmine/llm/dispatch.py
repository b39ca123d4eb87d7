"""Gets replies over the network: in parallel, patiently, and with every send on record."""

import asyncio
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from random import Random
from typing import Any

from actmine.llm import gateway
from actmine.llm.budget import Ledger
from actmine.llm.gateway import IN_DOUBT, UNANSWERED, Answer, Failure, SendOutcome
from actmine.llm.journal import Journal
from actmine.llm.pacing import Circuit, Pace, backoff_s
from actmine.llm.redaction import longest_first, redact, secrets
from actmine.llm.request import Reply, Request, Skipped
from actmine.settings.models import ClientSettings, Endpoint

MAX_TEXT_BYTES = 256 * 1024  # no activation is longer; a flood must not fill the disk [ours]
QUOTED = 300  # characters of a server's words that a message repeats
_SEARCHED = 2  # so many times what is kept is searched for keys, lest one is cut in two
GRACE_S = 20.0  # for requests in flight after a signal


class ClientError(RuntimeError):
    """The models cannot be asked; what was received is kept."""


class EndpointState:
    """What all requests to one endpoint share."""

    def __init__(self, endpoint: Endpoint, client: ClientSettings) -> None:
        self.endpoint = endpoint
        self.pace = Pace(endpoint.requests_per_minute)
        self.circuit = Circuit(client.breaker, clock=time.monotonic)
        self.last_failure = ""  # in words


class Dispatch:
    """The requests of one call that go to the network; serves once."""

    def __init__(
        self,
        journal: Journal,
        endpoints: Mapping[str, Sequence[Endpoint]],
        client: ClientSettings,
        *,
        environ: Mapping[str, str],
        ledger: Ledger,
    ) -> None:
        self._journal = journal
        self._client = client
        self._environ = environ
        self._ledger = ledger
        every = {endpoint for chain in endpoints.values() for endpoint in chain}
        self._chains = endpoints
        self._states = {endpoint: EndpointState(endpoint, client) for endpoint in every}
        keys = [environ.get(each.key_env, "").strip() for each in every if each.key_env]
        self._hidden = longest_first([*secrets(environ), *keys])
        journal.hide(self._hidden)
        self._replies: dict[str, Reply | Skipped] = {}
        self._why = ""  # of the end, if it came
        self._ending = asyncio.Event()
        self._signalled = asyncio.Event()
        self._in_flight = asyncio.Semaphore(client.concurrency)
        self._random = Random()  # spreads waits; no result depends on it

    def run(self, requests: Sequence[Request], *, kept: int) -> dict[str, Reply | Skipped]:
        """Fills the journal; returns all replies, by key.

        A request is skipped if its earlier sends are in doubt and the budget, which counts
        each of them, holds no other.

        Args:
            kept: replies of this round that the journal had before.

        Raises:
            ClientError: not all could be had.
        """
        self._require_keys(requests)
        for request in requests:
            self._ledger.lose(request.key, self._journal.in_doubt(request.key))
        asyncio.run(self._all(requests))
        if self._ending.is_set():
            raise ClientError(
                f"{self._why}; run again to continue:"
                f" {kept + len(self._replies)} replies are kept"
            )
        return self._replies

    def _require_keys(self, requests: Sequence[Request]) -> None:
        for model in sorted({request.model for request in requests}):
            for endpoint in self._chains[model]:
                if missing := gateway.missing_variables(endpoint, self._environ):
                    raise ClientError(
                        f"{endpoint.model} needs {', '.join(missing)}, which the environment"
                        " does not hold; export it, or set api_base for a server of your own"
                    )
                if fault := gateway.unfit_key(endpoint, self._environ):
                    raise ClientError(fault)

    async def _all(self, requests: Sequence[Request]) -> None:
        tasks = [asyncio.create_task(self._fill(request)) for request in requests]
        filled: asyncio.Future[Any] = asyncio.gather(*tasks)
        signalled: asyncio.Future[Any] = asyncio.create_task(self._signalled.wait())
        with self._signals():
            try:
                await asyncio.wait({filled, signalled}, return_when=asyncio.FIRST_COMPLETED)
                if not filled.done():
                    await asyncio.wait({filled}, timeout=GRACE_S)
                if filled.done():
                    filled.result()
            finally:
                for task in (signalled, *tasks):
                    task.cancel()  # one cut off leaves its intent open, hence in doubt
                await asyncio.gather(signalled, filled, *tasks, return_exceptions=True)
                await gateway.close()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Turns the signals that end a job into an orderly end."""
        loop = asyncio.get_running_loop()
        before = {}
        for number in (signal.SIGTERM, signal.SIGINT):
            handler = signal.getsignal(number)
            with suppress(ValueError, RuntimeError):  # only the main thread hears signals
                loop.add_signal_handler(number, self._interrupt, number)
                before[number] = handler
        try:
            yield
        finally:
            for number, handler in before.items():
                loop.remove_signal_handler(number)
                signal.signal(number, handler)

    def _interrupt(self, number: signal.Signals) -> None:
        self._end(f"stopped by {number.name}")
        self._signalled.set()

    def _end(self, why: str) -> None:
        """Nothing new is sent from now on; the first reason is told."""
        self._why = self._why or redact(why, self._hidden)
        self._ending.set()

    async def _fill(self, request: Request) -> None:
        """One request, until it has a reply or the round ends."""
        async with self._in_flight:
            for endpoint in self._chains[request.model]:
                state = self._states[endpoint]
                if await self._try(request, state) or self._ending.is_set():
                    return
            self._end(state.last_failure)

    async def _try(self, request: Request, state: EndpointState) -> bool:
        """Asks one endpoint until there is a reply, or it is given up."""
        doubts = self._journal.in_doubt(request.key)
        for turn in range(self._client.retries + 1):
            if doubts and (reason := self._ledger.excess()):
                skipped = Skipped(key=request.key, reason=reason)
                self._journal.skip(request, skipped, self._ledger.worst[request.key])
                self._replies[request.key] = skipped
                return True
            if state.circuit.open or await self._ends_within(state.pace.claim_s()):
                return False
            failure = await self._send(request, state, doubts)
            if failure is None:
                return True
            if failure.outcome in IN_DOUBT:
                doubts += 1
                self._ledger.lose(request.key)
            state.last_failure = self._explained(state, failure)
            if failure.outcome is SendOutcome.WRONG:
                self._end(state.last_failure)
            if turn < self._client.retries and not state.circuit.open:
                first_s = self._client.backoff_s
                wait_s = backoff_s(turn, first_s=first_s, random=self._random)
                if await self._ends_within(max(wait_s, failure.wait_s)):
                    return False
        return False

    async def _ends_within(self, seconds: float) -> bool:
        """Waits, unless the round ends first."""
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), seconds)
        return self._ending.is_set()

    async def _send(
        self, request: Request, state: EndpointState, doubts: int
    ) -> Failure | None:
        """Sends once; keeps the reply, or says why there is none."""
        worst = self._ledger.worst[request.key]
        self._journal.intend(request, worst, in_doubt=doubts, open=True)
        began = time.monotonic()
        result = await gateway.send(
            request,
            state.endpoint,
            timeout_s=self._client.timeout_s,
            environ=self._environ,
        )
        if isinstance(result, Failure) and result.outcome in UNANSWERED:
            state.circuit.failed(began)
        else:
            state.circuit.answered()
        if isinstance(result, Failure) and result.outcome is not SendOutcome.REFUSED:
            doubts += result.outcome in IN_DOUBT
            self._journal.intend(request, worst, in_doubt=doubts, open=False)
            return result
        reply = self._reply(request, state.endpoint, result, doubts, time.monotonic() - began)
        self._journal.keep(request, reply, worst)
        self._replies[request.key] = reply
        return None

    def _reply(
        self,
        request: Request,
        endpoint: Endpoint,
        result: Answer | Failure,
        doubts: int,
        seconds: float,
    ) -> Reply:
        """What is kept of a result, redacted here already, so that it is read back the same."""
        reply = Reply(
            key=request.key,
            model=request.model,
            answered_by=endpoint.model,
            text="",
            in_doubt=doubts,
            seconds=seconds,
        )
        if isinstance(result, Failure):
            refused = self._quoted(result.said) or "refused without a reason"
            return replace(reply, refused=refused)
        whole = result.text.encode(errors="replace")
        note = f" (cut from {len(whole)} bytes)" if len(whole) > MAX_TEXT_BYTES else ""
        searched = whole[: _SEARCHED * MAX_TEXT_BYTES].decode(errors="ignore")
        kept = redact(searched, self._hidden).encode()[:MAX_TEXT_BYTES]
        return replace(
            reply,
            text=kept.decode(errors="ignore"),
            finish_reason=self._quoted(result.finish_reason) + note,
            prompt_tokens=result.prompt_tokens,
            completion_tokens=result.completion_tokens,
            usd=result.usd,
        )

    def _quoted(self, said: str) -> str:
        """A server's words, fit to be kept and printed."""
        text = " ".join(said.encode(errors="replace").decode().split())
        return redact(text[: 100 * QUOTED], self._hidden)[:QUOTED]

    def _explained(self, state: EndpointState, failure: Failure) -> str:
        """What happened and what to do, in one line."""
        endpoint, said = state.endpoint, self._quoted(failure.said)
        where = f"{endpoint.model} at {endpoint.host}"
        if failure.outcome is SendOutcome.WRONG:
            what, remedy = _rejection(endpoint, failure.status)
            return f"{where} {what}: {said}; {remedy}"
        if state.circuit.open:
            return (
                f"{where} is unreachable ({self._client.breaker} failures in a row,"
                f" last: {said}); start it or set api_base"
            )
        return (
            f"{where} gave no reply in {self._client.retries + 1} sends of a request,"
            f" last: {said}; raise timeout_s or retries, lower concurrency, or add a fallback"
        )


def _rejection(endpoint: Endpoint, status: int | None) -> tuple[str, str]:
    """What a server's lasting refusal means, and its remedy."""
    if status is None:
        return "cannot be sent to", "correct the model's name or its parameters"
    if status in (401, 403):
        provider = endpoint.model.partition("/")[0].upper()
        if endpoint.key_env or endpoint.api_base is None:
            remedy = f"check the key in {endpoint.key_env or f'{provider}_API_KEY'}"
        else:
            remedy = "name the environment variable with its key in key_env"
        return f"refuses the key ({status})", remedy
    if status == 404:
        return "does not know the model (404)", "correct the model's name or api_base"
    return f"rejects the request ({status})", "correct the model's name or its parameters"
