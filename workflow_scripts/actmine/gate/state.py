"""Notices changes of the process-wide state that a candidate must leave alone."""

from __future__ import annotations

import random
from ctypes import string_at
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

_SETTINGS = {  # each with the function of torch that returns it
    "default dtype": "get_default_dtype",
    "default device": "get_default_device",
    "grad mode": "is_grad_enabled",
    "inference mode": "is_inference_mode_enabled",
    "anomaly mode": "is_anomaly_enabled",
    "thread count": "get_num_threads",
    "deterministic algorithms": "are_deterministic_algorithms_enabled",
}
_FUNCTIONS = (
    *("nn.functional.mse_loss", "nn.MSELoss.forward", "optim.Adam", "optim.Adam.step"),
    *("optim.AdamW", "autograd.grad", "Tensor.backward", "nn.Module.__call__", "func.vmap"),
    "isfinite",
)
_functions_of = attrgetter(*_FUNCTIONS)
_NUMPY_STREAM = 4 * 625  # bytes of a Mersenne twister: its key and the place in it


@dataclass(frozen=True)
class GlobalState:
    """A snapshot of settings, random streams and the functions that training rests on.

    Attributes:
        settings: name to value, compared by equality.
        functions: name in torch to object, compared by identity: a patched loss forges a score.
        streams: name to the state of a random stream.
    """

    settings: dict[str, Any]
    functions: dict[str, Any]
    streams: dict[str, Any]

    @classmethod
    def now(cls) -> GlobalState:
        """The state of this process at this moment."""
        import torch

        return cls(
            settings={name: getattr(torch, function)() for name, function in _SETTINGS.items()},
            functions=dict(zip(_FUNCTIONS, _functions_of(torch), strict=True)),
            streams={
                "torch random stream": torch.get_rng_state().numpy().tobytes(),
                "numpy random stream": _numpy_stream(),
                "python random stream": random.getstate(),
            },
        )

    def changes(self) -> list[str]:
        """What differs now, by name; empty if nothing does."""
        new = GlobalState.now()
        return [
            *(name for name, old in self.settings.items() if new.settings[name] != old),
            *(
                f"torch.{name}"
                for name, old in self.functions.items()
                if new.functions[name] is not old
            ),
            *(name for name, old in self.streams.items() if new.streams[name] != old),
        ]


def _numpy_stream() -> tuple[object, bytes]:
    """NumPy's global generator and its memory, which `get_state` copies number by number."""
    from numpy.random import mtrand

    generator = mtrand.get_bit_generator()
    return generator, string_at(generator.ctypes.state_address, _NUMPY_STREAM)
