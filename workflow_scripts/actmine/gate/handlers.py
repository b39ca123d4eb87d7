"""Answers the gate's requests in the locked child: checks a function, samples its curve.

Torch is imported by the functions, in the warm process; the parent imports this module too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from actmine.gate.probes import Probes
from actmine.gate.static import load

if TYPE_CHECKING:
    from actmine.sandbox.protocol import Arrays
    from actmine.sandbox.worker import Answer, Ask, Handler, Header

CHECK, SAMPLE = "check", "sample"
_WARM_SOURCE = "def activation(x):\n    return torch.sin(x) + F.gelu(x)\n"
# Of what most sources are made of: what torch sets up at a first call, no child has to.
_COMMON_SOURCE = """
def activation(x):
    bell = torch.exp(-torch.square(x)) * torch.cos(x) / (1.0 + torch.abs(x))
    steps = torch.sigmoid(x) * torch.tanh(x) - torch.maximum(x, torch.relu(x)) + F.leaky_relu(x)
    roots = torch.log1p(F.relu(x)) + torch.sqrt(1.0 + x**2) + torch.clamp(x, -1.0, 1.0)
    return F.silu(x) + F.softplus(x) + F.elu(x) + bell + steps + roots
"""


def check_request(source: str, probes: Probes) -> dict[str, Any]:
    """The header of a request to examine a function."""
    return {"kind": CHECK, **asdict(replace(probes, source=source))}


def check(header: Header, arrays: Arrays, ask: Ask | None = None) -> Answer:
    """Contract, compute budget and fingerprint: what the gate asks of a running function."""
    from actmine.gate.contract import loaded
    from actmine.gate.face import face_of
    from actmine.gate.fingerprint import fingerprint

    face = face_of(loaded(header["source"]), read_probes(header))
    answer = {"coupling": face.coupling.value, "flops": face.flops}
    return answer, {"fingerprint": fingerprint(face.outputs, face.slopes)}


def read_probes(header: Header) -> Probes:
    """The probes that a request names."""
    return Probes(**{name: header[name] for name in ("rows", "width", "key", "source")})


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
    import torch

    from actmine.gate.flops import count_flops

    x = np.linspace(-2, 2, 4 * 8, dtype=np.float32).reshape(4, 8)
    request = check_request(_WARM_SOURCE, Probes(rows=64, width=4, key=""))
    for answer in HANDLERS.values():
        answer(request, {"x": x}, None)
    sample({"source": _COMMON_SOURCE}, {"x": x})
    count_flops(load(_COMMON_SOURCE), torch.from_numpy(x))
