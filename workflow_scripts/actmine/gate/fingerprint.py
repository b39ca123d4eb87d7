"""Decides whether two functions behave alike, from outputs and gradients on a run's probe.

Two sources with one behaviour would train to one result, so the second is not worth it.
Gradients take part because `detach` can change training and leave every output as it is.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import gcd
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    from actmine.gate.probes import Probes

Print = NDArray[np.float32]

LIMIT = 8.0  # beyond it float32 GELU equals its asymptotes [ours]
OUTPUTS = 96  # of the print; the rest are gradients [ours]
LENGTH = 128  # float32 values of a print: 512 bytes, 684 characters in base64 [ours]
TOLERANCE = 1e-3  # of 1 + |value|: GELU and its tanh form just differ, in slope [ours]
SHRUNK = 1e-4  # of |x|: by up to this a run's grid differs from another's [ours]


@dataclass(frozen=True, kw_only=True)
class Probe:
    """The inputs of a run's fingerprints, and where they are read.

    Attributes:
        x: float32 (call, row, width) within ±8, each call of the lab's shape.
        weights: of the outputs in the sum whose gradient is read: (call, row, width). They are
            uneven, since a softmax has no gradient of its plain sum.
        columns: of each row the column that holds a point of the grid: (call, row).
        points: of each row the number of that point, or -1 beyond the last: (call, row).
    """

    x: NDArray[np.float32]
    weights: NDArray[np.float32]
    columns: NDArray[np.int_]
    points: NDArray[np.int_]


def fingerprint(outputs: Print, slopes: Print) -> Print:
    """The print of a function: float32 (128,), 96 outputs and then 32 gradients. [ours]

    Args:
        outputs, slopes: as `readings` gives them; every fourth slope takes part.
    """
    return np.concatenate([np.delete(outputs, np.s_[::4]), slopes[::4]])


def readings(activation: Callable[[Any], Any], probe: Probe) -> tuple[Print, Print]:
    """Output and gradient at every point of the grid, each float32 (128,).

    Args:
        activation: passed the contract; runs a few times, forward and backward.
        probe: the run's.

    Raises:
        ValueError: an output or gradient on the probe is not finite, or single values of the
            input have an output of their own.
    """
    outputs, slopes = np.empty((2, LENGTH), dtype=np.float32)
    calls = zip(probe.x, probe.weights, probe.columns, probe.points, strict=True)
    for x, weights, columns, points in calls:
        y, slope = respond(activation, x, weights)
        if not (np.isfinite(y).all() and np.isfinite(slope).all()):
            raise ValueError(
                f"an output or gradient is not finite for inputs within ±{LIMIT:g}: bound it "
                "there"
            )
        ends = (np.nextafter(x, np.float32(end)) for end in (-np.inf, np.inf))
        below, above = (_called(activation, beside)[1].detach().numpy() for beside in ends)
        if (_apart(y, below) & _apart(y, above) & ~_apart(below, above)).any():
            raise ValueError(
                "the output at single values of x is another than right beside them: leave out "
                "comparisons with exact numbers"
            )
        rows = np.flatnonzero(points >= 0)
        outputs[points[rows]] = y[rows, columns[rows]]
        slopes[points[rows]] = slope[rows, columns[rows]]
    return outputs, slopes


def respond(activation: Callable[[Any], Any], x: Print, weights: Print) -> tuple[Print, Print]:
    """Outputs, and the gradient of their weighted sum, each of the shape of x."""
    import torch

    leaf, y = _called(activation, x)
    with torch.enable_grad():
        weighted = (y * torch.from_numpy(weights)).sum()
    # Weights given as a third argument would have torch import SymPy.
    (gradient,) = torch.autograd.grad(weighted, leaf, materialize_grads=True)
    return y.detach().numpy(), gradient.numpy()


def _called(activation: Callable[[Any], Any], x: Print) -> tuple[Tensor, Tensor]:
    """A leaf of the values of x, and the output: with a gradient torch may take other ways."""
    import torch

    leaf = torch.from_numpy(x).clone().requires_grad_()
    with torch.enable_grad():
        return leaf, activation(leaf)


def draw_probe(probes: Probes) -> Probe:
    """The inputs that all candidates of a run are shown.

    One place of every row holds a point of the grid; these are read. The others make rows and
    columns differ in mean and spread, so that every kind of coupling shows. The grid is
    mirrored about 0, and drawn in by a little that no source can know.
    """
    random = replace(probes, source="").generator()
    calls = -(-LENGTH // probes.rows)
    total = calls * probes.rows
    row, column = np.indices((total, probes.width))
    spread = 0.1 + 0.8 * (row * 0.7548776662466927 % 1.0)
    shift = 0.3 + 0.5 * (column * 0.5698402909980532 % 1.0)
    # Multiples of the golden ratio, modulo 1, from an unknown start: evenly spread everywhere.
    step = random.uniform() + np.arange(row.size).reshape(row.shape) * 0.6180339887498949
    x = LIMIT * spread * (2.0 * (step % 1.0) - 1.0) + shift
    shrunk = 1.0 - SHRUNK * random.uniform(size=LENGTH // 2)
    points = np.full(total, -1)
    stride = next(n for n in range(53 * total // LENGTH, total) if gcd(n, total) == 1)
    start, left = random.integers(total), random.integers(probes.width)
    order = np.arange(LENGTH)
    points[(start + order * stride) % total] = order
    read = np.flatnonzero(points >= 0)
    columns = np.zeros(total, dtype=np.int_)
    columns[read] = (left + points[read] * 37) % probes.width
    x[read, columns[read]] = (grid() * np.concatenate([shrunk, shrunk[::-1]]))[points[read]]
    weights = 1.0 + 0.5 * np.cos(np.arange(x.size)).reshape(x.shape)
    weights[read, columns[read]] = 1.5  # where a slope is read, it is read alike in all runs
    each = calls, probes.rows
    return Probe(
        x=x.astype(np.float32).reshape(*each, probes.width),
        weights=weights.astype(np.float32).reshape(*each, probes.width),
        columns=columns.reshape(each),
        points=points.reshape(each),
    )


def grid() -> NDArray[np.float64]:
    """Where a print is read, up to a run's little shrinking: (128,), denser near 0."""
    line = np.linspace(-1.0, 1.0, LENGTH)
    return LIMIT * (0.25 * line + 0.75 * line**3)


def _apart(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where two outputs differ by more than the tolerance, or are not both finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        near: NDArray[np.bool_] = np.abs(a - b) <= TOLERANCE * (1.0 + np.abs(a))
    return ~near


def encode(seen: Print) -> str:
    """A print as base64 text of little-endian float32."""
    return base64.b64encode(seen.astype("<f4").tobytes()).decode("ascii")


def decode(text: str) -> Print:
    """The print that `encode` wrote.

    Raises:
        ValueError: the text is not base64 of 128 finite float32 values.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"a fingerprint is not base64 ({error}): {text[:40]!r}") from None
    if len(data) != 4 * LENGTH:
        raise ValueError(f"a fingerprint holds {len(data)} bytes, not {4 * LENGTH}")
    seen = np.frombuffer(data, dtype="<f4").astype(np.float32)
    if not np.isfinite(seen).all():
        raise ValueError("a fingerprint holds values that are not finite")
    return seen


def same_behaviour(a: Print, b: Print, *, tolerance: float = TOLERANCE) -> bool:
    """Whether two prints agree everywhere within tolerance·(floor + |value|); symmetric.

    The floor is 1, less for functions that stay below 1: a tiny sine is not a tiny cosine.
    """
    return find_duplicate(a, b[np.newaxis], tolerance=tolerance) is not None


def find_duplicate(
    seen: Print, history: NDArray[np.float32], *, tolerance: float = TOLERANCE
) -> int | None:
    """The lowest index in `history` of a print that behaves like `seen`, if there is one.

    Args:
        seen: (128,).
        history: (count, 128), oldest first; count may be 0.
        tolerance: relative, see `same_behaviour`.

    Raises:
        ValueError: the history's prints have another length.
    """
    if history.ndim != 2 or history.shape[1:] != seen.shape:
        raise ValueError(
            f"a history of shape {history.shape} holds no prints of shape {seen.shape}: "
            "start a new one"
        )
    # float64: the difference of two large float32 values must not overflow.
    new, old = seen.astype(np.float64), history.astype(np.float64)
    larger = np.maximum(np.abs(new), np.abs(old))
    floor = np.minimum(1.0, larger.max(axis=1, initial=0.0))[:, np.newaxis]
    alike = (np.abs(new - old) <= tolerance * (floor + larger)).all(axis=1)
    return int(alike.argmax()) if alike.any() else None
