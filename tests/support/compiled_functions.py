"""What torch gives for a function and its slopes, and what a compiled loop does."""

from collections.abc import Callable

import torch
from torch import Tensor

from actmine.capability import VECTOR_TARGETS, vector_target
from actmine.lab.compiled import loop_of
from actmine.lab.operations import Recorder, Recording

# Whatever has the wider ones has the narrower ones too.
HERE = vector_target()
LOOPS = [name for name, one in VECTOR_TARGETS.items() if HERE and one.lanes <= HERE.lanes]


def called(
    function: Callable[[Tensor], Tensor], x: Tensor, slope: Tensor
) -> tuple[Tensor, Tensor]:
    """A function's values, and their slopes times those given, by plain autograd."""
    leaf = x.clone().requires_grad_()
    y = function(leaf)
    (gradient,) = torch.autograd.grad((y * slope).sum(), leaf, materialize_grads=True)
    return y.detach(), gradient


def compiled_for(instructions: str, function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """What a function's loop gives for float32 numbers, by some of these instructions."""
    zeros, none = torch.zeros_like(x), torch.zeros_like(x)
    with Recorder() as seen:
        result = function(zeros).float()  # of a mask too
    recording = Recording(
        x=zeros, slope_y=none, y=result, slope_x=none, forward=seen.operations, backward=[]
    )
    y, slope = torch.empty_like(x), torch.empty_like(x)
    loop = loop_of(recording, VECTOR_TARGETS[instructions])
    loop(x.data_ptr(), y.data_ptr(), slope.data_ptr(), x.numel())
    return y
