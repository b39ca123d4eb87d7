"""What is asked of a language model, and what became of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from actmine.files import canonical_json
from actmine.records.rows import to_row
from actmine.records.slot import Slot
from actmine.settings.models import named_limits

Message = dict[str, str]


class ClientError(RuntimeError):
    """The models cannot be asked; what was received is kept."""


# They choose whom a request asks, multiply its replies, lengthen them or change their price.
_CHARGES = frozenset(
    {"model", "messages", "stream", "n", "best_of", "candidate_count"}
    | {"service_tier", "serviceTier", "generationConfig", "generation_config"}
)
# They say where and how it travels, too: none shapes one reply.
_TRANSPORT = _CHARGES | {
    *("api_base", "api_key", "api_version", "base_url", "timeout", "max_retries"),
    *("num_retries", "headers", "extra_headers", "fallbacks"),
}


@dataclass(frozen=True, kw_only=True)
class Request:
    """One prompt for one attempt at filling a slot.

    Attributes:
        attempt: 0 for the first try; repairs count on.
        model: the first choice, as litellm names it.
        messages: (role, content) pairs.
        parameters: what shapes the reply: temperature, max_tokens, seed, extra_body, …
        advisory: whether it asks for advice, without which a round goes on; no part of its
            identity, which its messages are.
    """

    arm: str
    slot: Slot
    attempt: int
    model: str
    messages: tuple[tuple[str, str], ...]
    parameters: Mapping[str, Any]
    advisory: bool = False

    def __post_init__(self) -> None:
        if not self.messages:
            raise ValueError(f"{self.slot}: a request has at least one message")
        body = self.parameters.get("extra_body")
        inner = _CHARGES & body.keys() if isinstance(body, Mapping) else frozenset()
        if wrong := sorted((_TRANSPORT & self.parameters.keys()) | inner):
            raise ValueError(f"{self.slot}: {', '.join(wrong)} shapes no reply; leave it out")
        limits = named_limits(self.parameters)
        if not limits or any(not isinstance(each, int) or each < 1 for each in limits):
            raise ValueError(
                f"{self.slot}: max_tokens is {limits or None}, not a whole number ≥ 1;"
                " without it a reply's cost has no bound"
            )

    @property
    def max_tokens(self) -> int:
        """The longest reply asked for."""
        return max(map(int, named_limits(self.parameters)))

    @property
    def chat(self) -> list[Message]:
        """The messages in the form that chat interfaces take."""
        return [{"role": role, "content": content} for role, content in self.messages]

    @property
    def document(self) -> dict[str, Any]:
        """All that the request's identity depends on."""
        return {
            "arm": self.arm,
            **asdict(self.slot),
            "attempt": self.attempt,
            "model": self.model,
            "messages": self.chat,
            "parameters": dict(self.parameters),
        }

    @cached_property
    def key(self) -> str:
        """The request's address in the journal."""
        return hashlib.sha256(canonical_json(self.document).encode()).hexdigest()

    @cached_property
    def prompt_hash(self) -> str:
        """Names the messages alone: 16 hex digits."""
        return hashlib.sha256(canonical_json(self.chat).encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A reply durably received; it is never requested again.

    Attributes:
        key: its request's.
        model: the first choice; `answered_by` may be a fallback.
        text: at most 256 KiB; empty if the model said nothing.
        finish_reason: as reported, with a note if the text was cut.
        usd: of this reply alone, without the sends in doubt.
        in_doubt: sends whose fate is unknown: a kill, a time-out, a cut or malformed
            reply. Each is charged at its worst case.
        refused: why the provider refused this prompt for good; the text is then empty.
        seconds: from the send that was answered to its reply; never compared.
    """

    key: str
    model: str
    answered_by: str
    text: str
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float = 0.0
    in_doubt: int = 0
    refused: str = ""
    seconds: float = field(default=0.0, compare=False)

    def __post_init__(self) -> None:
        if self.refused and self.text:
            raise ValueError(f"reply {self.key}: a refused prompt has no text")

    @property
    def document(self) -> dict[str, Any]:
        """The reply's own part of the stored form."""
        return {k: v for k, v in to_row(self).items() if k not in ("key", "model")}


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A request that the budget did not admit."""

    key: str
    reason: str
