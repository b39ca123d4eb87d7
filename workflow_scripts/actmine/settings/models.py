"""How children are made, and how language models are reached and paid."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

_MILLION = 1_000_000
QUEUE = "queue"  # whom the requests of a queue name as their model, before its name
_LIMITS = ("max_tokens", "max_completion_tokens")  # of a reply, as protocols name it


def named_limits(parameters: Mapping[str, Any]) -> list[Any]:
    """The longest replies that a request's parameters allow, in whatever place and name."""
    body = parameters.get("extra_body")
    places = (parameters, body if isinstance(body, Mapping) else {})
    named = (place.get(name) for place in places for name in _LIMITS)
    return [limit for limit in named if limit is not None]


def is_queue(model: str) -> bool:
    """Whether a model is a queue: whoever answers the files of a run's folder."""
    return model.partition("/")[0] == QUEUE


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars per million tokens.

    Attributes:
        input: of prompts.
        output: of replies, thoughts included.
        cached: of what a provider's prefix cache served of a prompt; none if no cheaper.
    """

    input: float
    output: float
    cached: float | None = None

    def usd(
        self, *, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0
    ) -> float:
        """The cost of so many tokens.

        Args:
            prompt_tokens: all of a prompt.
            cached_tokens: of these, served from a cache.
        """
        cached = self.input if self.cached is None else self.cached
        read = (prompt_tokens - cached_tokens) * self.input + cached_tokens * cached
        return (read + completion_tokens * self.output) / _MILLION


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A language model and how it is reached.

    Attributes:
        model: as litellm writes it.
        api_base: URL of an endpoint of one's own; none for the provider's.
        key_env: environment variable that holds the key; none for the provider's usual one.
        price: none asks litellm's list.
        requests_per_minute: most that are sent; none for no limit.
    """

    model: str
    api_base: str | None = None
    key_env: str | None = None
    price: Price | None = None
    requests_per_minute: float | None = None

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


@dataclass(frozen=True, kw_only=True)
class Mutator:
    """An entry of `mutation.mutators`; only one of the kind llm has a model and ways to it.

    Attributes:
        weight: relative frequency; 0 fills no slot.
        temperature: none leaves it to the provider.
        extra: further parameters of litellm's call that shape a reply.
        fallbacks: asked in turn where the model cannot answer.
    """

    kind: Literal["embedded", "llm", "queue"]
    name: str | None
    weight: float
    model: str | None
    temperature: float | None
    max_tokens: int
    extra: Mapping[str, Any]
    api_base: str | None
    key_env: str | None
    price: Price | None
    requests_per_minute: float | None
    fallbacks: tuple[Endpoint, ...]

    @property
    def title(self) -> str:
        """What records and tables call it."""
        return self.name or self.model or self.kind

    @property
    def asked(self) -> str:
        """Whom its requests name as their model; empty if it makes none."""
        if self.kind == "queue":
            return f"{QUEUE}/{self.name}" if self.name else QUEUE
        return self.model or ""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Its model's, then its fallbacks'; none of any other kind."""
        if self.model is None:
            return ()
        own = Endpoint(
            model=self.model,
            api_base=self.api_base,
            key_env=self.key_env,
            price=self.price,
            requests_per_minute=self.requests_per_minute,
        )
        return (own, *self.fallbacks)

    def parameters(self, *, seed: int) -> dict[str, Any]:
        """Of a request to its model: what shapes the reply.

        What `extra` sets to null is left out, and so is `max_tokens` where `extra` names the
        limit that the model wants instead. Whoever answers a queue is told no parameter; the
        longest reply that a budget counts on is one all the same.
        """
        if self.kind == "queue":
            return {"max_tokens": self.max_tokens}
        extra = dict(self.extra)
        own = {"max_tokens": self.max_tokens, "temperature": self.temperature, "seed": seed}
        if named_limits(extra):
            del own["max_tokens"]
        asked = {**extra, **{k: v for k, v in own.items() if extra.get(k, v) is not None}}
        return {name: value for name, value in asked.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class OperatorWeights:
    """Relative frequency of what a model is asked to do."""

    rewrite: float
    crossover: float
    explore: float
    simplify: float


@dataclass(frozen=True, kw_only=True)
class AdviceSettings:
    """When a model is asked what an island's ideas teach, and which.

    Attributes:
        every: generations between two requests.
        model: title of an entry of `mutation.mutators`; none for the first that fills slots.
    """

    every: int
    model: str | None


@dataclass(frozen=True, kw_only=True)
class ClientSettings:
    """How requests are sent; nothing here shapes a reply.

    Attributes:
        concurrency: requests in flight at once.
        timeout_s: wall seconds for a whole reply.
        retries: further sends to one endpoint after the first.
        backoff_s: the first wait at its longest; it doubles up to a minute, with full jitter.
        breaker: failures in a row to reach an endpoint that end the tries.
        patience_s: wall seconds for which an endpoint that once replied may fail at no cost.
        queue_wait_s: wall seconds that a job waits for the replies of a queue.
    """

    concurrency: int
    timeout_s: float
    retries: int
    backoff_s: float
    breaker: int
    patience_s: float
    queue_wait_s: float


@dataclass(frozen=True, kw_only=True)
class MutationSettings:
    """How children are made; see the schema for each key."""

    mutators: tuple[Mutator, ...]
    adapt: Literal["none", "success", "bandit"]
    fit_usd: float
    adapt_operators: bool
    tuning: float
    attempts: int
    repairs: int
    operators: OperatorWeights
    inspirations: int
    known_functions: int
    memory: int
    advice: AdviceSettings | None
    tune_children: int
    replay: Literal["prefer", "only"]
    client: ClientSettings

    @property
    def makers(self) -> tuple[Mutator, ...]:
        """The entries that fill slots."""
        return tuple(mutator for mutator in self.mutators if mutator.weight > 0)

    @property
    def adviser(self) -> Mutator | None:
        """The entry that is asked for advice; none where nobody is."""
        if self.advice is None:
            return None
        named = [one for one in self.mutators if one.title == self.advice.model]
        able = named if self.advice.model else self.makers
        return next((one for one in able if one.asked), None)

    @property
    def asks_models(self) -> bool:
        """Whether there are language models, or queues, among the mutators."""
        return any(mutator.asked for mutator in self.mutators)

    @property
    def sends(self) -> bool:
        """Whether requests go over the network."""
        return any(mutator.endpoints for mutator in self.mutators)

    @property
    def tells_known(self) -> bool:
        """Whether prompts tell what the known functions score."""
        return self.asks_models and self.known_functions > 0


@dataclass(frozen=True, kw_only=True)
class BudgetSettings:
    """Hard limits on what language models may use; none is no limit."""

    usd: float | None
    tokens: int | None
    requests: int | None
