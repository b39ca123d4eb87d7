"""Where a model is reached, and how hard it is tried."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from actmine.llm.prices import price_of
from actmine.settings.models import Access, Mutator, Price


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

    @classmethod
    def of(cls, asked: Access | Mutator) -> "Endpoint":
        """The endpoint that an entry of the configuration names."""
        fallbacks = asked.fallbacks if isinstance(asked, Mutator) else ()
        return cls(
            model=asked.model or "",
            api_base=asked.api_base,
            key_env=asked.key_env,
            price=asked.price,
            fallbacks=tuple(map(cls.of, fallbacks)),
            requests_per_minute=asked.requests_per_minute,
        )

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
