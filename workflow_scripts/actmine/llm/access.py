"""Connects a search to its language models as the configuration says."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from actmine.llm.budget import Limits
from actmine.llm.client import ask
from actmine.llm.endpoint import ClientSettings, Endpoint
from actmine.llm.journal import Journal
from actmine.llm.prices import Price
from actmine.llm.request import Reply, Request, Skipped
from actmine.settings.configuration import Config, arm_settings, asks_models

Ask = Callable[[Sequence[Request]], Sequence[Reply | Skipped]]


def connect(
    config: Config, *, arm: str, journal: Path, environ: Mapping[str, str] = os.environ
) -> Ask:
    """What answers the requests of one island: the journal, and a model where it must.

    Nothing is sent, and litellm is not imported, before the first request that the journal
    does not hold.

    Args:
        config: of the run, execution included.
        arm: whose island asks.
        journal: the run's folder of replies.
        environ: where keys are.
    """
    settings = arm_settings(config, arm)
    kept = Journal(journal)
    endpoints = endpoints_of(settings)
    client = client_settings(settings)
    limits = quota(config)

    def answer(requests: Sequence[Request]) -> Sequence[Reply | Skipped]:
        return ask(
            requests,
            journal=kept,
            endpoints=endpoints,
            settings=client,
            limits=limits,
            environ=environ,
        )

    return answer


def endpoints_of(settings: Config) -> dict[str, Endpoint]:
    """The way to each model that an arm asks, by the model's name."""
    return {
        entry["model"]: Endpoint(
            **_way(entry), fallbacks=tuple(Endpoint(**_way(one)) for one in entry["fallbacks"])
        )
        for entry in settings["mutation"]["mutators"]
        if entry["kind"] == "llm"
    }


def client_settings(settings: Config) -> ClientSettings:
    """How an arm's requests are sent."""
    mutation = settings["mutation"]
    return ClientSettings(**mutation["client"], replay=mutation["replay"] == "only")


def quota(config: Config) -> Limits:
    """An island's part of the run's budget: the same for all that ask models.

    Fixed parts keep islands independent: none can spend what another was about to.
    """
    arms = [arm_settings(config, arm) for arm in config["arms"]]
    sharers = sum(arm["search"]["islands"] for arm in arms if asks_models(arm)) or 1
    budget = config["budget"]
    usd, tokens, requests = (budget[key] for key in ("usd", "tokens", "requests"))
    return Limits(
        usd=None if usd is None else usd / sharers,
        tokens=None if tokens is None else tokens // sharers,
        requests=None if requests is None else requests // sharers,
    )


def require_prices(config: Config) -> None:
    """Refuses a run whose costs could not be counted, before any work is done.

    Raises:
        PriceError: neither litellm nor the configuration knows a model's price.
    """
    for arm in config["arms"]:
        settings = arm_settings(config, arm)
        if settings["mutation"]["replay"] == "only":
            continue  # nothing is asked, so nothing is paid
        for first in endpoints_of(settings).values():
            for endpoint in first:
                endpoint.token_price()


def _way(entry: Config) -> Config:
    price = entry["price"]
    return {
        "model": entry["model"],
        "api_base": entry["api_base"],
        "key_env": entry["key_env"],
        "price": None if price is None else Price(**price),
        "requests_per_minute": entry["requests_per_minute"],
    }
