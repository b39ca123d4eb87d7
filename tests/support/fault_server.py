"""A chat-completions server on loopback that answers by rule and fails by rule.

The answer is a pure function of the request. What goes wrong in transport depends on how
often the request was seen too, so that a retry gets through.
"""

import argparse
import hashlib
import json
import os
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from key_spellings import spellings

# Transport: gone when the request is sent again.
TRANSIENT = (
    *("closed", "rate_limited", "server_error", "slow"),
    *("cut", "malformed", "wrong_schema"),
)
# Answers: durable, so the same each time.
DURABLE = ("empty", "flood")
# What leaves the client unsure whether it was charged.
IN_DOUBT = frozenset({"closed", "slow", "cut", "malformed", "wrong_schema"})

FORMS = (
    ("Swish-sine", "x * torch.sigmoid({a} * x) + {b} * torch.sin(x)"),
    ("Leaky sine", "torch.where(x > 0, x, {b} * x) + {b} * torch.sin({a} * x)"),
    ("Soft knee", "F.softplus({a} * x) - {b} * torch.exp(-x * x)"),
    ("Damped wave", "x + {b} * torch.sin({a} * x) * torch.exp(-torch.abs(x))"),
    ("Rational gate", "x * (0.5 + 0.5 * {a} * x / (1 + torch.abs({a} * x)))"),
    ("Bell", "{b} + torch.exp(-{a} * x * x)"),
    ("Snake", "x + torch.sin({a} * x) ** 2 / {a}"),
    ("Root", "torch.sign(x) * torch.sqrt(torch.abs(x) + {b})"),
)
INVALID = (
    ("Error function", "x * math.erf({a} * x)"),
    ("Hurry", "x.mul_({a}).tanh()"),
    ("Ladder", "sum(torch.sin(k * {a} * x) / (k + {b}) for k in range(60))"),
    ("Dice", "x + {a} * torch.rand_like(x)"),
)
INVALID_SHARE = 0.15
FLOOD_CHARACTERS = 400_000
_TO_A_CUT = 9_950  # characters, then the first secret lies across the 10,000th byte


def fraction(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return float(int.from_bytes(digest[:6], "big") / 2**48)


def body_hash(body: dict[str, Any]) -> str:
    """What a request asks for, as a hash: all that shapes the reply."""
    shaping = {k: v for k, v in body.items() if k not in ("user", "stream")}
    return hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()


def answer(digest: str) -> str:
    """The reply a request gets: prose and a code block, sometimes an invalid one."""
    pick = fraction(digest, "form")
    if fraction(digest, "missing") < INVALID_SHARE / 5:
        return "I would combine a gate with a small periodic term.\n"
    invalid = fraction(digest, "invalid") < INVALID_SHARE * 4 / 5
    forms = INVALID if invalid else FORMS
    name, form = forms[int(pick * len(forms))]
    a = round(0.25 + 2 * fraction(digest, "a"), 4)
    b = round(0.02 + 0.5 * fraction(digest, "b"), 4)
    formula = form.format(a=a, b=b)
    return (
        f"The parent saturates outside its training box; this one does not.\n\n"
        f"```python\nimport math\n\nimport torch\nimport torch.nn.functional as F\n\n\n"
        f'def activation(x):\n    """Name: {name} {a}\n\n    Formula: {formula}\n'
        f"    Rationale: keeps a slope far from the origin and adds structure near it.\n"
        f'    """\n    return {formula}\n```\n'
    )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How the server behaves.

    Attributes:
        rate: of each fault, per request.
        delay_s: before each answer; `slow_s` for the fault that outlasts the client.
        status: answers every request with this HTTP status; 0 for none.
        retry_after: the header of a 429; None draws "0" or "1".
        only: the faults in use.
        first: every request fails in this way the first time it is seen.
        echo_key: repeats the Authorization header in errors and in answers.
        echoes: secrets that it repeats too, in every spelling and wherever a text may stand.
        usage: whether answers say how many tokens they took.
        error_code: the `code` of an error that `status` causes.
    """

    rate: float = 0.03
    seed: int = 1
    delay_s: float = 0.0
    slow_s: float = 4.0
    status: int = 0
    retry_after: str | None = None
    only: tuple[str, ...] = TRANSIENT + DURABLE
    first: str = ""
    echo_key: bool = False
    echoes: tuple[str, ...] = ()
    usage: bool = True
    error_code: str = "refused"

    def fault(self, digest: str, seen: int) -> str:
        """What goes wrong with the `seen`-th sending of a request; empty if nothing."""
        if self.first and seen == 1:
            return self.first
        for kinds, parts in (
            (DURABLE, (digest, self.seed, "durable")),
            (TRANSIENT, (digest, self.seed, seen)),
        ):
            used = [kind for kind in kinds if kind in self.only]
            index = int(fraction(*parts) / self.rate) if self.rate else len(used)
            if index < len(used):
                return used[index]
        return ""


class FaultServer(ThreadingHTTPServer):
    """Counts what it saw and appends one line a request to its log."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, plan: Plan, log: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.plan = plan
        self.log = log
        self.seen: Counter[str] = Counter()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """The `api_base` of this server."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def outcome(self, digest: str) -> str:
        """Decides a request's fate and puts it on record before anything is sent."""
        with self.lock:
            self.seen[digest] += 1
            fate = self.plan.fault(digest, self.seen[digest]) or "ok"
            if self.plan.status:
                fate = f"status_{self.plan.status}"
            line = {"body": digest, "outcome": fate, "time": time.time()}
            with self.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
                file.flush()
                os.fsync(file.fileno())
        return fate

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no news."""

    def __enter__(self) -> "FaultServer":
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: FaultServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Keeps the console clean; the log file has it all."""

    def do_POST(self) -> None:
        """Answers one chat completion."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        digest = body_hash(body)
        plan = self.server.plan
        fate = self.server.outcome(digest)
        time.sleep(plan.slow_s if fate == "slow" else plan.delay_s)
        if fate == "closed":
            # A zero linger time turns the close into a reset.
            self.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            self.close_connection = True
        elif fate == "rate_limited":
            wait = plan.retry_after or str(int(fraction(digest, "wait") * 2))
            self._error(429, {"Retry-After": wait})
        elif fate == "server_error":
            self._error(500)
        elif fate.startswith("status_"):
            self._error(plan.status)
        elif fate == "malformed":
            self._send(200, b'{"id": "1", "choices": [{"mess')
        elif fate == "wrong_schema":
            self._send(200, b'{"id": "1", "object": "chat.completion", "created": 1}')
        else:
            self._answer(body, digest, fate)

    def _answer(self, body: dict[str, Any], digest: str, fate: str) -> None:
        text = {"empty": "", "flood": "tick tock " * (FLOOD_CHARACTERS // 10)}.get(fate)
        text = answer(digest) if text is None else text
        if self.server.plan.echo_key:
            text += f"\nYour key is {self.headers.get('Authorization', '')}.\n"
        text += self._echo()
        reply: dict[str, Any] = {
            "id": f"chatcmpl-{digest[:12]}",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": body["model"] + self._echo(),
            "system_fingerprint": self._echo(),
            "choices": [
                {
                    "index": 0,
                    "message": {
                        "role": "assistant",
                        "content": text or None,
                        "reasoning_content": self._echo() or None,
                    },
                    "finish_reason": "length" if fate == "flood" else "stop",
                }
            ],
        }
        if self.server.plan.usage:
            asked = sum(len(m["content"]) for m in body["messages"]) // 4 + 4
            given = max(1, len(text) // 3)
            reply["usage"] = {
                "prompt_tokens": asked,
                "completion_tokens": given,
                "total_tokens": asked + given,
            }
        data = json.dumps(reply).encode()
        self._send(200, data, cut=len(data) // 2 if fate == "cut" else 0)

    def _echo(self) -> str:
        """All that is repeated, one spelling a line."""
        told = [text for key in self.server.plan.echoes for text in spellings(key).values()]
        return "".join(f"\nKnown: {text}" for text in told)

    def _error(self, status: int, headers: dict[str, str] | None = None) -> None:
        message = f"the server answers with {status}"
        if self.server.plan.echo_key:
            message += f" to {self.headers.get('Authorization', '')}"
        if echo := self._echo():
            message = " " * _TO_A_CUT + echo
        kind = self.server.plan.error_code
        error = {"message": message, "type": kind, "code": kind, "param": None}
        self._send(status, json.dumps({"error": error}).encode(), headers)

    def _send(
        self,
        status: int,
        data: bytes,
        headers: dict[str, str] | None = None,
        *,
        cut: int = 0,
    ) -> None:
        echo = repr(self._echo())[1:-1]
        self.send_response(status, echo[:1000] or None)
        if echo:
            self.send_header("X-Echo", echo)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data[:cut] if cut else data)
        self.close_connection = self.close_connection or bool(cut)


def outcomes(log: Path) -> list[dict[str, Any]]:
    """The log's lines, oldest first."""
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def free_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(argv: Sequence[str] | None = None) -> None:
    """Serves until it is ended; the port file appears when it listens."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--port-file", type=Path, required=True)
    parser.add_argument("--rate", type=float, default=Plan.rate, help="of each fault")
    parser.add_argument("--delay", type=float, default=0.05, help="seconds before an answer")
    parser.add_argument("--slow", type=float, default=Plan.slow_s, help="seconds, at worst")
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--down", action="store_true", help="name a port, do not listen")
    args = parser.parse_args(argv)
    plan = Plan(rate=args.rate, seed=args.seed, delay_s=args.delay, slow_s=args.slow)
    server = None if args.down else FaultServer(plan, args.log)
    port = free_port() if server is None else server.server_address[1]
    part = args.port_file.with_name(f".{args.port_file.name}")
    part.write_text(f"{port}\n", encoding="utf-8")
    part.replace(args.port_file)
    if server is None:
        threading.Event().wait()
    else:
        server.serve_forever()


if __name__ == "__main__":
    main()
