"""An activation as a list of operations on memory that is kept from step to step.

A function that torch can apply to all networks at once does the same operations whatever the
values are. They are recorded once, forward and backward, and then repeated without Python's
calls, autograd's graph and new memory, which cost a short function more than its arithmetic.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter, tree_map_only

from actmine.lab.kernels import Step, faster

_DEPENDS_ON_VALUES = {
    torch.Tag.data_dependent_output,
    torch.Tag.dynamic_output_shape,
    torch.Tag.nondeterministic_seeded,
}


_CALLED = 8  # times x: its own memory, and as much for what autograd keeps, which nobody counts


class CannotRecordError(Exception):
    """No list of operations stands for a function, whose calls depend on values as a rule."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One call of torch's, with the tensors that it was given and has made."""

    operator: Any
    args: tuple[Any, ...]
    options: dict[str, Any]
    result: Any

    @property
    def reads(self) -> set[int]:
        """The memory of what it was given."""
        return set(memory_of((self.args, self.options)))

    @property
    def makes(self) -> set[int]:
        """The memory of what it has made."""
        return set(memory_of(self.result))


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What torch does for a function and its slopes.

    Attributes:
        x, slope_y: what was read.
        y, slope_x: what came of it.
        forward, backward: the operations for each, in their order.
    """

    x: Tensor
    slope_y: Tensor
    y: Tensor
    slope_x: Tensor
    forward: list[Operation]
    backward: list[Operation]


def record(activation: Callable[[Tensor], Tensor], x: Tensor, slope_y: Tensor) -> Recording:
    """Applies a function, and differentiates it.

    Raises:
        CannotRecordError: its operations depend on values.
    """
    leaf = x.detach().requires_grad_()
    with torch.enable_grad():
        with Recorder() as forward:
            y = activation(leaf)
        root = given_slope(y, slope_y)
        with Recorder() as backward:
            (slope_x,) = torch.autograd.grad(root, leaf, materialize_grads=True)
    return Recording(
        x=x,
        slope_y=slope_y,
        y=y,
        slope_x=slope_x,
        forward=forward.operations,
        backward=backward.operations,
    )


class Recorded:
    """A function's operations on a layer's memory; see `layers.Applied`.

    Args:
        activation: over a leading member axis; does the same operations whatever the values.
        x, slope_y: (member, batch, width), the memory to read.

    Raises:
        CannotRecordError: it does others, or what cannot be repeated on kept memory.
    """

    def __init__(
        self, activation: Callable[[Tensor], Tensor], x: Tensor, slope_y: Tensor
    ) -> None:
        self.x, self.slope_y = x, slope_y
        made = record(activation, x, slope_y)
        plan = _Plan(
            made.forward + made.backward, given=(x, slope_y), wanted=(made.y, made.slope_x)
        )
        steps = plan.steps()
        ahead = len(made.forward)
        self._forward = [step for step in steps[:ahead] if step]
        self._backward = [step for step in steps[ahead:] if step]
        self.y, self.slope_x = plan.placed(made.y), plan.placed(made.slope_x)
        self.nbytes = plan.nbytes

    def forward(self) -> None:
        """Fills y."""
        for call, args, options in self._forward:
            call(*args, **options)

    def backward(self) -> None:
        """Fills slope_x."""
        for call, args, options in self._backward:
            call(*args, **options)


class Called:
    """A function that is called at every step, on a layer's memory; see `layers.Applied`."""

    def __init__(
        self, activation: Callable[[Tensor], Tensor], x: Tensor, slope_y: Tensor
    ) -> None:
        self._activation = activation
        self.x, self.slope_y = x, slope_y
        self.y, self.slope_x = torch.empty_like(x), torch.empty_like(x)
        self.nbytes = _CALLED * x.nbytes

    def forward(self) -> None:
        """Fills y."""
        self._leaf = self.x.clone().requires_grad_()
        with torch.enable_grad():
            self._active = self._activation(self._leaf)
        self.y.copy_(self._active.detach())

    def backward(self) -> None:
        """Fills slope_x."""
        with torch.enable_grad():
            root = given_slope(self._active, self.slope_y)
        (slope,) = torch.autograd.grad(root, self._leaf, materialize_grads=True)
        self.slope_x.copy_(slope)


def given_slope(y: Tensor, slope: Tensor) -> Tensor:
    """A number whose gradient is given: torch imports SymPy where it is handed one instead."""
    root: Tensor = _Slope.apply(y, slope)  # type: ignore[no-untyped-call]
    return root


class _Slope(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, y: Tensor, slope: Tensor) -> Tensor:
        ctx.slope = slope
        return y.new_zeros(())

    @staticmethod
    def backward(ctx: Any, *_: Tensor) -> tuple[Tensor, None]:
        return ctx.slope, None


def memory_of(nested: Any) -> Iterator[int]:
    """The memory behind every tensor in something."""
    for one in tree_iter(nested):
        if isinstance(one, Tensor):
            yield one.untyped_storage()._cdata


class Recorder(TorchDispatchMode):
    """Keeps what torch does, in order; with its tensors, so that no memory is used twice."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations: list[Operation] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # or torch imports its compiler

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if _DEPENDS_ON_VALUES.intersection(func.tags):
            raise CannotRecordError(str(func))
        options = kwargs or {}
        result = func(*args, **options)
        self.operations.append(
            Operation(operator=func, args=args, options=options, result=result)
        )
        return result


class _Plan:
    """Which of the recorded operations are repeated, and in which memory.

    What is needed no more gives its memory to what comes later, so that little of it is used
    and stays in cache.

    Args:
        given: tensors whose memory stays theirs, and whose values change.
        wanted: what is to be there at the end.
    """

    def __init__(
        self,
        operations: Sequence[Operation],
        *,
        given: Sequence[Tensor],
        wanted: Sequence[Tensor],
    ) -> None:
        self._operations = operations
        self._storages = {one.untyped_storage()._cdata: one.untyped_storage() for one in given}
        self._free: dict[int, list[Any]] = {}
        self._changing = self._find_changing(set(self._storages))
        self._last = self._find_last({*self._storages, *memory_of(wanted)})

    def _find_changing(self, changing: set[int]) -> set[int]:
        """Memory that does not hold the same at every step."""
        for operation in self._operations:
            if operation.operator._schema.is_mutable or operation.reads & changing:
                changing = changing | operation.makes
        return changing

    def _find_last(self, kept: set[int]) -> dict[int, int]:
        """The last operation that needs some memory; what has none is not needed at all."""
        last = dict.fromkeys(kept, len(self._operations))
        for number in reversed(range(len(self._operations))):
            operation = self._operations[number]
            if operation.makes & last.keys():
                for memory in operation.reads | operation.makes:
                    last.setdefault(memory, number)
        return last

    def steps(self) -> list[Step | None]:
        """What to call for each operation; none for one that needs no repeating."""
        steps = []
        for number, operation in enumerate(self._operations):
            steps.append(self._step(operation))
            for memory in operation.reads | operation.makes:
                if self._last.get(memory) == number and memory in self._storages:
                    storage = self._storages[memory]
                    self._free.setdefault(storage.nbytes(), []).append(storage)
        return steps

    def _step(self, operation: Operation) -> Step | None:
        operator = operation.operator
        if not operation.makes & self._last.keys() & self._changing:
            return None  # needed by nothing, or the same at every step
        args, options = self.placed(operation.args), self.placed(operation.options)
        if operator._schema.is_mutable:
            return operator, args, options
        if operation.makes <= operation.reads:
            return None  # another view
        out = self.placed(operation.result)
        if isinstance(out, Tensor) and (step := faster(operator, args, options, out)):
            return step
        if found := _intomemory_of(operator):
            overload, names = found
            given = zip(names, out if isinstance(out, tuple) else (out,), strict=True)
            return overload, args, {**options, **dict(given)}
        return _copy, (operator, args, options, out), {}

    @property
    def nbytes(self) -> int:
        """Of all memory that was given or is used so far."""
        used = {storage.data_ptr(): storage.nbytes() for storage in self._storages.values()}
        return sum(used.values())

    def placed(self, nested: Any) -> Any:
        """The same with each tensor on the memory that it has from now on."""
        return tree_map_only(Tensor, self._place, nested)

    def _place(self, tensor: Tensor) -> Tensor:
        if tensor.is_neg():
            raise CannotRecordError("an imaginary part that is negated when it is read")
        memory = tensor.untyped_storage()._cdata
        if memory not in self._changing:
            return tensor.detach()
        if memory not in self._storages:
            size = tensor.untyped_storage().nbytes()
            free = self._free.get(size)
            new = free.pop() if free else torch.UntypedStorage(size)
            self._storages[memory] = new
        place = tensor.storage_offset(), tensor.size(), tensor.stride()
        view = torch.empty(0, dtype=tensor.dtype).set_(self._storages[memory], *place)
        return view.conj() if tensor.is_conj() else view


def _intomemory_of(operator: Any) -> tuple[Any, list[str]] | None:
    """The form of an operator that writes into given memory, and what it calls that."""
    wanted = [(one.name, str(one.type)) for one in operator._schema.arguments]
    for name in operator.overloadpacket.overloads():
        overload = getattr(operator.overloadpacket, name)
        arguments = overload._schema.arguments
        outs = [one.name for one in arguments if one.is_out]
        if outs and wanted == [
            (one.name, str(one.type)) for one in arguments if not one.is_out
        ]:
            return overload, outs
    return None


def _copy(operator: Any, args: Any, options: Any, out: Any) -> None:
    """For an operator that has no such form."""
    made = operator(*args, **options)
    for ours, theirs in zip(tree_iter(out), tree_iter(made), strict=True):
        ours.copy_(theirs)
