"""Draws periodic targets: sums of sines, and spherical harmonics of one degree."""

from itertools import pairwise
from math import pi

import numpy as np
from numpy.typing import NDArray

from actmine.tasks.formula import parse_formula
from actmine.tasks.regions import Box, Cap, CapComplement, Shell
from actmine.tasks.target import Target, formula_target, joined_terms

Array = NDArray[np.float64]

# Angle of the train cap in radians; a cap of π/3 is a quarter of the sphere. [ours]
CAP_ANGLES = {"hemisphere": pi / 2, "cap": pi / 3}


def draw_harmonic(
    name: str, *, terms: int, frequencies: tuple[float, float], rng: np.random.Generator
) -> Target:
    """A sum of sines with uniform amplitudes and phases. [ours]

    The range of frequencies is cut into as many bands as there are sines, and each has
    one uniform draw: two almost equal ones would beat too slowly to be learned from the
    train interval.

    Args:
        terms: number of sines.
        frequencies: bounds, in radians per unit of input.
    """
    sines = []
    edges = np.linspace(*frequencies, terms + 1)
    for low, high in pairwise(edges):
        amplitude = float(rng.uniform(0.5, 1.5))
        frequency = float(rng.uniform(low, high))
        phase = float(rng.uniform(0.0, 2 * pi))
        sines.append((amplitude, f"sin({frequency:.4f}*x + {phase:.4f})"))
    formula = parse_formula(joined_terms(sines))
    train = Box((-pi,), (pi,))
    ood = Shell(train, Box((-2 * pi,), (2 * pi,)))
    return formula_target(name, "harmonic", formula, train=train, ood=ood)


def draw_spherical(name: str, *, degree: int, region: str, rng: np.random.Generator) -> Target:
    """A random combination of the real spherical harmonics of one degree. [ours]

    The cap lies around +z: the combination's law does not depend on rotations.

    Args:
        degree: l ≥ 1; the target's parity is (-1)^l.
        region: hemisphere or cap.
    """
    orders = range(-degree, degree + 1)
    weights = [float(weight) for weight in rng.standard_normal(len(orders)).round(4)]
    named = [(weight, f"Y({degree}, {m})") for weight, m in zip(weights, orders, strict=True)]
    cap = Cap((0.0, 0.0, 1.0), CAP_ANGLES[region])

    def function(x: Array) -> Array:
        harmonics = np.stack([spherical_harmonic(degree, m, x) for m in orders])
        # Not a product of matrices: its last bit would be the BLAS's.
        return np.asarray((np.asarray(weights)[:, np.newaxis] * harmonics).sum(axis=0))

    return Target(
        name=name,
        family="spherical",
        formula=joined_terms(named),
        variables=("x", "y", "z"),
        train=cap,
        ood=CapComplement(cap),
        function=function,
    )


def spherical_harmonic(degree: int, order: int, x: Array) -> Array:
    """(n,) real spherical harmonic Y(l, m) of the unit vectors x (n, 3).

    Real ones are √2·(-1)^m times the real part (m > 0) or the imaginary part of |m|
    (m < 0) of SciPy's complex ones, so that Y(1, ·) is √(3/4π) times (y, z, x).
    """
    from scipy.special import sph_harm_y  # 0.1 s that only these tasks pay

    polar = np.arctan2(np.hypot(x[:, 0], x[:, 1]), x[:, 2])
    azimuth = np.arctan2(x[:, 1], x[:, 0])
    values = sph_harm_y(degree, abs(order), polar, azimuth)
    if order == 0:
        return np.asarray(values.real)
    part = values.real if order > 0 else values.imag
    return np.asarray(np.sqrt(2.0) * (-1) ** order * part)
