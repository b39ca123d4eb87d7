"""Applies a function to the networks of a stack, each of which is seen alone."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from actmine.gate.contract import agree
from actmine.gate.fingerprint import respond
from actmine.sandbox.worker import out_of_memory

Activation = Callable[[Tensor], Tensor]


def one_by_one(activation: Activation) -> Activation:
    """The activation over a leading member axis, by a loop."""
    return lambda x: torch.stack([activation(member) for member in x])


def over_members(activation: Activation, stacks: Sequence[Tensor]) -> Activation:
    """The activation over a leading member axis, as fast as it can be had.

    `vmap` keeps batch statistics exact. What it refuses (control flow that depends on values),
    and what it computes otherwise than for a network alone, runs member by member.

    Args:
        activation: maps (batch, width) to the same shape.
        stacks: (member, batch, width) each, to try it on.
    """
    loop, batched = one_by_one(activation), torch.func.vmap(activation)
    return batched if all(_alike(batched, loop, x) for x in stacks) else loop


def _alike(batched: Activation, loop: Activation, x: Tensor) -> bool:
    """Whether outputs and gradients are the same up to rounding."""
    uneven = torch.linspace(0.5, 1.5, x.numel()).reshape(x.shape).numpy()
    try:
        seen, alone = (
            torch.from_numpy(np.stack(respond(form, x.numpy(), uneven)))
            for form in (batched, loop)
        )
    except Exception as error:  # whatever vmap or the candidate raises: the loop decides
        if out_of_memory(error):
            raise
        return False
    return agree(seen, alone)
