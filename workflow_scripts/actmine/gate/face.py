"""What a function shows on probes: to the gate, and to the lab, which looks for the same.

Runs the candidate, so it runs only in the disposable child (or on trusted sources).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from actmine.gate.contract import check
from actmine.gate.fingerprint import Print, Probe, draw_probe, readings
from actmine.gate.flops import count_flops
from actmine.gate.probes import SCALES, Probes, draw
from actmine.records.candidate import Coupling


@dataclass(frozen=True, kw_only=True)
class Face:
    """What a function shows.

    Attributes:
        coupling: the widest dependence between an output and other inputs.
        flops: of the most expensive call, per input element.
        probe: what the run's fingerprints are read on.
        outputs, slopes: at the points of its grid, each float32 (128,).
    """

    coupling: Coupling
    flops: float
    probe: Probe
    outputs: Print
    slopes: Print


def face_of(activation: Callable[[Any], Any], probes: Probes) -> Face:
    """What the gate sees of a function that keeps the contract.

    Raises:
        ContractError, UnknownOperator, ValueError: it breaks the contract, cannot be counted,
            or gives no fingerprint.
    """
    coupling = check(activation, probes)
    random = probes.generator()
    scaled = (draw(random, probes.shape, scale) for scale in SCALES)
    costs = (count_flops(activation, side) for x in scaled for side in (x, -x))
    probe = draw_probe(probes)
    outputs, slopes = readings(activation, probe)
    return Face(
        coupling=coupling, flops=max(costs), probe=probe, outputs=outputs, slopes=slopes
    )
