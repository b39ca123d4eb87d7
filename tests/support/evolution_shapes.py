"""Elites whose fingerprints are those of simple functions, for the tests of the archive."""

from dataclasses import replace

import numpy as np

from actmine.evolution.descriptors import inputs
from actmine.gate.fingerprint import LENGTH, OUTPUTS, encode
from evolution_records import elite

SHAPES = {
    "rectifier": lambda x: np.maximum(x, 0.0),
    "sigmoid": np.tanh,
    "bump": lambda x: np.exp(-x * x),
    "wave": np.sin,
    "parabola": np.square,
}


def print_of_curve(curve):
    """A fingerprint with the outputs of a numpy function, its gradients left 0."""
    seen = np.zeros(LENGTH, dtype=np.float32)
    seen[:OUTPUTS] = curve(inputs())
    return seen


PRINTS = {shape: encode(print_of_curve(curve)) for shape, curve in SHAPES.items()}


def shaped(name, fitness, shape="rectifier"):
    """An elite that behaves like one of `SHAPES`."""
    return replace(elite(name, fitness), fingerprint=PRINTS[shape])
