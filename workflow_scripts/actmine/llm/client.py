"""Asks language models: journal first, then budget, then the network or a queue."""

import os
from collections.abc import Mapping, Sequence

from actmine.llm import queue as letters
from actmine.llm.budget import Ledger, Limits, Spent, admit, total, worst_case
from actmine.llm.journal import Journal
from actmine.llm.prices import price_of
from actmine.llm.queue import Queue
from actmine.llm.redaction import secrets
from actmine.llm.request import ClientError, Reply, Request, Skipped
from actmine.settings.models import ClientSettings, Endpoint, Price, is_queue

__all__ = ["ClientError", "ReplayError", "ask"]


class ReplayError(LookupError):
    """A replay asked for something that the journal does not hold."""


def ask(
    requests: Sequence[Request],
    *,
    journal: Journal,
    endpoints: Mapping[str, Sequence[Endpoint]],
    client: ClientSettings,
    limits: Limits,
    queue: Queue | None = None,
    replay_only: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> list[Reply | Skipped]:
    """The replies to one round of one island, in the order of the requests.

    Args:
        endpoints: of each model, the first choice and its fallbacks; by the first's name.
        limits: this island's quota over the whole run.
        queue: where the prompts to a queue are written, before any other is sent.
        replay_only: serve from the journal, and never ask.
        environ: where keys are.

    Raises:
        ReplayError: in a replay, for a request without a stored reply.
        PriceError: the worst case of a request cannot be told.
        ClientError: an endpoint cannot be used, replies of a queue are missing, or the
            process is to end.
    """
    _require_one_island(requests)
    if replay_only:
        return [_replayed(request, journal) for request in requests]
    replies: dict[str, Reply | Skipped] = {
        request.key: reply for request in requests if (reply := journal.reply(request.key))
    }
    kept = len(replies)
    if queue:  # a kill may have come between the journal and this
        letters.clear(queue, [request for request in requests if request.key in replies])
    if kept == len(requests):
        return [replies[request.key] for request in requests]
    worst = {
        request.key: worst_case(request, _prices(request, endpoints, queue))
        for request in requests
    }
    refused, reserved = _refused(requests, worst, journal, limits)
    due = []
    for request in requests:
        if request.key in replies:
            continue
        if request.key in refused:
            journal.skip(request, refused[request.key], worst[request.key])
        else:
            due.append(request)
    queued = [request for request in due if is_queue(request.model)]
    sent = [request for request in due if not is_queue(request.model)]
    ways = [endpoint for chain in endpoints.values() for endpoint in chain]
    hidden = secrets(environ, keys=(way.key_env or "" for way in ways))
    if queue:
        letters.offer(queue, queued, hidden=hidden)
    if sent:
        from actmine.llm.dispatch import Dispatch  # and asyncio, which most jobs need not load

        ledger = Ledger(worst, reserved=reserved, limits=limits)
        for key, received in replies.items():
            if isinstance(received, Reply):  # sends of it before a stop of this very round
                ledger.lose(key, received.in_doubt)
        dispatch = Dispatch(journal, endpoints, client, environ=environ, ledger=ledger)
        replies |= dispatch.run(sent, kept=kept)
    if queue and queued:
        replies |= letters.collect(
            queue, queued, journal=journal, worst=worst, hidden=hidden, kept=len(replies)
        )
    return [replies.get(request.key) or refused[request.key] for request in requests]


def _require_one_island(requests: Sequence[Request]) -> None:
    if len({(request.arm, request.slot.island) for request in requests}) > 1:
        raise ValueError("one call asks for one island of one arm; they share a budget")
    if len({request.key for request in requests}) < len(requests):
        raise ValueError("two requests of one round are the same; give each its own attempt")


def _replayed(request: Request, journal: Journal) -> Reply | Skipped:
    stored = journal.reply(request.key) or journal.skipped(request.key)
    if stored is None:
        raise ReplayError(
            f"{request.slot}, attempt {request.attempt}: journal has no reply for prompt"
            f" {request.prompt_hash} to {request.model}; was the configuration changed?"
            " Restore it, or switch replay off"
        )
    return stored


def _prices(
    request: Request, endpoints: Mapping[str, Sequence[Endpoint]], queue: Queue | None
) -> list[Price]:
    if queue and is_queue(request.model):
        return [price_of(request.model)]
    if request.model not in endpoints:
        raise ValueError(f"{request.slot}: no endpoint for {request.model!r} is configured")
    return [
        price_of(endpoint.model, override=endpoint.price)
        for endpoint in endpoints[request.model]
    ]


def _refused(
    requests: Sequence[Request], worst: Mapping[str, Spent], journal: Journal, limits: Limits
) -> tuple[dict[str, Skipped], Spent]:
    """Those that the budget does not admit; and what the others reserve, with the past."""
    ordered = sorted(requests, key=lambda each: (each.slot, each.attempt, each.key))
    first = ordered[0]
    before = min((each.slot.generation, each.attempt) for each in ordered)
    keys = [request.key for request in ordered]
    spent = journal.spent(first.arm, first.slot.island, before=before, asking=keys)
    reasons = admit([worst[key] for key in keys], spent=spent, limits=limits)
    refused = {
        key: Skipped(key=key, reason=why) for key, why in zip(keys, reasons, strict=True) if why
    }
    return refused, total([spent, *(worst[key] for key in keys if key not in refused)])
