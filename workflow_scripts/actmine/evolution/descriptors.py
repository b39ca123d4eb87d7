"""Describes a function's shape from its fingerprint, so that an archive can hold unlike ones.

Only the 96 outputs of a print are read. Its gradients are a product with uneven weights that
sums what every output owes to an input: for a coupled or a detached function no slope at all.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from actmine.gate.fingerprint import LENGTH, OUTPUTS, Print, grid
from actmine.records.candidate import Coupling

Array = NDArray[np.float64]

TAIL = 3.0  # |x| from which a side counts as tail: past the bend of the known functions [ours]
END = 6.0  # |x| from which a tail that settles has settled: ReLU6 too [ours]
HALF = 4.0  # |x| that parts a side into two of the same length, to see growth [ours]
SETTLED = 0.02  # of the whole range: a soft sign still moves 0.016 of its own [ours]
VISIBLE = 0.01  # of the whole range: GELUSine's left wave has 0.024 [ours]
RETREAT = 0.15  # of a tail's travel: GMTU's dip has 0.05, a sine 0.33 [ours]
GROWTH = 1.6  # of range and of slope from half to half: x² has 3 and 2, a line 1 and 1 [ours]
TURN = 0.05  # of the steepest slope: GELUSine's wave has 0.16 [ours]
WAVES = 4  # turns of the slope: bumps have 2, their derivatives 3, a cosine 4 [ours]
MONOTONE = 0.9  # of all travel: Smish has 0.95, GMTU 0.75 [ours]
SMOOTH = 0.85  # Hard Swish and SELU have 0.76, calm functions without kinks 0.97 [ours]
WINDOW = 5  # points of the running median that a coupled function is read through [ours]


class Growth(StrEnum):
    """What a function does far out on one side, in the order in which niches name it.

    A tail is the part beyond |x| = 3.

    Attributes:
        FLAT: decays to a constant: moves less than 2% of the function's range beyond 6.
        WAVE: bounded oscillation: turns back for 15% of its travel or more, in a function
            whose slope turns often enough for a wave; a wide SiLU's dip is none.
        LINEAR: neither, and not steep: lines, roots and logarithms.
        STEEP: faster than linear, also of a wave: from |x| < 4 to |x| > 4 both the range and
            the steepest slope grow by 1.6 or more.
    """

    FLAT = "flat"
    WAVE = "wave"
    LINEAR = "linear"
    STEEP = "steep"


@dataclass(frozen=True, kw_only=True)
class Descriptors:
    """What a function looks like on ±8. [ours]

    Attributes:
        growth_left, growth_right: of the two tails.
        oscillation: how often the slope turns by 5% of the steepest slope or more. The
            spectral energy of f less its trend does not serve: above 0.8 rad per unit it has
            0.14 of ReLU, 0.15 of GELU and 0.15 of GELUSine, 0.63 of tanh.
        monotone: share of all vertical travel in the prevailing direction, 0.5 to 1.
        smoothness: 1 less the largest jump of slope that its surroundings do not share, as
            part of the steepest slope; 0.25 or less for a ReLU.
        symmetry: even share less odd share of the variance: 1 even, −1 odd.
        coupling: as the gate saw it.
        flops: per input element.
    """

    growth_left: Growth
    growth_right: Growth
    oscillation: int
    monotone: float
    smoothness: float
    symmetry: float
    coupling: Coupling
    flops: float


def describe(fingerprint: Print, *, coupling: Coupling, flops: float) -> Descriptors:
    """The descriptors of a function.

    A coupled function has no curve: its outputs scatter around one with what stands beside
    them on the probe, and are read through a running median.

    Args:
        fingerprint: float32 (128,), decoded.
        coupling, flops: as the gate found them.

    Raises:
        ValueError: not a fingerprint.
    """
    if fingerprint.shape != (LENGTH,) or not np.isfinite(fingerprint).all():
        raise ValueError(
            f"a fingerprint of shape {fingerprint.shape} is not {LENGTH} finite values: give "
            "what gate.fingerprint made"
        )
    x = inputs()
    y = fingerprint[:OUTPUTS].astype(np.float64)
    symmetry = _symmetry(x, y)
    if coupling is not Coupling.POINTWISE:
        y = _running_median(y)
    turns = _turns(x, y)
    return Descriptors(
        growth_left=_growth(-x[::-1], y[::-1], wavy=turns >= WAVES),
        growth_right=_growth(x, y, wavy=turns >= WAVES),
        oscillation=turns,
        monotone=1.0 - _retreat(y),
        smoothness=1.0 - _jump(x, y),
        symmetry=symmetry,
        coupling=coupling,
        flops=flops,
    )


def niche(descriptors: Descriptors) -> str:
    """The archive's cell of a function, as in "flat|linear|monotone|smooth|pointwise".

    Tails stand in the order of `Growth`, so that f(x) and f(−x) share a cell: a network
    that is free in the signs of its weights cannot tell them apart. Waves are not asked for
    smoothness, which the probe cannot see at their frequencies, and coupled functions for
    their tails only.
    """
    order = list(Growth)
    tails = sorted((descriptors.growth_left, descriptors.growth_right), key=order.index)
    if descriptors.coupling is not Coupling.POINTWISE:
        return "|".join([*tails, descriptors.coupling])
    if descriptors.oscillation >= WAVES:
        return "|".join([*tails, "wavy", descriptors.coupling])
    body = "monotone" if descriptors.monotone >= MONOTONE else "folded"
    edge = "smooth" if descriptors.smoothness >= SMOOTH else "kinked"
    return "|".join([*tails, body, edge, descriptors.coupling])


@cache
def inputs() -> Array:
    """Where the outputs of a print were taken: (96,) ascending, read-only.

    The grid has 128 points, mirrored about 0; every fourth gave a gradient instead. What a run
    draws in is less than a ten-thousandth.
    """
    seen = np.delete(grid(), np.s_[::4])
    seen.setflags(write=False)
    return seen


def _growth(x: Array, y: Array, *, wavy: bool) -> Growth:
    """The class of the tail towards +∞."""
    whole = np.ptp(y)
    tail = y[x >= TAIL]
    growing = _grows(x[x >= 0.0], y[x >= 0.0])
    if wavy and _retreat(tail) >= RETREAT and np.ptp(tail) >= VISIBLE * whole:
        return Growth.STEEP if growing else Growth.WAVE
    if np.ptp(y[x >= END]) <= SETTLED * whole:
        return Growth.FLAT
    return Growth.STEEP if growing else Growth.LINEAR


def _grows(x: Array, y: Array) -> bool:
    """Whether both range and slope grow from the near half of a side to the far half.

    Slope alone would call a chirp steep, range alone a ReLU that starts at 3.
    """
    near, far = x <= HALF, x >= HALF
    slopes = [np.abs(np.diff(y[part]) / np.diff(x[part])).max() for part in (near, far)]
    ranges = [np.ptp(y[part]) for part in (near, far)]
    return bool(slopes[1] > GROWTH * slopes[0] and ranges[1] > GROWTH * ranges[0])


def _retreat(y: Array) -> float:
    """Share of the vertical travel that goes against the prevailing direction, 0 to 0.5."""
    steps = np.diff(y)
    travel = np.abs(steps).sum()
    return max(0.0, float(0.5 - 0.5 * abs(steps.sum()) / travel)) if travel > 0.0 else 0.0


def _turns(x: Array, y: Array) -> int:
    """How often the slope turns round by more than `TURN` of its largest value."""
    slopes = np.diff(y) / np.diff(x)
    # Below this a change of slope may be float32 rounding of the outputs.
    rounding = 4.0 * np.finfo(np.float32).eps * np.abs(y).max() / np.diff(x).min()
    needed = max(TURN * np.abs(slopes).max(), rounding)
    turns, direction = 0, 0
    low = high = last = slopes[0]
    for slope in slopes:
        if direction == 0:
            low, high = min(low, slope), max(high, slope)
            direction = int(slope - low > needed) - int(high - slope > needed)
            last = slope
        elif direction * (slope - last) >= 0.0:
            last = slope
        elif abs(slope - last) > needed:
            turns, direction, last = turns + 1, -direction, slope
    return turns


def _jump(x: Array, y: Array) -> float:
    """The largest change of slope from point to point that the points beside do not share."""
    slopes = np.diff(y) / np.diff(x)
    steepest = np.abs(slopes).max()
    jumps = np.abs(np.diff(slopes))
    # A kink between two points splits over both, so surroundings begin two points away.
    excess = jumps[2:-2] - np.maximum(jumps[:-4], jumps[4:])
    return float(np.clip(excess.max() / steepest, 0.0, 1.0)) if steepest > 0.0 else 0.0


def _symmetry(x: Array, y: Array) -> float:
    """Even share less odd share of the variance, over the points that have a mirror image."""
    paired = np.delete(np.arange(LENGTH), np.s_[::4]) % 4 != 3
    at, values = x[paired], y[paired]
    weights = np.gradient(at)
    values = values - np.average(values, weights=weights)
    even, odd = (values + values[::-1]) / 2.0, (values - values[::-1]) / 2.0
    shares = [float(np.average(np.square(part), weights=weights)) for part in (even, odd)]
    return (shares[0] - shares[1]) / sum(shares) if sum(shares) > 0.0 else 0.0


def _running_median(y: Array) -> Array:
    padded = np.pad(y, WINDOW // 2, mode="edge")
    medians: Array = np.median(np.lib.stride_tricks.sliding_window_view(padded, WINDOW), axis=1)
    return medians
