"""Answers the champion's requests in the locked child: trains, times and samples a function."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from actmine.gate import handlers as gate
from actmine.gate.static import load
from actmine.lab import handlers as lab

if TYPE_CHECKING:
    from actmine.sandbox.protocol import Arrays
    from actmine.sandbox.worker import Answer, Ask, Handler, Header

TIME = "time"
WARM = 3  # calls before the clock is read: caches, allocator [ours]


def time_calls(header: Header, arrays: Arrays, ask: Ask | None = None) -> Answer:
    """Nanoseconds per element of each call, float32 (calls,): `forward` and `backward`.

    Forward runs without a graph; backward is the gradient alone, of a graph that is there.
    Its weights stand in that graph: given as an argument, torch would look at their shape by
    way of SymPy, which takes 0.2 s to import and a call 15 microseconds that are not its own.
    """
    import torch

    from actmine.lab.operations import given_slope

    activation = load(header["source"])
    x = torch.from_numpy(arrays["x"].copy())
    weights = torch.ones_like(x)
    times: dict[str, list[int]] = {"forward": [], "backward": []}
    for _ in range(WARM + int(header["calls"])):
        began = time.perf_counter_ns()
        with torch.no_grad():
            activation(x)
        times["forward"].append(time.perf_counter_ns() - began)
        leaf = x.clone().requires_grad_()
        root = given_slope(activation(leaf), weights)
        began = time.perf_counter_ns()
        torch.autograd.grad(root, leaf)
        times["backward"].append(time.perf_counter_ns() - began)
    return {}, {
        name: np.array(spans[WARM:], dtype=np.float32) / x.numel()
        for name, spans in times.items()
    }


HANDLERS: Mapping[str, Handler] = {
    **lab.HANDLERS,
    TIME: time_calls,
    gate.SAMPLE: gate.sample,
}


def warm_up() -> None:
    """Pays every lazy import once, by training, timing and sampling."""
    lab.warm_up()
    request = {"source": "def activation(x):\n    return torch.sin(x)\n", "calls": 1}
    for answer in (time_calls, gate.sample):
        answer(request, {"x": np.zeros((1, 1), dtype=np.float32)})
