"""Where a model is reached, and how hard it is tried."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from actmine.llm.prices import Price, price_of


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A model and the way to it.

    Attributes:
        model: as litellm names it, such as `openai/gpt-4o`.
        api_base: URL of a server of one's own; None for the provider's.
        key_env: name of the environment variable that holds the key.
        price: overrides litellm's table.
        fallbacks: asked in turn once the retries are used up; they have none themselves.
        requests_per_minute: sends are spread evenly below it.
    """

    model: str
    api_base: str | None = None
    key_env: str | None = None
    price: Price | None = None
    fallbacks: tuple["Endpoint", ...] = ()
    requests_per_minute: float | None = None

    def __post_init__(self) -> None:
        if any(one.fallbacks for one in self.fallbacks):
            raise ValueError(f"{self.model}: a fallback has no fallbacks of its own")
        rate = self.requests_per_minute
        if rate is not None and not rate > 0:
            raise ValueError(f"{self.model}: requests_per_minute is {rate}, not above 0")

    def __iter__(self) -> Iterator["Endpoint"]:
        """This endpoint, then its fallbacks."""
        yield self
        yield from self.fallbacks

    @property
    def host(self) -> str:
        """Where requests go, without path or credentials."""
        if self.api_base is None:
            return "the provider's own address"
        parts = urlsplit(self.api_base)
        try:
            port = parts.port
        except ValueError:  # no number: the host alone must do
            port = None
        name = parts.hostname or "no host"
        return name if port is None else f"{name}:{port}"

    def token_price(self) -> Price:
        """What this endpoint's tokens cost.

        Raises:
            PriceError: nobody knows.
        """
        return price_of(self.model, override=self.price)


@dataclass(frozen=True, kw_only=True)
class ClientSettings:
    """How requests are sent; nothing here shapes a reply.

    Attributes:
        concurrency: requests in flight at once.
        timeout_s: wall seconds for a whole reply.
        retries: further sends to one endpoint after the first.
        backoff_s: the first wait at its longest; it doubles up to a minute, with full jitter.
        breaker: failures in a row to reach an endpoint that end the tries.
        replay: serve from the journal only.
    """

    concurrency: int = 8
    timeout_s: float = 120.0
    retries: int = 8
    backoff_s: float = 1.0
    breaker: int = 5
    replay: bool = False

    def __post_init__(self) -> None:
        least = {"concurrency": 1, "retries": 0, "backoff_s": 0, "breaker": 1}
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise ValueError(f"{name} is {getattr(self, name)}, not ≥ {bound}")
        if not self.timeout_s > 0:
            raise ValueError(f"timeout_s is {self.timeout_s}, not above 0")
