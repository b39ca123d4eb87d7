"""Samples functions for figures, each in a child of its own: nobody else runs a candidate."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

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
FAR = 30.0  # a kink beyond is not looked for [ours]
FAR_POINTS = 2400  # even, so that no whole number, where kinks mostly are, is among them
_ROOM = 1.2  # of the way to the last kink, that a curve runs [ours]
_JUMP = 0.02  # of the slope from point to point: less is no kink to the eye [ours]
_SHARP = 4.0  # times the jumps beside it: a smooth bend is spread over several [ours]


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

    @property
    def limit(self) -> float:
        """The end of its grid."""
        return float(self.grid[-1])


def grid(limit: float, points: int) -> NDArray[np.float32]:
    """(points,): even steps over ±limit."""
    return np.linspace(-limit, limit, points).astype(np.float32)


def inputs(limit: float, points: int) -> NDArray[np.float32]:
    """(points, WIDTH): the first feature runs over ±limit, the others stand still.

    The others have the quantiles of a standard normal, so that a function that reads its
    neighbours is drawn as it responds to one input among usual ones.
    """
    x = np.empty((points, WIDTH), dtype=np.float32)
    x[:] = [NormalDist().inv_cdf((place + 0.5) / WIDTH) for place in range(WIDTH)]
    x[:, 0] = grid(limit, points)
    return x


def sample(
    name: str, source: str, *, sandbox: Sandbox, limit: float | None = None
) -> Curve | None:
    """The curve of a function; none if it fails, as a candidate may.

    Args:
        limit: how far it runs to both sides; if none is given LIMIT, or past its last kink.
    """
    if limit is None:
        far = _sampled(name, source, inputs(FAR, FAR_POINTS), sandbox)
        limit = LIMIT if far is None else reach(far)
    return _sampled(name, source, inputs(limit, POINTS), sandbox)


def reach(far: Curve) -> float:
    """How far a curve must run to show all kinks of a function, LIMIT at least.

    One whose kinks go on to the end, as a triangle wave's do, shows enough within LIMIT.
    """
    jumps = np.abs(np.diff(far.dy))
    beside = np.maximum(jumps[:-2], jumps[2:])
    sharp = (jumps[1:-1] > _JUMP) & (jumps[1:-1] > _SHARP * beside)
    kinks = np.abs(far.grid[1:-2][sharp])
    last = float(kinks.max()) if kinks.size else 0.0
    return max(LIMIT, float(np.ceil(_ROOM * last))) if _ROOM * last < far.limit else LIMIT


def _sampled(name: str, source: str, x: NDArray[np.float32], sandbox: Sandbox) -> Curve | None:

    def ask(asked: str) -> Reply:
        request = {"kind": handlers.SAMPLE, "source": asked}
        return sandbox.run(request, {"x": x}, limits=CHECK_LIMITS)

    reply = patiently(ask, source)
    try:
        told = floats(reply.arrays, dict.fromkeys(("y", "slope"), (len(x),)))
    except ProtocolError:
        return None
    return Curve(
        name=name,
        grid=x[:, 0].astype(np.float64),
        y=told["y"].astype(np.float64),
        dy=told["slope"].astype(np.float64),
    )
