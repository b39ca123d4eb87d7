"""Measures what a function costs per element beside GELU and ReLU, on this machine."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actmine.capability import processor
from actmine.champion import handlers
from actmine.gate.examine import CHECK_LIMITS
from actmine.gate.patience import patiently
from actmine.sandbox.host import Sandbox
from actmine.sandbox.protocol import ProtocolError, floats
from actmine.sandbox.reply import Reply

SCHEMA_VERSION = 1
SHAPE = (1024, 256)  # 1 MB of float32: the size of a layer's output in training [ours]
ROUNDS = 7  # children of each function, in turn, so that a busy moment meets both [ours]
CALLS = 12  # in each child [ours]
DIRECTIONS = ("forward", "backward")

Row = dict[str, Any]


def measure(sources: Mapping[str, str], *, sandbox: Sandbox) -> Row:
    """Nanoseconds per element of each source, forward and backward, on one thread.

    A round's figure is the least of its calls, which other work on the machine disturbs
    least; of the rounds the median is told, with the least and the most. Each function runs
    in locked children of its own.

    Args:
        sources: by name.
        sandbox: one with the champion's handlers.

    Returns: the JSON form; a function that fails has none for figures.
    """
    x = np.random.default_rng(0).standard_normal(SHAPE, dtype=np.float32)
    rounds: dict[str, list[Reply]] = {name: [] for name in sources}
    for _ in range(ROUNDS):
        for name, source in sources.items():
            rounds[name].append(_round(source, x, sandbox))
    # Told by the children: torch, which knows it too, takes a second to import.
    told = {reply.cpu_capability for replies in rounds.values() for reply in replies}
    return {
        "schema_version": SCHEMA_VERSION,
        "unit": "nanoseconds per element",
        "shape": list(SHAPE),
        "dtype": "float32",
        "threads": 1,
        "rounds": ROUNDS,
        "machine": {
            "processor": processor("model name"),
            "cpu_capability": max(told),
            "torch": version("torch"),
        },
        "functions": [
            {"name": name, **_summary([_least(reply) for reply in replies])}
            for name, replies in rounds.items()
        ],
    }


def _round(source: str, x: NDArray[np.float32], sandbox: Sandbox) -> Reply:
    def ask(asked: str) -> Reply:
        header = {"kind": handlers.TIME, "source": asked, "calls": CALLS}
        return sandbox.run(header, {"x": x}, limits=CHECK_LIMITS)

    return patiently(ask, source)


def _least(reply: Reply) -> Mapping[str, float]:
    """The least of a round's calls, by direction; nothing from a child that failed."""
    try:
        times = floats(reply.arrays, dict.fromkeys(DIRECTIONS, (CALLS,)))
    except ProtocolError:
        return {}
    least = {name: float(np.min(times[name])) for name in DIRECTIONS}
    return least if all(0 < value < np.inf for value in least.values()) else {}


def _summary(rounds: list[Mapping[str, float]]) -> Row:
    if any(set(times) != set(DIRECTIONS) for times in rounds):
        return dict.fromkeys(DIRECTIONS)
    return {
        name: {
            "median": _short(np.median([times[name] for times in rounds])),
            "least": _short(min(times[name] for times in rounds)),
            "most": _short(max(times[name] for times in rounds)),
        }
        for name in DIRECTIONS
    }


def _short(value: Any) -> float:
    return float(f"{float(value):.4g}")
