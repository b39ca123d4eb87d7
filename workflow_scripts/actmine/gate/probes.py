"""Draws what a candidate is examined on, so that no source can be written for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

    from actmine.settings.networks import NetworkSettings

SPREAD = 3.0  # inputs fill ±3 scales, as far as a normal sample of this size goes [ours]
LARGE_SCALE = 1e3  # activations of a diverging network; x³ survives it, exp(x) does not [ours]
# Those at which couplings and operations are looked for, from a network that has hardly begun
# to learn: what turns at a threshold must lie on both of its sides. [ours]
SCALES = (0.1, 0.3, 1.0, 3.0, 10.0, LARGE_SCALE)


@dataclass(frozen=True, kw_only=True)
class Probes:
    """What a candidate is examined on: the lab's own shape, and values that it cannot know.

    Attributes:
        rows, width: of the lab's minibatch and hidden layer.
        key: of the run.
        source: takes part in the draw, so that a source that names a value draws another;
            empty for what all candidates of a run are shown alike.
    """

    rows: int
    width: int
    key: str
    source: str = ""

    @property
    def shape(self) -> tuple[int, int]:
        """(batch, width) of the lab."""
        return self.rows, self.width

    def generator(self) -> np.random.Generator:
        """A stream of its own for each run, shape and source."""
        text = f"{self.key} {self.shape} {self.source}".encode(errors="surrogatepass")
        words = np.frombuffer(hashlib.sha256(text).digest(), dtype="<u4")
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))


def probes_of(networks: NetworkSettings, *, seed: int, source: str = "") -> Probes:
    """The probes of a run for its networks.

    By a key that its seed gives: the seed itself is not for a child, which could draw tasks.
    """
    key = hashlib.sha256(f"probes {seed}".encode()).hexdigest()
    return Probes(rows=networks.batch, width=networks.width, key=key, source=source)


def draw(random: np.random.Generator, shape: tuple[int, ...], scale: float = 1.0) -> Tensor:
    """Inputs that fill ±3·scale evenly: float32 of `shape`. [ours]"""
    import torch

    reach = SPREAD * scale
    return torch.from_numpy(random.uniform(-reach, reach, shape).astype(np.float32))
