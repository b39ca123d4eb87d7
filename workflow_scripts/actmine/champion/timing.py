"""The locked child's part of the cost figures: times one function on this machine."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

WARM = 3  # calls before the clock is read: caches, allocator [ours]

Reply = tuple[dict[str, Any], dict[str, NDArray[Any]]]


def answer(
    activation: Callable[[Any], Any], header: Mapping[str, Any], arrays: Mapping[str, Any]
) -> Reply:
    """Nanoseconds per element of each call, float32 (calls,): `forward` and `backward`.

    Forward runs without a graph; backward is the gradient alone, of a graph that is there.
    """
    import numpy as np
    import torch

    x = torch.from_numpy(arrays["x"].copy())
    weights = torch.ones_like(x)
    times: dict[str, list[int]] = {"forward": [], "backward": []}
    for _ in range(WARM + int(header["calls"])):
        began = time.perf_counter_ns()
        with torch.no_grad():
            activation(x)
        times["forward"].append(time.perf_counter_ns() - began)
        leaf = x.clone().requires_grad_()
        y = activation(leaf)
        began = time.perf_counter_ns()
        torch.autograd.grad(y, leaf, weights)
        times["backward"].append(time.perf_counter_ns() - began)
    return {}, {
        name: np.array(found[WARM:], dtype=np.float32) / x.numel()
        for name, found in times.items()
    }


def warm_up() -> None:
    """Keeps freed memory: else the pages of every result are asked of the kernel anew."""
    from actmine.lab.allocation import keep_freed_memory

    keep_freed_memory()
