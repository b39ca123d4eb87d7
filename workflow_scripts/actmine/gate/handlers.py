"""Answers the gate's requests in the locked child: checks a function, samples its curve.

Torch is imported by the functions, in the warm process; the parent imports this module too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from actmine.gate.static import load

if TYPE_CHECKING:
    from actmine.sandbox.protocol import Arrays
    from actmine.sandbox.worker import Answer, Ask, Handler, Header

CHECK, SAMPLE = "check", "sample"
_WARM_SOURCE = "def activation(x):\n    return torch.sin(x) + F.gelu(x)\n"


def check(header: Header, arrays: Arrays, ask: Ask | None = None) -> Answer:
    """Contract, compute budget and fingerprint: what the gate asks of a running function."""
    from actmine.gate.contract import check as check_contract
    from actmine.gate.fingerprint import fingerprint
    from actmine.gate.flops import count_flops

    activation = load(header["source"])
    coupling = check_contract(activation)
    answer = {"coupling": coupling.value, "flops": count_flops(activation)}
    return answer, {"fingerprint": np.asarray(fingerprint(activation), dtype=np.float32)}


def sample(header: Header, arrays: Arrays, ask: Ask | None = None) -> Answer:
    """The first feature's output and its derivative, row by row: a curve for figures."""
    import torch

    activation = load(header["source"])
    x = torch.from_numpy(arrays["x"].copy()).requires_grad_()
    y = activation(x)[:, 0]
    (slope,) = torch.autograd.grad(y.sum(), x)
    return {}, {"y": y.detach().numpy(), "slope": slope[:, 0].numpy()}


HANDLERS: Mapping[str, Handler] = {CHECK: check, SAMPLE: sample}


def warm_up() -> None:
    """Pays every lazy import once, by answering each kind of request."""
    x = np.linspace(-2, 2, 4 * 8, dtype=np.float32).reshape(4, 8)
    for answer in HANDLERS.values():
        answer({"source": _WARM_SOURCE}, {"x": x}, None)
