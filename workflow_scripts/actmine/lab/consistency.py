"""Looks whether a function in training is the one that the gate saw; runs in the child.

A source may behave otherwise on the gate's inputs than on those that networks make. So the
fit itself is watched, at steps that no source can know: what the contract, the count of
operations and the fingerprint say must hold on real pre-activations too. [ours]
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor

from actmine.gate.contract import WIDENING, agree, coupling_at
from actmine.gate.face import face_of
from actmine.gate.fingerprint import TOLERANCE, respond
from actmine.gate.flops import count_flops
from actmine.gate.probes import Probes
from actmine.gate.state import GlobalState
from actmine.lab.members import Activation, one_by_one, over_members
from actmine.records.candidate import Coupling
from actmine.sandbox.worker import out_of_memory

LOOKS = 2  # steps in between, besides the first, the last and the predictions [ours]
APART = 0.005  # share of values that may differ: a threshold may be met by rounding [ours]
DEARER = 1.05  # a call may cost this much more than the gate's dearest [ours]
FEW = 4  # networks that stand for a stack: how many there are changes nothing [ours]


_alike = partial(agree, within=TOLERANCE, apart=APART)


class InconsistentError(Exception):
    """A function does not behave in its training as it does on the gate's inputs."""


class Watched:
    """An activation over members that keeps what it is given while someone looks.

    Attributes:
        stacks: (member, batch, width) inputs, a layer each; none while nobody looks.
    """

    def __init__(self, activation: Activation) -> None:
        self.activation = activation
        self.over_members = one_by_one(activation)
        self.stacks: list[Tensor] | None = None

    def __call__(self, x: Tensor) -> Tensor:
        """(member, batch, width) outputs."""
        if self.stacks is not None:
            self.stacks.append(x.detach().clone())
        return self.over_members(x)

    def seen(self, run: Callable[[], Any]) -> list[Tensor]:
        """What it is given while something runs."""
        self.stacks = []
        run()
        return self.end()

    def end(self) -> list[Tensor]:
        """What it was given since someone began to look; nobody does any more."""
        seen, self.stacks = self.stacks or [], None
        return seen

    def settle(self, stacks: list[Tensor]) -> None:
        """Chooses how members are gone through, by what some of these give."""
        some = [stack[:FEW] for stack in stacks]
        self.over_members = over_members(self.activation, some)


class Watch(pl.Callback):
    """Repeats the gate's examination on what a fit gives its activation.

    Args:
        watched: the fit's activation.
        probes: of this source, at this lab's shape.
        steps: of the fit.

    Raises:
        InconsistentError: what the gate admitted breaks its contract at this lab's shape.
    """

    def __init__(self, watched: Watched, probes: Probes, *, steps: int) -> None:
        self._watched = watched
        self._random = probes.generator().spawn(1)[0]
        self._due = {0, steps - 1, *self._random.integers(steps, size=LOOKS).tolist()}
        self._step = 0
        try:
            self._face = face_of(watched.activation, probes)
        except Exception as error:
            if out_of_memory(error):
                raise
            raise InconsistentError(f"at the lab's shape {probes.shape}: {error}") from None

    def on_train_batch_start(self, *_: object) -> None:
        """Begins to look at the steps that were drawn."""
        if self._step in self._due:
            self._watched.stacks = []

    def on_train_batch_end(self, *_: object) -> None:
        """Examines what was seen."""
        if stacks := self._watched.end():
            self.examine(stacks, where=f"at step {self._step}")
        self._step += 1

    def examine(self, stacks: list[Tensor], *, where: str) -> None:
        """Compares what the function does with some networks' inputs with what the gate saw.

        Args:
            stacks: (member, batch, width) pre-activations, a layer each.
            where: they come from, in words.

        Raises:
            InconsistentError: it does something else.
        """
        layer = int(self._random.integers(len(stacks)))
        some = self._random.permutation(len(stacks[layer]))[:FEW]
        stack = stacks[layer][some]
        if not stack.isfinite().all():
            return  # a fit that diverged is ended for that
        state = GlobalState.now()
        try:
            what = self._difference(stack)
        except Exception as error:
            if out_of_memory(error):
                raise
            what = f"it raised {type(error).__name__}: {error}"
        if changed := state.changes():
            what = f"it changes global state ({', '.join(changed)})"
        if what:
            raise InconsistentError(
                f"{where}, in layer {layer + 1}, {what}; let the function be the same whatever "
                "the shape and the range of its inputs"
            )

    def _difference(self, stack: Tensor) -> str:
        """What differs, in words; empty if nothing does."""
        face, activation = self._face, self._watched.activation
        alone = one_by_one(activation)
        with torch.no_grad():
            if not _alike(self._watched.over_members(stack), alone(stack)):
                return "its output depends on other networks"
            coupling = coupling_at(activation, stack[0], self._random, alike=_alike)
            if WIDENING.index(coupling) > WIDENING.index(face.coupling):
                return f"it is {coupling}, not {face.coupling}"
            flops = count_flops(activation, stack[0])
        if flops > DEARER * face.flops:
            return f"it costs {flops:.0f} FLOPs per element, not {face.flops:.0f}"
        if stack.shape[1:] == face.probe.x.shape[1:] and not self._answers_probe(stack):
            return "it answers the gate's inputs otherwise"
        return ""

    def _answers_probe(self, stack: Tensor) -> bool:
        """Whether the fingerprint is found again between rows of real pre-activations.

        What reads the whole batch gets the whole probe in place of one network's rows.
        """
        probe = self._face.probe
        call, member = (int(self._random.integers(n)) for n in (len(probe.x), len(stack)))
        batch = stack.shape[1]
        whole = self._face.coupling is Coupling.BATCH
        rows = self._random.permutation(batch)[: batch if whole else -(-batch // 2)]
        mixed = stack.numpy().copy()
        mixed[member, rows] = probe.x[call, rows]
        y, slope = respond(self._watched.over_members, mixed, probe.weights[call])
        read = rows[probe.points[call, rows] >= 0]
        columns, points = probe.columns[call, read], probe.points[call, read]
        seen = np.stack([y[member, read, columns], slope[member, read, columns]])
        expected = np.stack([self._face.outputs[points], self._face.slopes[points]])
        return _alike(torch.from_numpy(seen), torch.from_numpy(expected))
