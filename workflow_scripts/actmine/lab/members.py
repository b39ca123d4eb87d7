"""Applies a function to the networks of a stack, each of which is seen alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from actmine.gate.contract import agree
from actmine.gate.fingerprint import respond
from actmine.lab.compiled import CannotCompileError, compiled
from actmine.lab.layers import Applied, Apply
from actmine.lab.operations import Called, CannotRecordError, Recorded
from actmine.sandbox.worker import out_of_memory

Activation = Callable[[Tensor], Tensor]


@dataclass(frozen=True, kw_only=True)
class Members:
    """A function over a leading member axis.

    Attributes:
        call: maps (member, batch, width) to the same shape.
        apply: puts it to work on a layer's memory.
    """

    call: Activation
    apply: Apply


def one_by_one(activation: Activation) -> Members:
    """A function over members, by a loop: right for every function."""

    def loop(x: Tensor) -> Tensor:
        return torch.stack([activation(member) for member in x])

    return Members(call=loop, apply=partial(Called, loop))


def over_members(activation: Activation, stacks: Sequence[Tensor]) -> Members:
    """A function over members, as fast as it can be had.

    What is pointwise is compiled. For the rest `vmap` keeps batch statistics exact, and does
    the same operations whatever the values are, so that they can be recorded. What it refuses
    (control flow that depends on values), and what it computes otherwise than for a network
    alone, runs member by member.

    Args:
        activation: maps (batch, width) to the same shape.
        stacks: (member, batch, width) each, to try it on.
    """
    alone, batched = one_by_one(activation), torch.func.vmap(activation)
    for way in (
        Members(call=alone.call, apply=compiled(activation)),
        Members(call=batched, apply=partial(Recorded, batched)),
        Members(call=batched, apply=partial(Called, batched)),
    ):
        if all(_alike(way.apply, alone.call, x) for x in stacks):
            return replace(way, apply=_or_else(way.apply, alone.apply))
    return alone


def _or_else(apply: Apply, other: Apply) -> Apply:
    """Another way for shapes that one cannot have, such as the last rows that are predicted."""

    def either(x: Tensor, slope_y: Tensor) -> Applied:
        try:
            return apply(x, slope_y)
        except (CannotCompileError, CannotRecordError):
            return other(x, slope_y)

    return either


def _alike(apply: Apply, loop: Activation, x: Tensor) -> bool:
    """Whether outputs and gradients are the same up to rounding."""
    uneven = torch.linspace(0.5, 1.5, x.numel()).reshape(x.shape)
    try:
        seen = _applied(apply, x, uneven)
        alone = np.stack(respond(loop, x.numpy(), uneven.numpy()))
    except Exception as error:  # whatever torch or the candidate raises: the loop decides
        if out_of_memory(error):
            raise
        return False
    return agree(seen, torch.from_numpy(alone))


def _applied(apply: Apply, x: Tensor, slope: Tensor) -> Tensor:
    """Output and gradient, stacked; put to work before it is given these values."""
    applied = apply(torch.zeros_like(x), slope.clone())
    applied.x.copy_(x)
    applied.forward()
    applied.backward()
    return torch.stack([applied.y, applied.slope_x])
