"""Looks whether a function in training is the one that the gate saw; runs in the child.

A source may behave otherwise on the gate's inputs than on those that networks make. So the
fit itself is watched, at steps that no source can know: what the contract, the count of
operations and the fingerprint say must hold on real pre-activations too. [ours]
"""

from functools import partial

import numpy as np
import torch
from torch import Tensor

from actmine.gate.contract import WIDENING, agree, coupling_at
from actmine.gate.face import face_of
from actmine.gate.fingerprint import TOLERANCE, respond
from actmine.gate.flops import count_flops
from actmine.gate.probes import Probes
from actmine.gate.state import GlobalState
from actmine.lab.looks import Looks
from actmine.lab.members import Activation, Members, one_by_one
from actmine.records.candidate import Coupling
from actmine.sandbox.worker import out_of_memory

APART = 0.005  # share of values that may differ: a threshold may be met by rounding [ours]
DEARER = 1.05  # a call may cost this much more than the gate's dearest [ours]


_alike = partial(agree, within=TOLERANCE, apart=APART)


class InconsistentError(Exception):
    """A function does not behave in its training as it does on the gate's inputs."""


class Watch(Looks):
    """Repeats the gate's examination on what a fit gives its activation.

    Args:
        activation: the source's.
        members: how the fit applies it.
        probes: of this source, at this lab's shape.
        steps: of the fit.

    Raises:
        InconsistentError: what the gate admitted breaks its contract at this lab's shape.
    """

    def __init__(
        self, activation: Activation, members: Members, probes: Probes, *, steps: int
    ) -> None:
        super().__init__(probes.generator().spawn(1)[0], steps=steps)
        self._activation = activation
        self._members = members
        try:
            self._face = face_of(activation, probes)
        except Exception as error:
            if out_of_memory(error):
                raise
            raise InconsistentError(f"at the lab's shape {probes.shape}: {error}") from None

    def take(self, x: Tensor, y: Tensor, *, where: str) -> None:
        """Compares what the function does with some networks' inputs with what the gate saw.

        Args:
            x, y: (member, batch, width) inputs, and what the fit made of them.
            where: they come from, in words.

        Raises:
            InconsistentError: it does something else.
        """
        if not x.isfinite().all():
            return  # a fit that diverged is ended for that
        state = GlobalState.now()
        try:
            what = self._difference(x, y)
        except Exception as error:
            if out_of_memory(error):
                raise
            what = f"it raised {type(error).__name__}: {error}"
        if changed := state.changes():
            what = f"it changes global state ({', '.join(changed)})"
        if what:
            raise InconsistentError(
                f"{where}, {what}; let the function be the same whatever the shape and the "
                "range of its inputs"
            )

    def _difference(self, stack: Tensor, given: Tensor) -> str:
        """What differs, in words; empty if nothing does.

        Args:
            stack, given: (member, batch, width), inputs in the fit and what they gave.
        """
        face, activation = self._face, self._activation
        with torch.no_grad():
            alone = one_by_one(activation).call(stack)
            if not _alike(self._members.call(stack), alone):
                return "its output depends on other networks"
            if not _alike(given, alone):
                return "it gave another output in the fit"
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
        y, slope = respond(self._members.call, mixed, probe.weights[call])
        read = rows[probe.points[call, rows] >= 0]
        columns, points = probe.columns[call, read], probe.points[call, read]
        seen = np.stack([y[member, read, columns], slope[member, read, columns]])
        expected = np.stack([self._face.outputs[points], self._face.slopes[points]])
        return _alike(torch.from_numpy(seen), torch.from_numpy(expected))
