"""Decides where a task's inputs lie: boxes, shells around them, caps of the unit sphere.

Spheres and balls of any number of inputs stand in `spheres.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import cos, isfinite, pi
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from actmine.records.form import Form
from actmine.tasks.spheres import Ball, Round, Sphere, round_disjoint

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

UNIT_TOLERANCE = 1e-9  # how far from 1 the length of a unit vector may be [ours]
MIN_SHELL_SHARE = 1e-3  # of the outer box; a thinner shell stalls rejection sampling [ours]
MIN_ANGLE = 1e-3  # radians; below it a cap's float64 border is a single point [ours]


@dataclass(frozen=True)
class Box:
    """The half-open box lo ≤ x < hi.

    Attributes:
        lo: one lower bound per input, included.
        hi: one upper bound per input, excluded.
    """

    lo: tuple[float, ...]
    hi: tuple[float, ...]
    kind: Literal["box"] = field(default="box", repr=False)

    def __post_init__(self) -> None:
        same_length = len(self.lo) == len(self.hi) > 0
        if not same_length or not all(
            lo < hi and isfinite(hi - lo) for lo, hi in zip(self.lo, self.hi, strict=False)
        ):
            raise ValueError(
                f"a box needs finite lo < hi for each input, not {self.lo} and {self.hi}"
            )

    @property
    def dimension(self) -> int:
        """The number of inputs."""
        return len(self.lo)

    def sample(self, rng: np.random.Generator, n: int) -> Array:
        """(n, dimension) points, uniform."""
        # lo + (hi - lo)·u can round up to hi, which lies outside.
        return _accepted(lambda: rng.uniform(self.lo, self.hi, (n, self.dimension)), self, n)

    def contains(self, x: Array) -> Mask:
        """(n,) mask of the rows of x (n, dimension) that lie in the box."""
        return np.asarray(np.all((x >= self.lo) & (x < self.hi), axis=1))


@dataclass(frozen=True)
class Shell:
    """The outer box without the inner one, which it must contain."""

    inner: Box
    outer: Box
    kind: Literal["shell"] = field(default="shell", repr=False)

    def __post_init__(self) -> None:
        if self.inner.dimension != self.outer.dimension or not _within(self.inner, self.outer):
            raise ValueError("the inner box must lie inside the outer one; widen the outer box")
        sides = np.subtract(self.inner.hi, self.inner.lo)
        share = 1.0 - float(np.prod(sides / np.subtract(self.outer.hi, self.outer.lo)))
        if share < MIN_SHELL_SHARE:
            raise ValueError(
                f"the shell is {share:.2g} of the outer box, not ≥ {MIN_SHELL_SHARE}; "
                "widen the outer box"
            )

    @property
    def dimension(self) -> int:
        """The number of inputs."""
        return self.outer.dimension

    def sample(self, rng: np.random.Generator, n: int) -> Array:
        """(n, dimension) points, uniform, by rejection from the outer box."""
        return _accepted(lambda: self.outer.sample(rng, n), self, n)

    def contains(self, x: Array) -> Mask:
        """(n,) mask of the rows of x (n, dimension) in the outer box and not in the inner."""
        return self.outer.contains(x) & ~self.inner.contains(x)


@dataclass(frozen=True)
class Cap:
    """The unit vectors at most `angle` from `axis`, the border included.

    Attributes:
        axis: a unit vector with three components.
        angle: radians, between 0 and π.
    """

    FORM: ClassVar = Form(renamed={"angle": "angle_rad"})
    dimension: ClassVar = 3

    axis: tuple[float, float, float]
    angle: float
    kind: Literal["cap"] = field(default="cap", repr=False)

    def __post_init__(self) -> None:
        unit = len(self.axis) == 3 and abs(np.linalg.norm(self.axis) - 1.0) <= UNIT_TOLERANCE
        if not unit or not MIN_ANGLE <= self.angle <= pi - MIN_ANGLE:
            raise ValueError(f"{self}: a cap needs a unit axis and 0 < angle < π radians")

    def sample(self, rng: np.random.Generator, n: int) -> Array:
        """(n, 3) unit vectors, uniform over the cap."""
        return _sample_band(self.axis, (cos(self.angle), 1.0), rng, n, self)

    def contains(self, x: Array) -> Mask:
        """(n,) mask of the rows of x (n, 3) that are unit vectors in the cap."""
        return np.asarray(_unit(x) & ((x * self.axis).sum(axis=1) >= cos(self.angle)))


@dataclass(frozen=True)
class CapComplement:
    """The unit vectors outside a cap."""

    dimension: ClassVar = 3

    cap: Cap
    kind: Literal["cap_complement"] = field(default="cap_complement", repr=False)

    def sample(self, rng: np.random.Generator, n: int) -> Array:
        """(n, 3) unit vectors, uniform outside the cap."""
        return _sample_band(self.cap.axis, (-1.0, cos(self.cap.angle)), rng, n, self)

    def contains(self, x: Array) -> Mask:
        """(n,) mask of the rows of x (n, 3) that are unit vectors outside the cap."""
        return _unit(x) & ~self.cap.contains(x)


Region = Box | Shell | Cap | CapComplement | Sphere | Ball


def in_words(region: Region, names: Sequence[str]) -> str:
    """Where a region lies, by the names of its inputs."""
    match region:
        case Box(lo=lows, hi=highs):
            sides = zip(names, lows, highs, strict=True)
            return ", ".join(f"{name} from {low:g} to {high:g}" for name, low, high in sides)
        case Shell(inner=inner, outer=outer):
            return f"{in_words(outer, names)}, without {in_words(inner, names)}"
        case Sphere(radius=radius):
            return f"the sphere of radius {radius:g}"
        case Ball(radius=radius, hole=hole):
            return f"the ball of radius {radius:g}" + f" with a hole of {hole:g}" * (hole > 0)
        case Cap(axis=axis, angle=angle):
            x, y, z = axis
            return f"the cap within {angle:.3g} radians of ({x:.3g}, {y:.3g}, {z:.3g})"
        case CapComplement(cap=cap):
            return f"the unit sphere without {in_words(cap, names)}"


def bounds(region: Region) -> Box:
    """The box around a region; none is asked for a cap's."""
    if isinstance(region, Round):
        return Box((-region.radius,) * region.dimension, (region.radius,) * region.dimension)
    box = region.outer if isinstance(region, Shell) else region
    assert isinstance(box, Box)
    return box


def intervals(region: Region) -> list[tuple[float, float]]:
    """What a region of one input consists of: one interval, or those beside the inner one."""
    (low,), (high,) = bounds(region).lo, bounds(region).hi
    if not isinstance(region, Shell):
        return [(low, high)]
    (start,), (end,) = region.inner.lo, region.inner.hi
    return [pair for pair in ((low, start), (end, high)) if pair[0] < pair[1]]


def disjoint(a: Region, b: Region) -> bool:
    """Whether no point lies in both regions; decided from their bounds, not by sampling.

    Raises:
        ValueError: the regions lie in different spaces, or one is a box and one a ball.
    """
    if a.dimension == b.dimension:
        if isinstance(a, Box | Shell) and isinstance(b, Box | Shell):
            return _boxes_disjoint(a, b)
        if isinstance(a, Cap | CapComplement) and isinstance(b, Cap | CapComplement):
            return _caps_disjoint(a, b)
        if isinstance(a, Round) and isinstance(b, Round):
            return round_disjoint(a, b)
    raise ValueError(
        f"{a} and {b} cannot be compared; both must be boxes or shells, or both spheres or "
        "balls, of the same inputs"
    )


def _boxes_disjoint(a: Box | Shell, b: Box | Shell) -> bool:
    outers = [region.outer if isinstance(region, Shell) else region for region in (a, b)]
    lo = tuple(map(max, outers[0].lo, outers[1].lo))
    hi = tuple(map(min, outers[0].hi, outers[1].hi))
    if any(low >= high for low, high in zip(lo, hi, strict=True)):
        return True
    holes = [region.inner for region in (a, b) if isinstance(region, Shell)]
    return _covered(Box(lo, hi), holes)


def _covered(box: Box, holes: list[Box]) -> bool:
    """Whether at most two holes together contain the whole box."""
    if any(_within(box, hole) for hole in holes):
        return True
    if len(holes) < 2:
        return False
    # Two boxes fill a third only side by side: both full in every input but one.
    partial = {
        k
        for hole in holes
        for k in range(box.dimension)
        if hole.lo[k] > box.lo[k] or hole.hi[k] < box.hi[k]
    }
    if len(partial) != 1:
        return False
    k = partial.pop()
    left, right = sorted(holes, key=lambda hole: hole.lo[k])
    return left.lo[k] <= box.lo[k] and right.lo[k] <= left.hi[k] and right.hi[k] >= box.hi[k]


def _caps_disjoint(a: Cap | CapComplement, b: Cap | CapComplement) -> bool:
    if isinstance(a, Cap) and isinstance(b, Cap):
        return _angle_between(a, b) > a.angle + b.angle
    if isinstance(a, CapComplement) and isinstance(b, CapComplement):
        return _angle_between(a.cap, b.cap) + a.cap.angle + b.cap.angle >= 2 * pi
    if isinstance(a, CapComplement):
        a, b = b, a
    assert isinstance(a, Cap) and isinstance(b, CapComplement)
    return _angle_between(a, b.cap) + a.angle <= b.cap.angle


def _angle_between(a: Cap, b: Cap) -> float:
    # The arc cosine of a rounded product is not 0 for equal axes; this is.
    across = np.linalg.norm(np.cross(a.axis, b.axis))
    return float(np.arctan2(across, np.dot(a.axis, b.axis)))


def _within(inner: Box, outer: Box) -> bool:
    return all(
        low <= lo and hi <= high
        for lo, hi, low, high in zip(inner.lo, inner.hi, outer.lo, outer.hi, strict=True)
    )


def _unit(x: Array) -> Mask:
    return np.asarray(np.abs(np.linalg.norm(x, axis=1) - 1.0) <= UNIT_TOLERANCE)


def _sample_band(
    axis: tuple[float, float, float],
    heights: tuple[float, float],
    rng: np.random.Generator,
    n: int,
    region: Cap | CapComplement,
) -> Array:
    """(n, 3) unit vectors of the region; their height along the axis is uniform."""
    up = np.asarray(axis)
    across = np.cross(up, np.eye(3)[np.argmin(np.abs(up))])
    across /= np.linalg.norm(across)

    def draw() -> Array:
        height = rng.uniform(*heights, (n, 1))  # area is uniform in height (Archimedes)
        turn = rng.uniform(0.0, 2 * pi, (n, 1))
        side = np.cos(turn) * across + np.sin(turn) * np.cross(up, across)
        x = height * up + np.sqrt(1.0 - height**2) * side
        return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))

    return _accepted(draw, region, n)


def _accepted(draw: Callable[[], Array], region: Region, n: int) -> Array:
    """The first n drawn rows that the region contains."""
    kept = np.empty((0, region.dimension))
    while len(kept) < n:
        batch = draw()
        kept = np.concatenate([kept, batch[region.contains(batch)]])
    return kept[:n]
