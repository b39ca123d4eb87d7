"""Decides when the next send may leave: rate limits, waits after failures, circuit breakers."""

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random

LONGEST_BACKOFF_S = 60.0


def backoff_s(turn: int, *, first_s: float, random: Random) -> float:
    """Exponential with full jitter: clients that failed together do not return together."""
    return random.uniform(0.0, longest_backoff_s(turn, first_s=first_s))


def longest_backoff_s(turn: int, *, first_s: float) -> float:
    """The longest wait after a failure, the first is turn 0: it doubles to a minute."""
    return min(LONGEST_BACKOFF_S, first_s * 2.0 ** min(turn, 32))


def retry_after_s(header: str | None, *, now: datetime | None = None) -> float:
    """The wait that a server asks for, in seconds or as a date; 0 if it is unreadable."""
    if not header:
        return 0.0
    try:
        seconds = float(header)
    except ValueError:
        try:
            due = parsedate_to_datetime(header)
        except (ValueError, OverflowError):  # numbers that no date has
            return 0.0
        due = due if due.tzinfo else due.replace(tzinfo=UTC)
        seconds = (due - (now or datetime.now(UTC))).total_seconds()
    if math.isnan(seconds):
        return 0.0
    return max(seconds, 0.0)


def asked_wait_s(headers: Mapping[str, str]) -> float:
    """The wait that an answer asks for, in either of two headers."""
    milliseconds = headers.get("retry-after-ms", "")
    with suppress(ValueError):
        return retry_after_s(str(float(milliseconds) / 1000))
    return retry_after_s(headers.get("retry-after"))


class Pace:
    """Spreads sends evenly below a rate."""

    def __init__(self, per_minute: float | None) -> None:
        self._gap_s = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0

    def claim_s(self) -> float:
        """Takes the next place in line; returns the seconds until it."""
        import asyncio  # see `client`

        now = asyncio.get_running_loop().time()
        place = max(now, self._next)
        self._next = place + self._gap_s
        return place - now


class Circuit:
    """Counts failures to reach an endpoint, none in between answered.

    Sends that were under way together fail together; they count once. Their retries come back
    one by one, each after a wait of its own: those that cost nothing count once in the longest
    of these waits, or many requests at once would end a round over an outage of a second. What
    may have been paid for counts each time.

    Args:
        limit: failures that open it.
        clock: seconds.
        first_s: the longest wait before a first retry, as `backoff_s` has it.
    """

    def __init__(self, limit: int, *, clock: Callable[[], float], first_s: float = 0.0) -> None:
        self._limit = limit
        self._clock = clock
        self._first_s = first_s
        self._failures = 0
        self._counted_at = -math.inf

    @property
    def open(self) -> bool:
        """Whether nothing more is sent there."""
        return self._failures >= self._limit

    def failed(self, began: float, *, charged: bool = True) -> None:
        """Notes that a send begun at this time got no answer, and whether it may have cost."""
        turn = self._failures - 1
        wait_s = 0.0 if charged else longest_backoff_s(turn, first_s=self._first_s)
        if turn < 0 or began > self._counted_at + wait_s:
            self._failures += 1
            self._counted_at = self._clock()

    def answered(self) -> None:
        """Notes an answer, be it an error."""
        self._failures = 0
