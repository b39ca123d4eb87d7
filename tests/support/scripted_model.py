"""A model that can only use what its prompt says, behind OpenAI's protocol on loopback.

It has no gift: it joins the parent with one other function, or changes its scale or constants.
What it joins, and in which measure, it weighs by what the prompt tells: by what known functions
add on the families where the parent lacks, by what became of such ideas, by the focus and by
advice. What the memory lists it never sends again. Asked for advice, it says what gained and
what lost on average. So a part of the prompt that it is not sent
costs it what that part is worth to such a reader; a gifted model may do without, or use more.
"""

import json
import math
import random
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from scripted_reading import Reading, Told, read

# What it knows by itself, with the aspects that it may be for.
OWN = {
    "identity": ("x", {"tails", "symmetry"}),
    "sine": ("torch.sin(x)", {"waves"}),
    "fast cosine": ("torch.cos(3.0 * x)", {"waves"}),
    "square": ("x * x", {"tails"}),
    "softplus": ("torch.log1p(torch.exp(-torch.abs(x))) + torch.relu(x)", {"bend", "tails"}),
    "tanh": ("torch.tanh(x)", {"symmetry", "tails"}),
    "sigmoid": ("torch.sigmoid(x)", {"bend"}),
    "bump": ("torch.exp(-x * x)", {"bend", "symmetry"}),
    "modulus": ("torch.abs(x)", {"symmetry", "cost"}),
    "row mean": ("x.mean(dim=-1, keepdim=True) + 0.0 * x", {"features"}),
}
MEASURES = (0.1, 0.3, 0.6)
SCALES = (0.7, 1.4)
NAME = 18  # characters of an ingredient's name, its last: a memory shows 32 of a child's
LONGEST = 700  # characters of an expression; beyond them only constants are changed
NOISE = 0.05  # of a worth: two readers of one prompt need not agree
GO_ON, LEAVE = "Go on with:", "Leave:"  # what an advice of its own consists of
ADVISED = 5  # ingredients named in each of the two
DEAF = "deaf"  # a model of this ending does not see what the question draws attention to
_BYTES_PER_TOKEN = 3.5
_NUMBER = re.compile(r"(?<![\w.])(\d+\.\d+)")


@dataclass(frozen=True)
class Move:
    """A child that it may send: its name says what was done to the parent."""

    name: str
    expression: str
    worth: float


def answer(messages: list[dict[str, str]], *, deaf: bool = False) -> str:
    """The reply to a conversation: the same to the same."""
    reading = read(messages)
    if reading.task == "advise":
        return _advice(reading)
    if deaf:
        reading = replace(reading, focus="", weakest="", turn=0)
    # Asked again, it weighs alike and takes the next.
    rng = random.Random(repr(replace(reading, turn=0, refusals=0)))
    ranked = sorted(_moves(reading, rng), key=lambda move: -move.worth)
    done = _listed(reading)
    new = [move for move in ranked if move.name not in done] or ranked
    if not new:
        return "I have no idea."
    move = new[min(reading.turn + reading.refusals, len(new) - 1)]
    return (
        f"I try {move.name}.\n```python\ndef activation(x):\n"
        f'    """Name: {move.name}\n    Formula: {move.name} of {reading.parents[0].name}\n'
        f'    Rationale: what the prompt told\n    """\n    return {move.expression}\n```\n'
    )


def _listed(reading: Reading) -> set[str]:
    """Names of what was tried with the parent, as far as the prompt has them."""
    parent = reading.parents[0]
    tried = {idea.name for idea in reading.memory if idea.parent == parent.name}
    return tried | set(parent.made)


def _moves(reading: Reading, rng: random.Random) -> Iterator[Move]:
    parent = next((one for one in reading.parents if one.expression), None)
    if parent is None:  # it can read none: it begins with what it knows
        parent = Told(name="identity", expression="x")
    learned = _learned(reading)
    long = len(parent.expression) > LONGEST

    def move(name: str, expression: str, worth: float, about: str) -> Move:
        worth += learned(about) + 0.1 * _advised(reading.advice, about)
        return Move(name, expression, worth + rng.gauss(0.0, NOISE))

    for one, worth in () if long else _ingredients(reading, parent):
        name = one.name[-NAME:].strip()
        for measure in MEASURES:
            joined = f"{parent.expression} + {measure} * ({one.expression})"
            yield move(f"plus {measure} {name}", joined, worth, name)
            mixed = (
                f"{1 - measure:.1f} * ({parent.expression}) + {measure} * ({one.expression})"
            )
            yield move(f"mix {measure} {name}", mixed, worth, name)
    scaling = 0.1 if reading.focus == "scale" else 0.0
    for scale in SCALES:
        inner = re.sub(r"\bx\b", f"({scale} * x)", parent.expression)
        yield move(f"input by {scale}", inner, scaling, "input")
        yield move(f"output by {scale}", f"{scale} * ({parent.expression})", scaling, "output")
    numbers = list(_NUMBER.finditer(parent.expression))
    for number in rng.sample(numbers, min(2, len(numbers))):
        value = float(number[1]) * rng.choice((0.7, 0.85, 1.15, 1.4))
        start, end = number.span()
        tuned = f"{parent.expression[:start]}{value:.4g}{parent.expression[end:]}"
        yield move(f"constant {number[1]} to {value:.4g}", tuned, 0.0, "constant")


def _ingredients(reading: Reading, parent: Told) -> Iterator[tuple[Told, float]]:
    """What may join the parent, with what that promises."""
    for name, (expression, aspects) in OWN.items():
        worth = 0.1 if reading.focus in aspects else 0.0
        yield Told(name=name, expression=expression), worth
    told = {one.expression: one for one in (*reading.known, *reading.others)}
    second = [one for one in reading.parents if one.name != parent.name]
    told |= {one.expression: one for one in second}
    for expression, one in told.items():
        if expression and len(expression) <= LONGEST and expression != parent.expression:
            partner = 0.2 if one in second and reading.task == "combine" else 0.0
            yield one, partner + _promise(one, parent, reading)


def _promise(one: Told, parent: Told, reading: Reading) -> float:
    """What a function adds where the parent lacks, less what it lacks, as the focus counts."""
    total = 0.0
    for family, worth in one.adds.items():
        ahead = worth - parent.adds.get(family, 0.0)
        counts = 3.0 if family == reading.focus else 2.0 if family == reading.weakest else 1.0
        total += counts * ahead if ahead > 0 else 0.5 * ahead
    return total / (len(one.adds) or 1)


def _learned(reading: Reading) -> Callable[[str], float]:
    """What ideas of a kind gained, held back where there were few."""
    gains = _gains(reading)
    return lambda about: gains.get(about, 0.0)


def _gains(reading: Reading) -> dict[str, float]:
    gains = defaultdict(list)
    for idea in reading.memory:
        gains[_about(idea.name)].append(-0.05 if idea.gain is None else idea.gain)
    return {about: sum(each) / (len(each) + 1) for about, each in gains.items()}


def _advice(reading: Reading) -> str:
    """What the ideas teach: which ingredients gained and which lost, most first."""
    gains = _gains(reading)
    ranked = sorted(gains, key=lambda about: -gains[about])
    good = [about for about in ranked if gains[about] > 0][:ADVISED]
    bad = [about for about in reversed(ranked) if gains[about] < 0][:ADVISED]
    return f"{GO_ON} {'; '.join(good) or 'nothing'}\n{LEAVE} {'; '.join(bad) or 'nothing'}"


def _advised(advice: str, about: str) -> int:
    """1 for what an advice of its own kind recommends, -1 for what it warns of, else 0."""
    first, _, second = advice.partition(LEAVE)
    named = [set(part.removeprefix(GO_ON).strip().split("; ")) for part in (first, second)]
    return (about in named[0]) - (about in named[1])


def _about(name: str) -> str:
    """What was joined, from a child's name."""
    kind, *rest = name.split(" ")
    return " ".join(rest[1:]) if kind in ("plus", "mix") else kind


class ScriptedServer(ThreadingHTTPServer):
    """Serves the model; `prompts` are those that it was sent, whole."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.prompts: list[str] = []
        # One at a time: ast.parse in several threads may fail in Python 3.11.
        self.answering = threading.Lock()

    @property
    def url(self) -> str:
        """What `api_base` is set to."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def __enter__(self) -> "ScriptedServer":
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Keeps the console clean."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        messages = asked["messages"]
        whole = "".join(message["content"] for message in messages)
        self.server.prompts.append(whole)
        with self.server.answering:
            text = answer(messages, deaf=asked["model"].endswith(DEAF))
        read_tokens, written = (math.ceil(len(t) / _BYTES_PER_TOKEN) for t in (whole, text))
        self._send(
            {
                "id": "scripted",
                "object": "chat.completion",
                "created": 0,
                "model": asked["model"],
                "choices": [
                    {
                        "index": 0,
                        "message": {"role": "assistant", "content": text},
                        "finish_reason": "stop",
                    }
                ],
                "usage": {
                    "prompt_tokens": read_tokens,
                    "completion_tokens": written,
                    "total_tokens": read_tokens + written,
                },
            }
        )

    def _send(self, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
