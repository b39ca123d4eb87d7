"""A pointwise activation as one compiled loop, which gives values and slopes together."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils._pytree import tree_map_only

from actmine.capability import VectorTarget, vector_target
from actmine.lab.formulas import FORMULAS, LOGIC
from actmine.lab.layers import CPU, Applied, Apply
from actmine.lab.operations import Operation, Recording, memory_of, record
from actmine.lab.vectors import Code, Loop, Mask, Vector


class CannotCompileError(Exception):
    """No loop stands for a function."""


class Compiled:
    """A pointwise function on a layer's memory; see `layers.Applied`.

    Attributes:
        loop: writes its values and its slopes.
        slope: of y with respect to x, since the last forward.

    Args:
        loop: likewise.
        x, slope_y: (member, batch, width), the memory to read.
    """

    def __init__(self, loop: Loop, x: Tensor, slope_y: Tensor) -> None:
        self.loop, self.x, self.slope_y = loop, x, slope_y
        self.y, self.slope = torch.empty_like(x), torch.empty_like(x)
        self.slope_x = slope_y  # in the same memory, which nobody reads before
        self.nbytes = 4 * x.nbytes
        places = (one.data_ptr() for one in (x, self.y, self.slope))
        self._given = (*places, x.numel())
        self._slopes = slope_y.numpy(), self.slope.numpy()

    def forward(self) -> None:
        """Fills y, and the slopes at x."""
        self.loop(*self._given)

    def backward(self) -> None:
        """Turns slope_y into slope_x."""
        slope, of_function = self._slopes
        np.multiply(slope, of_function, slope)


def compiled(activation: Callable[[Tensor], Tensor]) -> Apply:
    """Puts a function to work, compiled once for each shape that one network has.

    Args:
        activation: maps (batch, width) to the same shape.

    Returns:
        What raises `CannotCompileError` or `CannotRecordError` where there is no such loop.
    """

    @cache
    def loop_for(batch: int, width: int) -> Loop:
        if (made_for := vector_target()) is None:
            raise CannotCompileError("nothing is compiled on this machine")
        zeros = torch.zeros(batch, width)
        return loop_of(record(activation, zeros, torch.ones_like(zeros)), made_for)

    def apply(x: Tensor, slope_y: Tensor) -> Applied:
        if x.device != CPU:
            raise CannotCompileError("loops are for processors")
        loop = loop_for(*x.shape[1:])
        if x.numel() < loop.lanes:
            raise CannotCompileError("less than one vector")
        return Compiled(loop, x, slope_y)

    return apply


def loop_of(recording: Recording, made_for: VectorTarget) -> Loop:
    """The loop of recorded operations, all of which are elementwise.

    Raises:
        CannotCompileError: not all are, or no formula stands for one.
    """
    code = Code(made_for, period=recording.x.numel())
    values = _Values(code, recording)
    for operation in _needed(recording):
        values.take(operation)
    return code.finish(values.vector(recording.y), values.vector(recording.slope_x))


def _needed(recording: Recording) -> Sequence[Operation]:
    """The operations on which the results depend."""
    wanted = set(memory_of((recording.y, recording.slope_x)))
    kept = []
    for operation in reversed([*recording.forward, *recording.backward]):
        if operation.makes & wanted:
            wanted |= operation.reads
            kept.append(operation)
    return kept[::-1]


def _listed(one: Any) -> Sequence[Any]:
    return one if isinstance(one, tuple) else (one,)


class _Values:
    """What stands in each memory, by what the recorded operations did so far."""

    def __init__(self, code: Code, recording: Recording) -> None:
        self._code, self._like = code, recording.x
        self._shape = recording.y.shape  # of what the operation at hand gives
        self._known: dict[int, Any] = {}
        self._keep(recording.x, code.x)
        # Slopes are linear in what they are given: the one for 1 is a factor for all.
        self._keep(recording.slope_y, code.vector(1))

    def vector(self, tensor: Tensor) -> Vector:
        """A tensor of numbers."""
        value = self._read(tensor)
        return value.choose(1, 0) if isinstance(value, Mask) else self._code.vector(value)

    def take(self, operation: Operation) -> None:
        """Follows one operation.

        Raises:
            CannotCompileError: it is not elementwise, or no formula stands for it.
        """
        if not operation.reads & self._known.keys():
            return  # the same at every step
        if operation.makes <= operation.reads and not operation.operator._schema.is_mutable:
            return  # another view
        results = _listed(operation.result)
        self._shape = results[0].shape
        for tensor, value in zip(results, _listed(self._made(operation)), strict=True):
            self._keep(tensor, value)

    def _made(self, operation: Operation) -> Any:
        packet = operation.operator.overloadpacket.__name__
        if (name := packet) not in FORMULAS:
            name = packet.rstrip("_")  # in place, it means the same
        formula = FORMULAS.get(name) or LOGIC.get(name)
        if formula is None:
            raise CannotCompileError(f"no formula for {packet}")
        changes = operation.operator._schema.is_mutable
        if changes and not self._known.keys() & set(memory_of(operation.args[0])):
            raise CannotCompileError("constants into which numbers are written")
        read = self._read if name in LOGIC else self.vector
        args, options = tree_map_only(Tensor, read, (operation.args, operation.options))
        try:
            return formula(*args, **options)
        except (TypeError, AttributeError) as error:  # another form of the operator
            raise CannotCompileError(f"{packet}: {error}") from None

    def _keep(self, tensor: Tensor, value: Vector | Mask) -> None:
        wanted = Mask if tensor.dtype == torch.bool else Vector
        if not self._is_whole(tensor) or not isinstance(value, wanted):
            raise CannotCompileError("a result of another kind")
        (memory,) = memory_of(tensor)
        self._known[memory] = value

    def _read(self, tensor: Tensor) -> Any:
        (memory,) = memory_of(tensor)
        if memory not in self._known:
            return self._constant(tensor)
        if not self._is_whole(tensor):
            raise CannotCompileError("some of the numbers, or in another order")
        return self._known[memory]

    def _is_whole(self, tensor: Tensor) -> bool:
        """Whether it has every number, in its place."""
        return (
            tensor.dtype in (torch.float32, torch.bool)
            and tensor.numel() == self._like.numel()
            and tensor.is_contiguous()
            and tensor.untyped_storage().nbytes() == tensor.nbytes
        )

    def _constant(self, tensor: Tensor) -> Any:
        """A tensor that is the same at every step."""
        numbers = tensor.flatten()
        if tensor.is_complex() or not len(numbers):
            raise CannotCompileError("constants that are no numbers")
        if torch.equal(numbers, numbers[:1].expand_as(numbers)):
            value = self._code.vector(float(numbers[0]))
        else:
            try:
                value = self._code.places(tensor.float().expand(self._shape).numpy().ravel())
            except (RuntimeError, ValueError):
                raise CannotCompileError("constants of another shape") from None
        return value.differs(0) if tensor.dtype == torch.bool else value
