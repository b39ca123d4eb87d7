"""What a send may come to: what was seen of it, and what follows."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What follows of a send that brought no reply."""

    TRANSIENT = "transient"  # it is sent again
    REFUSED = "refused"  # this prompt gets no reply, whoever asks
    REJECTED = "rejected"  # this prompt, if the endpoint answers others; else all of them
    DOWN = "down"  # the endpoint cannot be used as it is configured
    ACCOUNT = "account"  # the key or the account behind it


class Seen(StrEnum):
    """What was seen of a send, where it is more than a status."""

    UNSENT = "unsent"  # it never left this process
    UNREACHED = "unreached"  # no connection
    LOST = "lost"  # no answer to a request that was written
    MOVED = "3xx"
    REFUSING = "4xx"  # but for those that ask to come again
    FAILING = "5xx"
    ERROR = "error"  # under a success, and without a code
    PAGE = "page"  # of the web
    UNREADABLE = "unreadable"  # success, and neither message nor error
    BROKEN_OFF = "broken off"  # a message that ends in an error


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A row of the table.

    Attributes:
        seen: statuses or what else was seen, one of which fits.
        words: a pattern that fits too; empty if any words do.
        charged: whether the send may have cost something, and so counts at its worst case.
        exhausted: what a transient one is when no further send is allowed.
        retries: further sends at the most, if fewer than the configuration allows.
        what: after the model's name.
        remedy: with what is named in braces, see `remedies.py`.
    """

    seen: tuple[int | str, ...]
    fate: Fate
    what: str
    remedy: str
    words: str = ""
    charged: bool = False
    exhausted: Fate = Fate.DOWN
    retries: float = math.inf

    @property
    def unanswered(self) -> bool:
        """Whether the endpoint gave no sign of life."""
        return Seen.UNREACHED in self.seen or Seen.LOST in self.seen

    def fits(self, seen: Iterable[int | str], words: str) -> bool:
        """Whether this row is about it."""
        return any(each in self.seen for each in seen) and bool(
            re.search(self.words, words, re.DOTALL)
        )
