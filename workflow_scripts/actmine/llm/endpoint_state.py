"""What all requests to one endpoint share: its pace, its failures, why it was given up."""

import time
from dataclasses import dataclass

from actmine.llm.gateway import Failure
from actmine.llm.outcome import Fate
from actmine.llm.pacing import Circuit, Pace
from actmine.llm.remedies import remedy, what, where
from actmine.llm.request import Request
from actmine.number_text import counted
from actmine.settings.models import ClientSettings, Endpoint

LONGEST_WAIT_S = 3600.0  # a server that asks for more is not waited for [ours]


class EndpointState:
    """One endpoint in one round.

    Args:
        proven: whether it ever replied to this island.
        in_a_row: prompts that it has turned down since.
        has_fallback: another is asked after it, so nobody waits for it.

    Attributes:
        closed: why nothing more is sent there; empty while it may be.
        patience: prompts in a row that it may turn down before it is left alone for a while.
        waiting_told: whether it was said that it is waited for, since its last reply.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        client: ClientSettings,
        *,
        proven: bool,
        in_a_row: int,
        has_fallback: bool,
    ) -> None:
        self.endpoint = endpoint
        self.pace = Pace(endpoint.requests_per_minute)
        self.circuit = Circuit(client.breaker, clock=time.monotonic, first_s=client.backoff_s)
        self.closed = ""
        self.proven = proven
        self.in_a_row = in_a_row
        self.patience = client.breaker if proven else 1
        self._turned_down = 0
        self._client = client
        self._has_fallback = has_fallback
        self.waiting_told = False
        self._replied = False  # in this round: it is configured well
        self._silent_since = 0.0  # on the clock; 0 while it replies
        self._failing: set[str] = set()  # prompts that failed at a cost since its last reply

    @property
    def is_left_alone(self) -> bool:
        """Whether no other prompt is sent until it is clear whose fault the last ones were."""
        return self._turned_down > 0 and self.in_a_row >= self.patience

    @property
    def turns_all_down(self) -> bool:
        """Whether so many prompts without a reply between them are the endpoint's own fault."""
        return self._turned_down > 0 and self.in_a_row >= self._client.breaker

    def try_one_more(self) -> None:
        """Ends its being left alone, unless it is at fault: one more prompt tells more."""
        if not self.turns_all_down:
            self.patience = max(self.patience, self.in_a_row + 1)

    def turned_down(self) -> None:
        """Notes a prompt that gets no reply."""
        self._turned_down += 1
        self.in_a_row += 1

    def answered(self) -> None:
        """Notes a reply."""
        self.circuit.answered()
        self.proven, self.in_a_row, self.patience = True, 0, self._client.breaker
        self._replied, self._silent_since, self.waiting_told = True, 0.0, False
        self._failing.clear()

    def failed(self, failure: Failure, began: float, *, key: str) -> None:
        """Notes a send, begun at this time, without a reply.

        One that never replied is soon given up for replies that nobody can read, too: each may
        have been paid for. Of one that did, a prompt that it cannot answer in time says as much
        about the prompt, and counts once.

        Args:
            key: of the request.
        """
        self._silent_since = self._silent_since or began
        if self.is_waited_for(failure):
            return
        if failure.charged and self.proven:
            if key not in self._failing:
                self.circuit.failed(began)
            self._failing.add(key)
        elif failure.outcome.unanswered or failure.charged:
            self.circuit.failed(began, charged=failure.charged)
        else:
            self.circuit.answered()

    def is_waited_for(self, failure: Failure) -> bool:
        """Whether a failure is the endpoint's own, costs nothing, and may well pass.

        That is so for some time after a reply: what has replied in this round is configured
        well, so no wrong address or certificate is to blame.
        """
        outcome = failure.outcome
        passes = outcome.fate is Fate.TRANSIENT and outcome.exhausted is Fate.DOWN
        glitch = outcome.fate is Fate.DOWN and outcome.unanswered and self._replied
        waited_s = time.monotonic() - (self._silent_since or time.monotonic())
        return (
            self.proven
            and not self._has_fallback
            and (passes or glitch)
            and not failure.charged
            and failure.wait_s <= LONGEST_WAIT_S
            and waited_s < self._client.patience_s
        )

    def fate(self, failure: Failure, turn: int) -> Fate:
        """What follows of a failure that is not waited for, after so many before it."""
        outcome = failure.outcome
        if outcome.fate is not Fate.TRANSIENT:
            return outcome.fate
        if self.circuit.open or failure.wait_s > LONGEST_WAIT_S:
            return Fate.DOWN
        most = min(self._client.retries, outcome.retries)
        return outcome.fate if turn < most else outcome.exhausted

    def waiting(self, failure: Failure, *, said: str) -> str:
        """What is waited for, in one line."""
        told = what(failure.outcome, failure.status)
        most = self._client.patience_s
        return f"{where(self.endpoint)} {told}: {said}; it is waited for, {most:.0f} s at most"

    def explained(self, failure: Failure, *, said: str, sends: int) -> str:
        """What happened and what to do, in one line.

        Args:
            said: by the server, fit to be printed.
            sends: of the request that failed.
        """
        outcome = failure.outcome
        told = what(outcome, failure.status)
        if self.circuit.open:
            told = f"{told} ({counted(self._client.breaker, 'failure')} in a row, last: {said})"
        elif self.turns_all_down:
            told = f"{told} for {counted(self.in_a_row, 'prompt')} in a row, last: {said}"
        elif failure.wait_s > LONGEST_WAIT_S:
            told = f"{told} in {failure.wait_s / 3600:.1f} hours: {said}"
        elif outcome.fate is Fate.TRANSIENT:
            often = counted(sends, "send")
            told = f"gave no reply in {often} of a request: it {told}, last: {said}"
        else:
            told = f"{told}: {said}"
        cure = remedy(outcome, self.endpoint, words=failure.words, url=failure.url)
        return f"{where(self.endpoint)} {told}; {cure}"


@dataclass(frozen=True)
class Turned:
    """A prompt that an endpoint turned down, or failed at, as often as it may be sent."""

    request: Request
    state: EndpointState
    failure: Failure
    sends: int
    doubts: int
