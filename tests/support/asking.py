"""A client to be killed: asks for many replies and may connect to one server only."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from actmine.llm.budget import Limits
from actmine.llm.client import ask
from actmine.llm.journal import Journal
from actmine.llm.redaction import redact_output, secrets
from actmine.llm.request import Request
from actmine.records.slot import Slot
from actmine.settings.models import ClientSettings, Endpoint, Price

MODEL = "openai/local"
KEY_ENV = "ACTMINE_TEST_KEY"
PRICE = Price(input=1.0, output=2.0)
SETTINGS = ClientSettings(
    concurrency=8,
    timeout_s=30.0,
    retries=8,
    backoff_s=0.05,
    breaker=5,
    patience_s=0.0,
    queue_wait_s=0.0,
)


def requests(
    count: int, *, model: str = MODEL, generation: int = 3, max_tokens: int = 400
) -> list[Request]:
    return [
        Request(
            arm="main",
            slot=Slot(generation=generation, island=1, index=index),
            attempt=0,
            model=model,
            messages=(("system", "You write activations."), ("user", f"Improve no. {index}.")),
            parameters={"temperature": 0.8, "max_tokens": max_tokens},
        )
        for index in range(count)
    ]


def endpoint(url: str, **options: Any) -> Endpoint:
    return Endpoint(**{"model": MODEL, "api_base": url, "price": PRICE, **options})


def allow_only(port: int) -> None:
    """Ends the process at any attempt to connect elsewhere."""

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and arguments[1][:2] != ("127.0.0.1", port):
            os.write(2, f"connected to {arguments[1]}\n".encode())
            os._exit(99)
        if event == "socket.getaddrinfo" and arguments[0] not in ("127.0.0.1", b"127.0.0.1"):
            os.write(2, f"looked up {arguments[0]}\n".encode())
            os._exit(98)

    sys.addaudithook(watch)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 forbids every connection")
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--replay", action="store_true")
    args = parser.parse_args(argv)
    allow_only(args.port)
    redact_output(secrets(os.environ))
    replies = ask(
        requests(args.count),
        journal=Journal(args.journal),
        endpoints={MODEL: [endpoint(f"http://127.0.0.1:{args.port}/v1", key_env=KEY_ENV)]},
        client=SETTINGS,
        limits=Limits(),
        replay_only=args.replay,
    )
    assert not args.replay or "litellm" not in sys.modules
    args.out.write_text(json.dumps([asdict(one) for one in replies]))


def child(argv: Sequence[str], environ: dict[str, str], output: Path) -> None:
    """The same in a forked process, with its output in a file."""
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.environ |= environ
    main(argv)


if __name__ == "__main__":
    main()
