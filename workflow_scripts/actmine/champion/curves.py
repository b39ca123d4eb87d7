"""Samples functions for figures, each in a child of its own: nobody else runs a candidate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from actmine.gate import handlers
from actmine.gate.examine import CHECK_LIMITS
from actmine.gate.patience import patiently
from actmine.sandbox.host import Sandbox
from actmine.sandbox.protocol import ProtocolError, floats
from actmine.sandbox.reply import Reply

Array = NDArray[np.float64]
LIMIT = 6.0  # most inputs of a trained layer lie within [ours]
POINTS = 241
WIDTH = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """A function sampled on a grid.

    Attributes:
        grid, y, dy: (point,) inputs in ascending order, outputs, first derivative. A value
            that is not finite leaves a gap in the figure.
    """

    name: str
    grid: Array
    y: Array
    dy: Array

    def __post_init__(self) -> None:
        shapes = [self.grid.shape, self.y.shape, self.dy.shape]
        if self.grid.ndim != 1 or len(self.grid) < 2 or len(set(shapes)) != 1:
            raise ValueError(f"{self.name}: a curve needs one value a grid point, not {shapes}")


def inputs() -> NDArray[np.float32]:
    """(POINTS, WIDTH): the first feature runs over the grid, the others stand still.

    The others have the quantiles of a standard normal, so that a function that reads its
    neighbours is drawn as it responds to one input among usual ones.
    """
    x = np.empty((POINTS, WIDTH), dtype=np.float32)
    x[:] = ndtri((np.arange(WIDTH) + 0.5) / WIDTH)
    x[:, 0] = np.linspace(-LIMIT, LIMIT, POINTS)
    return x


def sample(name: str, source: str, *, sandbox: Sandbox) -> Curve | None:
    """The curve of a function; none if it fails, as a candidate may."""
    x = inputs()

    def ask(asked: str) -> Reply:
        request = {"kind": handlers.SAMPLE, "source": asked}
        return sandbox.run(request, {"x": x}, limits=CHECK_LIMITS)

    reply = patiently(ask, source)
    try:
        told = floats(reply.arrays, dict.fromkeys(("y", "slope"), (POINTS,)))
    except ProtocolError:
        return None
    return Curve(
        name=name,
        grid=x[:, 0].astype(np.float64),
        y=told["y"].astype(np.float64),
        dy=told["slope"].astype(np.float64),
    )
