"""Decides which requests a budget admits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from actmine.llm.request import Request
from actmine.settings.models import Price

BYTES_PER_TOKEN = 2  # English and code need fewer tokens than one per two bytes [ours]
TOKENS_PER_MESSAGE = 8  # the role and the marks around a message [ours]
_ROUNDING = 1e-9  # USD; ten tenths are one


@dataclass(frozen=True, kw_only=True)
class Limits:
    """One island's quota; None is no limit."""

    usd: float | None = None
    tokens: int | None = None
    requests: int | None = None


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What was sent so far, sends in doubt at their worst case."""

    requests: int = 0
    tokens: int = 0
    usd: float = 0.0


def total(parts: Iterable[Spent]) -> Spent:
    """The sum, the same in any order."""
    rows = list(parts)
    return Spent(
        requests=sum(row.requests for row in rows),
        tokens=sum(row.tokens for row in rows),
        usd=fsum(row.usd for row in rows),
    )


def prompt_bound(request: Request) -> int:
    """No fewer tokens than the prompt has."""
    size = sum(len(content.encode(errors="replace")) for _, content in request.messages)
    return -(-size // BYTES_PER_TOKEN) + TOKENS_PER_MESSAGE * len(request.messages)


def worst_case(request: Request, prices: Iterable[Price]) -> Spent:
    """The most that one send may cost, at the dearest of the models that may answer."""
    prompt, reply = prompt_bound(request), int(request.max_tokens)
    usd = max(price.usd(prompt_tokens=prompt, completion_tokens=reply) for price in prices)
    return Spent(requests=1, tokens=prompt + reply, usd=usd)


def admit(worst: Sequence[Spent], *, spent: Spent, limits: Limits) -> list[str]:
    """Reserves worst cases in the order given; says why a request does not fit.

    What is already in the journal plays no part: a killed job decides the same again.

    Args:
        worst: of each request, in slot order.
        spent: before this round.
    Returns: one reason a request; empty for an admitted one.
    """
    reserved = [spent]
    reasons = []
    for cost in worst:
        reason = excess(total([*reserved, cost]), limits)
        if not reason:
            reserved = [total([*reserved, cost])]
        reasons.append(reason)
    return reasons


def excess(needed: Spent, limits: Limits) -> str:
    """Why so much does not fit a quota; empty if it does."""
    if limits.usd is not None and needed.usd > limits.usd + _ROUNDING:
        return (
            f"budget: usd {needed.usd:.4g} of {limits.usd:.4g} with this request's worst case"
        )
    if limits.tokens is not None and needed.tokens > limits.tokens:
        return (
            f"budget: tokens {needed.tokens} of {limits.tokens} with this request's worst case"
        )
    if limits.requests is not None and needed.requests > limits.requests:
        return f"budget: requests {needed.requests} of {limits.requests} with this one"
    return ""


class Ledger:
    """What one round may still send, when sends whose fate is unknown must be repeated.

    Args:
        worst: of each request, by key.
        reserved: what was spent before, and the worst case of every admitted request.
        limits: the quota.
    """

    def __init__(self, worst: Mapping[str, Spent], *, reserved: Spent, limits: Limits) -> None:
        self.worst = worst
        self._reserved = reserved
        self._limits = limits

    def lose(self, key: str, sends: int = 1) -> None:
        """Charges sends in doubt beyond what was reserved."""
        self._reserved = total([self._reserved, *[self.worst[key]] * sends])

    def excess(self) -> str:
        """Why nothing more may be repeated; empty if it may."""
        return excess(self._reserved, self._limits)
