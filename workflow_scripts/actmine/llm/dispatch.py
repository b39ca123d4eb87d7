"""Gets replies over the network: in parallel, patiently, and with every send on record."""

import asyncio
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from random import Random

from actmine.llm import gateway
from actmine.llm.budget import Ledger
from actmine.llm.endpoint_state import EndpointState, Turned
from actmine.llm.gateway import Failure
from actmine.llm.journal import Journal
from actmine.llm.keys import key_fault
from actmine.llm.outcome import Fate
from actmine.llm.pacing import backoff_s
from actmine.llm.proxies import direct_to_loopback
from actmine.llm.received import quoted, received, unanswered
from actmine.llm.redaction import redact, secrets
from actmine.llm.remedies import what
from actmine.llm.request import ClientError, Reply, Request, Skipped
from actmine.number_text import counted
from actmine.settings.models import ClientSettings, Endpoint

GRACE_S = 20.0  # for requests in flight after a signal


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
        self._every = every
        self._states: dict[Endpoint, EndpointState] = {}
        self._hidden = secrets(environ, keys=(each.key_env or "" for each in every))
        journal.hide(self._hidden)
        self._replies: dict[str, Reply | Skipped] = {}
        self._turned: list[Turned] = []
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
        with_fallback = {each for chain in self._chains.values() for each in chain[:-1]}
        for endpoint in self._every:
            proven, in_a_row = self._journal.standing(requests[0], endpoint.model)
            self._states[endpoint] = EndpointState(
                endpoint,
                self._client,
                proven=proven,
                in_a_row=in_a_row,
                has_fallback=endpoint in with_fallback,
            )
        for request in requests:
            self._ledger.lose(request.key, self._journal.in_doubt(request.key))
        gateway.load()  # seconds, which would come between a send's turn and the send
        with direct_to_loopback(each.api_base for each in self._states):
            asyncio.run(self._all(requests))
        if self._ending.is_set():
            raise ClientError(
                f"{self._why}; run again to continue:"
                f" {counted(kept + len(self._replies), 'reply is', 'replies are')} kept"
            )
        return self._replies

    def _require_keys(self, requests: Sequence[Request]) -> None:
        for model in sorted({request.model for request in requests}):
            for endpoint in self._chains[model]:
                if fault := key_fault(endpoint, self._environ):
                    raise ClientError(fault)

    async def _all(self, requests: Sequence[Request]) -> None:
        filled = asyncio.create_task(self._fill_in_turn(requests))
        signalled = asyncio.create_task(self._signalled.wait())
        with self._signals():
            try:
                await asyncio.wait({filled, signalled}, return_when=asyncio.FIRST_COMPLETED)
                if not filled.done():
                    await asyncio.wait({filled}, timeout=GRACE_S)
                if filled.done():
                    filled.result()
            finally:
                filled.cancel()  # what is cut off leaves its intent open, hence in doubt
                signalled.cancel()
                await asyncio.gather(signalled, filled, return_exceptions=True)
                await gateway.close()

    async def _fill_in_turn(self, requests: Sequence[Request]) -> None:
        """Those that slots wait for, then those whose failure ends no round."""
        await self._fill_all([each for each in requests if not each.advisory])
        spared = [each for each in requests if each.advisory]
        if not spared or self._ending.is_set():
            return
        await self._fill_all(spared)
        if self._ending.is_set() and not self._signalled.is_set():
            why = quoted(self._why, self._hidden)
            for request in (each for each in spared if each.key not in self._replies):
                doubts = self._journal.in_doubt(request.key)
                self._keep(request, unanswered(request, why, in_doubt=doubts))
            self._why = ""
            self._ending.clear()

    async def _fill_all(self, requests: Sequence[Request]) -> None:
        """All requests; those that were held back once more, if others got a reply."""
        due = list(requests)
        while due and not self._ending.is_set():
            tasks = [asyncio.create_task(self._fill(request)) for request in due]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
                if any(task.done() and task.exception() for task in tasks):
                    self._ending.set()  # what is in flight may be paid for: it ends first
                await asyncio.gather(*tasks, return_exceptions=True)
                for task in tasks:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            waiting = {each.request.key for each in self._turned}
            due = [
                request for request in due if request.key not in self._replies.keys() | waiting
            ]
            self._settle(others=bool(due))

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
        """One request, until it has a reply, is turned down, or the round ends."""
        async with self._in_flight:
            turned = None
            chain = [self._states[endpoint] for endpoint in self._chains[request.model]]
            for state in chain:
                turned = await self._try(request, state) or turned
                if request.key in self._replies or self._ending.is_set():
                    if turned:  # its fallback answers, or the budget is spent
                        turned.state.try_one_more()
                    return
            if turned:
                self._turned.append(turned)
            elif all(state.closed for state in chain):
                self._end(chain[-1].closed)

    async def _try(self, request: Request, state: EndpointState) -> Turned | None:
        """Asks one endpoint until there is a reply, or it is given up, or turns it down."""
        doubts = self._journal.in_doubt(request.key)
        sends = turn = 0  # turn: failures that were not waited for
        while True:
            if doubts and (reason := self._ledger.excess()):
                # In the words of an earlier try: others' sends may have been lost since.
                earlier = self._journal.skipped(request.key)
                skipped = earlier or Skipped(key=request.key, reason=reason)
                self._journal.skip(request, skipped, self._ledger.worst[request.key])
                self._replies[request.key] = skipped
                return None
            if state.closed or (sends == 0 and state.is_left_alone):
                return None
            if await self._ends_within(state.pace.claim_s()):
                return None
            failure = await self._send(request, state, doubts)
            if failure is None:
                return None
            sends += 1
            if failure.charged:
                doubts += 1
                self._ledger.lose(request.key)
            if state.is_waited_for(failure):
                self._tell_of_waiting(state, failure)
            else:
                fate = state.fate(failure, turn)
                turn += 1
                if fate in (Fate.DOWN, Fate.ACCOUNT):
                    state.closed = state.closed or self._explained(state, failure, sends=sends)
                    return None
                if fate is not Fate.TRANSIENT:
                    state.turned_down()
                    return Turned(request, state, failure, sends=sends, doubts=doubts)
            wait_s = backoff_s(sends - 1, first_s=self._client.backoff_s, random=self._random)
            if await self._ends_within(max(wait_s, failure.wait_s)):
                return None

    def _tell_of_waiting(self, state: EndpointState, failure: Failure) -> None:
        """Says in the job's log that an endpoint is waited for, once a silence."""
        if not state.waiting_told:
            state.waiting_told = True
            said = quoted(failure.said, self._hidden)
            print(state.waiting(failure, said=said), file=sys.stderr)

    def _settle(self, *, others: bool) -> None:
        """Decides whose fault it is that prompts were turned down: theirs, or the endpoint's.

        Theirs, where it answers others, or where it says so and no others are left: such a
        slot is given up, or every rerun would ask the same. The endpoint's, where it turned
        down too many in a row, in this round and before; if it never replied to any, they are
        asked again once it is mended.

        Args:
            others: whether there are requests that were not sent yet.
        """
        turned, self._turned = self._turned, []
        for state in {each.state for each in turned}:
            mine = [each for each in turned if each.state is state]
            well = state.proven and not state.turns_all_down
            judged = state.proven or not (others or state.turns_all_down)
            for each in mine:
                said_so = each.failure.outcome.fate is Fate.REFUSED
                if well or (said_so and judged):
                    self._refuse(each)
            open_ones = [each for each in mine if each.request.key not in self._replies]
            if state.turns_all_down or (open_ones and not others):
                last = mine[-1]
                self._end(self._explained(state, last.failure, sends=last.sends))
            self._turned += open_ones  # others may tell whose fault it is
        for state in self._states.values():
            state.try_one_more()

    def _refuse(self, turned: Turned) -> None:
        failure = turned.failure
        said = quoted(failure.said, self._hidden) or "no reason given"
        reply = Reply(
            key=turned.request.key,
            model=turned.request.model,
            answered_by=turned.state.endpoint.model,
            text="",
            in_doubt=turned.doubts,
            refused=f"it {what(failure.outcome, failure.status)}: {said}",
        )
        self._keep(turned.request, reply)

    def _keep(self, request: Request, reply: Reply) -> None:
        self._journal.keep(request, reply, self._ledger.worst[request.key])
        self._replies[request.key] = reply

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
        if isinstance(result, Failure):
            state.failed(result, began, key=request.key)
            self._journal.intend(request, worst, in_doubt=doubts + result.charged, open=False)
            return result
        state.answered()
        seconds = time.monotonic() - began
        reply = received(
            request,
            result,
            answered_by=state.endpoint.model,
            hidden=self._hidden,
            in_doubt=doubts,
            seconds=seconds,
        )
        self._keep(request, reply)
        return None

    def _explained(self, state: EndpointState, failure: Failure, *, sends: int) -> str:
        return state.explained(failure, said=quoted(failure.said, self._hidden), sends=sends)
