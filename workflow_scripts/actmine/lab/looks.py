"""Looks at what a fit gives its activation, at steps that no source can know."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytorch_lightning as pl
from torch import Tensor

from actmine.lab.ensemble import Ensemble
from actmine.lab.work import FEW, LOOKS


class Looks(pl.Callback, ABC):
    """Picks steps, and from each a layer and some networks.

    Attributes:
        stops: steps before and after those that are looked at.

    Args:
        random: what is picked.
        steps: of the fit.
    """

    def __init__(self, random: np.random.Generator, *, steps: int) -> None:
        self._random = random
        self._due = {0, steps - 1, *random.integers(steps, size=LOOKS).tolist()}
        self.stops = {stop for step in self._due for stop in (step, step + 1) if stop}

    def on_train_batch_start(self, _: pl.Trainer, module: Any, *__: object) -> None:
        """Begins to look before the steps that were drawn."""
        if module.taken in self._due:
            self._look(module)

    def on_train_batch_end(self, _: pl.Trainer, module: Any, *__: object) -> None:
        """Takes what was seen."""
        if module.look is not None:
            self.pick(module.end_look(), where=f"at step {module.taken - 1}")

    @contextmanager
    def looking(self, ensemble: Ensemble, *, where: str) -> Iterator[None]:
        """Takes what one of an ensemble's blocks gives its activation meanwhile.

        Args:
            where: that comes from, in words.
        """
        self._look(ensemble)
        yield
        self.pick(ensemble.end_look(), where=where)

    def _look(self, ensemble: Ensemble) -> None:
        ensemble.look = int(self._random.integers(len(ensemble.blocks)))

    def pick(self, seen: Sequence[tuple[Tensor, Tensor]], *, where: str) -> None:
        """Takes a layer and some networks of what was seen.

        Args:
            seen: (member, batch, width) inputs and outputs, a layer each.
            where: they come from, in words.
        """
        layer = int(self._random.integers(len(seen)))
        x, y = seen[layer]
        some = self._random.permutation(len(x))[:FEW]
        self.take(x[some], y[some], where=f"{where}, in layer {layer + 1}")

    @abstractmethod
    def take(self, x: Tensor, y: Tensor, *, where: str) -> None:
        """Is given some networks' (member, batch, width) inputs and outputs in one layer."""
