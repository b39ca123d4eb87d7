"""Elites whose fingerprints are those of simple functions, for the tests of the archive."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actmine.evolution.descriptors import inputs
from actmine.evolution.population import Elite
from actmine.gate.fingerprint import LENGTH, OUTPUTS, encode
from evolution_records import elite

Array = NDArray[Any]

SHAPES: dict[str, Callable[[Array], Array]] = {
    "rectifier": lambda x: np.maximum(x, 0.0),
    "sigmoid": np.tanh,
    "bump": lambda x: np.exp(-x * x),
    "wave": np.sin,
    "parabola": np.square,
}


def print_of_curve(curve: Callable[[Array], Array]) -> Array:
    """A fingerprint with the outputs of a numpy function, its gradients left 0."""
    seen = np.zeros(LENGTH, dtype=np.float32)
    seen[:OUTPUTS] = curve(inputs())
    return seen


PRINTS = {shape: encode(print_of_curve(curve)) for shape, curve in SHAPES.items()}


def shaped(name: str, fitness: float, shape: str = "rectifier") -> Elite:
    """An elite that behaves like one of `SHAPES`."""
    return replace(elite(name, fitness), fingerprint=PRINTS[shape])
