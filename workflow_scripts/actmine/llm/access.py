"""Connects a search to its language models as the configuration says."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from actmine import layout
from actmine.llm.budget import Limits
from actmine.llm.client import ask
from actmine.llm.journal import Journal
from actmine.llm.keys import key_fault
from actmine.llm.prices import price_of
from actmine.llm.providers import ModelError, require_provider
from actmine.llm.queue import Queue
from actmine.llm.redaction import secrets
from actmine.llm.request import Reply, Request, Skipped
from actmine.settings.configuration import ConfigError, arm_settings
from actmine.settings.models import Endpoint, MutationSettings
from actmine.settings.sections import Settings

Ask = Callable[[Sequence[Request]], Sequence[Reply | Skipped]]


def connect(config: Settings, *, arm: str, run: Path) -> Ask:
    """What answers the requests of one island: the journal, and a model where it must.

    Nothing is sent, and litellm is not imported, before the first request that the journal
    does not hold.

    Args:
        config: of the run, execution included.
        arm: whose island asks.
        run: its folder, in which journal and queue stand.
    """
    mutation = arm_settings(config, arm).mutation
    return partial(
        ask,
        journal=Journal(run / layout.JOURNAL),
        endpoints=endpoints_of(mutation),
        client=mutation.client,
        limits=quota(config),
        queue=Queue(folder=run / layout.QUEUE, wait_s=mutation.client.queue_wait_s),
        replay_only=mutation.replay == "only",
    )


def endpoints_of(mutation: MutationSettings) -> dict[str, tuple[Endpoint, ...]]:
    """Each model that an arm asks, then its fallbacks; by the first one's name."""
    chains = (mutator.endpoints for mutator in mutation.mutators)
    return {chain[0].model: chain for chain in chains if chain}


def key_names(mutation: MutationSettings) -> set[str]:
    """The variables that an arm's entries name for keys."""
    chains = endpoints_of(mutation).values()
    return {endpoint.key_env for chain in chains for endpoint in chain if endpoint.key_env}


def quota(config: Settings) -> Limits:
    """An island's part of the run's budget: the same for all that ask models.

    Fixed parts keep islands independent: none can spend what another was about to.
    """
    arms = [arm_settings(config, arm) for arm in config.arms]
    sharers = sum(arm.search.islands for arm in arms if arm.mutation.asks_models) or 1
    usd, tokens, requests = config.budget.usd, config.budget.tokens, config.budget.requests
    return Limits(
        usd=None if usd is None else usd / sharers,
        tokens=None if tokens is None else tokens // sharers,
        requests=None if requests is None else requests // sharers,
    )


def require_no_secrets(values: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Refuses a configuration that holds what a variable keeps secret.

    Files of the run, and Snakemake's own, would repeat it.

    Args:
        values: as they were configured, before a message could repeat one.

    Raises:
        ConfigError: the message names the key and the variable.
    """
    named = {text for place, text in _texts(values) if place.endswith(".key_env")}
    held = [
        (one, name)
        for name, value in environ.items()
        for one in secrets({name: value}, keys=named)
        if "://" not in one  # KEYCLOAK_URL, say, may well be where a model is asked
    ]
    for place, text in _texts(values):
        for secret, name in held:
            if secret in text:
                raise ConfigError(
                    f"{place}: holds a secret that the variable {name} has, and files would"
                    " repeat it; leave it out, and name the variable in key_env where a model"
                    " needs it"
                )


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """All that a configuration says, names of keys too, with where it stands."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield f"a key of {path or 'the configuration'}", str(key)
            yield from _texts(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{path}.{number}")
    else:
        yield path, str(value)


def require_prices(config: Settings) -> None:
    """Refuses a run whose models nobody offers, or whose costs could not be counted.

    Raises:
        ModelError: a model that litellm knows no provider of.
        PriceError: neither litellm nor the configuration knows a model's price.
    """
    for arm in config.arms:
        for endpoint in _asked(config, arm):
            require_provider(endpoint)
            price_of(endpoint.model, override=endpoint.price)


def require_keys(config: Settings, run: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Refuses a run that is to ask a model whose key is missing or cannot be sent.

    Args:
        run: its folder; where all proposals are made, nothing will be asked.

    Raises:
        ModelError: the message names the variable.
    """
    for arm in config.arms:
        search = arm_settings(config, arm).search
        places = (
            layout.island(run, arm, generation, island) / "proposals.jsonl"
            for generation in range(1, search.generations + 1)
            for island in range(search.islands)
        )
        asked = _asked(config, arm)
        if asked and not all(place.exists() for place in places):
            for endpoint in asked:
                if fault := key_fault(endpoint, environ):
                    raise ModelError(
                        f"{fault}; what is in the journal is repeated without a key by "
                        "mutation: {replay: only}"
                    )


def _asked(config: Settings, arm: str) -> list[Endpoint]:
    """The endpoints that an arm may ask: none where it only replays."""
    mutation = arm_settings(config, arm).mutation
    chains = [] if mutation.replay == "only" else endpoints_of(mutation).values()
    return [endpoint for chain in chains for endpoint in chain]
