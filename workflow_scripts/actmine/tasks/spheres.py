"""Regions around the origin, of any number of inputs: spheres, balls, balls with a hole."""

from dataclasses import dataclass, field
from math import isfinite
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

TOLERANCE = 1e-9  # of a radius, how far from it a point of a sphere may lie [ours]


@dataclass(frozen=True)
class Sphere:
    """The points at one distance from the origin.

    Attributes:
        dimension: the number of inputs, at least two: one input has no surface.
    """

    radius: float
    dimension: int
    kind: Literal["sphere"] = field(default="sphere", repr=False)

    def __post_init__(self) -> None:
        if self.dimension < 2 or not (isfinite(self.radius) and self.radius > 0):
            raise ValueError(
                f"a sphere needs two inputs or more and a finite radius above 0, not "
                f"{self.dimension} and {self.radius:g}"
            )

    def sample(self, rng: np.random.Generator, n: int) -> Array:
        """(n, dimension) points, uniform."""
        return self.radius * _directions(rng, n, self.dimension)

    def contains(self, x: Array) -> Mask:
        """(n,) mask of the rows of x (n, dimension) on the sphere, but for rounding."""
        distance = np.linalg.norm(x, axis=1)
        return np.asarray(np.abs(distance - self.radius) <= TOLERANCE * self.radius)

    @property
    def distances(self) -> tuple[float, float]:
        """The least and the greatest distance of its points from the origin."""
        return self.radius, self.radius


@dataclass(frozen=True)
class Ball:
    """The points no farther from the origin than a radius, and farther than its hole.

    Attributes:
        dimension: the number of inputs, at least two: one input has a box.
        hole: radius of the ball that is left out, its border too; 0 leaves out the origin.
    """

    radius: float
    dimension: int
    hole: float = 0.0
    kind: Literal["ball"] = field(default="ball", repr=False)

    def __post_init__(self) -> None:
        if self.dimension < 2 or not 0 <= self.hole < self.radius < np.inf:
            raise ValueError(
                f"a ball needs two inputs or more, and 0 ≤ hole < radius < ∞, not "
                f"{self.dimension} inputs, hole {self.hole:g} and radius {self.radius:g}"
            )

    def sample(self, rng: np.random.Generator, n: int) -> Array:
        """(n, dimension) points, uniform in direction and in their distance from the origin.

        Not in volume: of a ball of eight inputs that lies almost wholly at the border, and the
        distance is what extrapolation is about. [nn-extrapolate draws so too]
        """
        distance = self.radius - (self.radius - self.hole) * rng.uniform(size=(n, 1))
        x = distance * _directions(rng, n, self.dimension)
        # Rounding may push a point over a border, where it has no right to be.
        inside = self.contains(x)
        x[~inside] *= 0.5 * (self.radius + self.hole) / distance[~inside]
        return np.asarray(x)

    def contains(self, x: Array) -> Mask:
        """(n,) mask of the rows of x (n, dimension) in the ball and not in its hole."""
        distance = np.linalg.norm(x, axis=1)
        lowest = self.hole * (1 + TOLERANCE)  # where a sphere around the hole ends
        return np.asarray((distance > lowest) & (distance <= self.radius * (1 + TOLERANCE)))

    @property
    def distances(self) -> tuple[float, float]:
        """The distance of its points from the origin: more than the first, to the second."""
        return self.hole, self.radius


Round = Sphere | Ball


def round_disjoint(a: Round, b: Round) -> bool:
    """Whether no point lies in both; of as many inputs, which the caller has compared."""
    if isinstance(a, Sphere) and isinstance(b, Sphere):
        return abs(a.radius - b.radius) > TOLERANCE * (a.radius + b.radius)
    if isinstance(b, Sphere):
        a, b = b, a
    (low, high), (hole, radius) = a.distances, b.distances
    if isinstance(a, Sphere):
        return low <= hole or low * (1 - TOLERANCE) > radius * (1 + TOLERANCE)
    return high <= hole or radius <= low


def _directions(rng: np.random.Generator, n: int, dimension: int) -> Array:
    """(n, dimension) unit vectors, uniform: a normal law has no direction of its own."""
    x = rng.standard_normal((n, dimension))
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))
