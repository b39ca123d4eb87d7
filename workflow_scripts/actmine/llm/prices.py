"""Says what a token of a model costs, from litellm's bundled table or the configuration."""

import difflib
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from actmine.settings.models import Price, is_queue

_TABLE = "model_prices_and_context_window_backup.json"  # bundled with litellm: no download
_MODES = frozenset({"chat", "completion", "responses"})
_OWN_MACHINES = frozenset({"ollama", "lemonade"})  # whose models cost nothing
MILLION = 1_000_000
_SETTABLE = (
    "set mutation.mutators[].price: {input: .., output: ..} in USD per million tokens "
    "(0 for a model of your own)"
)
_ALIKE = 0.75  # of difflib's ratio: below it stands what nobody meant [ours]


class PriceError(ValueError):
    """A model without a known price."""


def price_of(model: str, *, override: Price | None = None, configured: bool = True) -> Price:
    """The price of a model; an override wins. A queue costs nothing that could be counted.

    Args:
        configured: whether a configuration names it, in which a price can be set.

    Raises:
        PriceError: the table does not have it. Nothing is free by default.
    """
    if override is not None:
        return override
    if is_queue(model):
        return Price(input=0.0, output=0.0)
    entry = _entry(model)
    if entry is None:
        remedy = _SETTABLE if configured else f"write it as PROVIDER/NAME{_near(model)}"
        raise PriceError(f"litellm knows no price of {model!r}; {remedy}")
    output = max(
        entry["output_cost_per_token"], entry.get("output_cost_per_reasoning_token") or 0.0
    )
    cached = entry.get("cache_read_input_token_cost")
    return Price(
        input=entry["input_cost_per_token"] * MILLION,
        output=output * MILLION,
        cached=cached * MILLION if isinstance(cached, int | float) else None,
    )


def _entry(model: str) -> dict[str, Any] | None:
    """The table's row: the whole name, else the name after its own provider's prefix."""
    provider, _, name = model.partition("/")
    own, bare = price_table().get(model), price_table().get(name)
    if own and _priced(model, own):
        return own
    known = bare and _priced(model, bare) and bare.get("litellm_provider") == provider
    return bare if known else None


def _near(model: str) -> str:
    """The names most like it that have a price, in words; empty if none is like it."""
    full = {
        name: name if "/" in name else f"{entry['litellm_provider']}/{name}"
        for name, entry in price_table().items()
        if _priced(name, entry)
    }
    full |= {name: name for name in full.values()}
    close = difflib.get_close_matches(model, full, cutoff=_ALIKE)
    names = ", ".join(dict.fromkeys(full[name] for name in close))
    return f"; known are {names}" if names else ""


def _priced(model: str, entry: dict[str, Any]) -> bool:
    """Whether tokens are all that a model costs, and their prices are told.

    A price of 0 says that nobody knows it, but for models that run on one's own machine.
    """
    costs = [entry.get(f"{way}_cost_per_token") for way in ("input", "output")]
    if entry.get("mode") not in _MODES or not all(
        isinstance(cost, int | float) for cost in costs
    ):
        return False
    provider = entry.get("litellm_provider")
    own = provider in _OWN_MACHINES and not model.endswith("-cloud")
    searches = provider == "perplexity" and entry.get("search_context_cost_per_query")
    by_request = entry.get("input_cost_per_request") or searches
    return (own or all(costs)) and not by_request


def litellm_folder() -> Path:
    """Where litellm's own files stand.

    They are read as data: importing it takes seconds that a dry run must not pay.
    """
    spec = find_spec("litellm")
    if spec is None or spec.origin is None:
        raise PriceError("litellm is not installed; pip install 'actmine[llm]'")
    return Path(spec.origin).parent


@cache
def price_table() -> dict[str, dict[str, Any]]:
    """What litellm knows of each model."""
    table: dict[str, dict[str, Any]] = json.loads((litellm_folder() / _TABLE).read_bytes())
    return table
