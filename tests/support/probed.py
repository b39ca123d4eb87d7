"""What the gate says of a trusted function, on probes of one shape and key."""

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from actmine.gate import contract, flops
from actmine.gate import fingerprint as fingerprints
from actmine.gate.probes import Probes, draw
from actmine.records.candidate import Coupling

PROBES = Probes(rows=128, width=64, key="tests")


def probe(shape: tuple[int, int] = PROBES.shape, scale: float = 1.0) -> Tensor:
    """Inputs of a shape, always the same."""
    return draw(PROBES.generator(), shape, scale)


def check(activation: Callable[[Any], Any]) -> Coupling:
    """Its coupling, if it keeps the contract."""
    return contract.check(activation, PROBES)


def count_flops(
    activation: Callable[[Any], Any], *, batch: int = 128, width: int = 64
) -> float:
    """Its cost per element at a shape."""
    return flops.count_flops(activation, probe((batch, width)))


def fingerprint(
    activation: Callable[[Any], Any], probes: Probes = PROBES
) -> fingerprints.Print:
    """Its print."""
    probe = fingerprints.draw_probe(probes)
    seen: np.ndarray = fingerprints.fingerprint(*fingerprints.readings(activation, probe))
    return seen
