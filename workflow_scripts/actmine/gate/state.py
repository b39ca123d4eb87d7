"""Notices changes of the process-wide state that a candidate must leave alone."""

from __future__ import annotations

import random
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


@dataclass(frozen=True)
class GlobalState:
    """A snapshot of settings, random streams and the functions that training rests on.

    Attributes:
        settings: name to value, compared by equality.
        functions: name in torch to object, compared by identity: a patched loss forges a score.
        streams: name to the bytes of a random stream.
    """

    settings: dict[str, Any]
    functions: dict[str, Any]
    streams: dict[str, Any]

    @classmethod
    def now(cls) -> GlobalState:
        """The state of this process at this moment."""
        import numpy as np
        import torch

        numpy_state: Any = np.random.get_state(legacy=False)
        return cls(
            settings={name: getattr(torch, function)() for name, function in _SETTINGS.items()},
            functions=dict(zip(_FUNCTIONS, _functions_of(torch), strict=True)),
            streams={
                "torch random stream": torch.get_rng_state().numpy().tobytes(),
                "numpy random stream": (
                    numpy_state["state"]["key"].tobytes(),
                    numpy_state["state"]["pos"],
                ),
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
