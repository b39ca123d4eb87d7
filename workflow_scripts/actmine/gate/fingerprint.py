"""Decides whether two functions behave alike, from outputs and gradients on a fixed probe.

Two sources with one behaviour would train to one result, so the second is not worth it.
Gradients take part because `detach` can change training and leave every output as it is.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Print = NDArray[np.float32]

SHAPE = (128, 64)  # the lab's, so that rolls and statistics act as they will there [ours]
LIMIT = 8.0  # beyond it float32 GELU equals its asymptotes [ours]
OUTPUTS = 96  # of the print; the rest are gradients [ours]
LENGTH = 128  # float32 values of a print: 512 bytes, 684 characters in base64 [ours]
TOLERANCE = 1e-3  # of 1 + |value|: GELU and its tanh form just differ, in slope [ours]


def fingerprint(activation: Callable[[Any], Any]) -> Print:
    """The candidate's print: float32 (128,), 96 outputs and then 32 gradients. [ours]

    Args:
        activation: passed the contract; runs once, forward and backward.

    Raises:
        ValueError: an output or gradient on the probe is not finite.
    """
    import torch

    x = torch.from_numpy(probe()).requires_grad_()
    y = activation(x)
    # Uneven weights: a softmax has no gradient of its plain sum.
    weights = 1.0 + 0.5 * torch.cos(torch.arange(y.numel())).reshape(SHAPE)
    # Weights given as a third argument would have torch import SymPy.
    (gradient,) = torch.autograd.grad((y * weights).sum(), x, materialize_grads=True)
    rows, columns = read_places()
    outputs = y.detach().numpy()[rows, columns]
    slopes = gradient.numpy()[rows, columns]
    # Every fourth slope, spread over the whole range.
    seen = np.concatenate([np.delete(outputs, np.s_[::4]), slopes[::4]])
    if not np.isfinite(seen).all():
        raise ValueError(
            f"an output or gradient is not finite for inputs within ±{LIMIT:g}: bound it there"
        )
    return seen.astype(np.float32)


def probe() -> NDArray[np.float32]:
    """The fixed inputs: float32 (128, 64) within ±8, without a random generator.

    One place of every row holds a grid over ±8 that is four times denser near 0; these are
    read. The others make rows and columns differ in mean and spread, so that every kind of
    coupling shows. Only sums and products of float64, which are the same on every machine.
    """
    row, column = np.indices(SHAPE)
    step = np.arange(SHAPE[0] * SHAPE[1], dtype=np.float64).reshape(SHAPE) * 0.6180339887498949
    spread = 0.1 + 0.8 * (row * 0.7548776662466927 % 1.0)
    shift = 0.3 + 0.5 * (column * 0.5698402909980532 % 1.0)
    inputs = LIMIT * spread * (2.0 * (step % 1.0) - 1.0) + shift
    grid = np.linspace(-1.0, 1.0, SHAPE[0])
    inputs[read_places()] = LIMIT * (0.25 * grid + 0.75 * grid**3)
    return inputs.astype(np.float32)


def read_places() -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Rows and columns that are read: each row once, each column twice, in scattered order."""
    index = np.arange(SHAPE[0])
    return index * 53 % SHAPE[0], index * 37 % SHAPE[1]


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
