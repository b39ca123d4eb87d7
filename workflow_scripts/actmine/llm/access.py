"""Connects a search to its language models as the configuration says."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from actmine.llm.budget import Limits
from actmine.llm.client import ask
from actmine.llm.journal import Journal
from actmine.llm.prices import price_of
from actmine.llm.request import Reply, Request, Skipped
from actmine.settings.configuration import arm_settings
from actmine.settings.models import Endpoint, MutationSettings
from actmine.settings.sections import Settings

Ask = Callable[[Sequence[Request]], Sequence[Reply | Skipped]]


def connect(config: Settings, *, arm: str, journal: Path) -> Ask:
    """What answers the requests of one island: the journal, and a model where it must.

    Nothing is sent, and litellm is not imported, before the first request that the journal
    does not hold.

    Args:
        config: of the run, execution included.
        arm: whose island asks.
        journal: the run's folder of replies.
    """
    mutation = arm_settings(config, arm).mutation
    return partial(
        ask,
        journal=Journal(journal),
        endpoints=endpoints_of(mutation),
        client=mutation.client,
        limits=quota(config),
        replay_only=mutation.replay == "only",
    )


def endpoints_of(mutation: MutationSettings) -> dict[str, tuple[Endpoint, ...]]:
    """Each model that an arm asks, then its fallbacks; by the first one's name."""
    chains = (mutator.endpoints for mutator in mutation.mutators)
    return {chain[0].model: chain for chain in chains if chain}


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


def require_prices(config: Settings) -> None:
    """Refuses a run whose costs could not be counted, before any work is done.

    Raises:
        PriceError: neither litellm nor the configuration knows a model's price.
    """
    for arm in config.arms:
        mutation = arm_settings(config, arm).mutation
        if mutation.replay == "only":
            continue  # nothing is asked, so nothing is paid
        for chain in endpoints_of(mutation).values():
            for endpoint in chain:
                price_of(endpoint.model, override=endpoint.price)
