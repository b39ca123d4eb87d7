"""A function as a list of torch's operations, which a process without foreign code can run.

`tracing` writes the list, in a locked child. What it says is data: names of the gate's own
table, numbers, and the numbers of earlier results. Only these functions are ever executed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from actmine.gate.flops import tensors_in
from actmine.gate.library import DTYPES, EINSUM, KEYWORDS, STRINGS
from actmine.lab.vocabulary import by_name

MOST_OPERATIONS = 4096  # of a list [ours]
MOST_CONSTANTS = 4096  # numbers of a tensor that stands in a list [ours]
GROWTH = 256  # values of a result for each value of the input, at the most [ours]
MOST_VALUES = 4096  # of all results together, likewise [ours]
MOST_PARTS = 4096  # tensors that one operation gives, or takes apart [ours]
_DEEP = 8  # lists within lists
_WIDE = 1 << 31  # no size, index or exponent is larger
# Of these an argument multiplies what is needed on the way, which no result shows.
_HUNGRY = re.compile(r".*\.(mvlgamma|multigammaln|local_response_norm)")
_MOST_HUNGRY = 256
_PARTING = re.compile(r".*\.(unbind|split|chunk|tensor_split)")

Values = Mapping[int, Tensor]
Read = Callable[[Values], Any]  # what something is, once the values before it are known


class TraceError(ValueError):
    """A list of operations that is none, or that asks for what is not offered."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One call.

    Attributes:
        name: of the function, see `vocabulary`.
        args, options: as they were written down; `_Arguments` reads them.
        results: how many tensors it gives.
    """

    name: str
    args: tuple[Any, ...]
    options: Mapping[str, Any]
    results: int


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A function for inputs of one shape.

    Value 0 is the input; the results of all operations follow in their order.

    Attributes:
        shape: (batch, width) of the input.
        operations: in their order.
        output: the number of the value that is returned.
    """

    shape: tuple[int, int]
    operations: tuple[Operation, ...]
    output: int

    @classmethod
    def read(cls, written: Any) -> "Trace":
        """A list that came from a child, to be distrusted.

        Raises:
            TraceError: it is not one.
        """
        try:
            rows, width = map(_count, written["shape"])
            operations = tuple(_operation(*row) for row in written["operations"])
            output = _count(written["output"])
        except (TypeError, KeyError, ValueError) as error:
            raise TraceError(f"no list of operations: {error}") from None
        if len(operations) > MOST_OPERATIONS:
            raise TraceError(f"{len(operations)} operations, more than {MOST_OPERATIONS}")
        return cls(shape=(rows, width), operations=operations, output=output)


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < _WIDE:
        raise TraceError(f"{value!r:.40} is no count")
    return value


def _operation(name: Any, args: Any, options: Any, results: Any) -> Operation:
    if name not in by_name():
        raise TraceError(f"the operation {name!r:.60} is not offered")
    if not isinstance(args, list) or not isinstance(options, dict):
        raise TraceError(f"{name}: arguments are a list, and options have names")
    if unknown := options.keys() - KEYWORDS:
        raise TraceError(f"{name}: the option {min(unknown)!r:.40} is not offered")
    if _count(results) > MOST_PARTS:
        raise TraceError(f"{name}: {results} results, more than {MOST_PARTS}")
    given = [*args, *options.values()]
    if _HUNGRY.fullmatch(name) and any(
        isinstance(one, int | float) and one > _MOST_HUNGRY for one in given
    ):
        raise TraceError(f"{name}: an argument above {_MOST_HUNGRY}")
    return Operation(name=name, args=tuple(args), options=options, results=results)


class Traced:
    """The function of a list of operations: maps (batch, width) to the same shape.

    What depends on no input is computed once. Under `torch.func.vmap` it works on each network
    of a stack, like the source that it was written down from.

    Args:
        trace: the list.
        device: on which it is called.

    Raises:
        TraceError: an operation has an argument that is not offered.
    """

    def __init__(self, trace: Trace, *, device: torch.device) -> None:
        self._trace, self._device = trace, device
        self._constants: dict[int, Tensor] = {}
        self._steps: list[tuple[Read, int, int]] = []
        self._values = 0  # of all results so far
        self._plan()

    def __call__(self, x: Tensor) -> Tensor:
        """The function's value.

        Raises:
            TraceError: another shape, or a result that is not what was written down.
        """
        if tuple(x.shape) != self._trace.shape:
            raise TraceError(f"inputs of {tuple(x.shape)}, by a list for {self._trace.shape}")
        values, before = {0: x, **self._constants}, self._values
        with self._device:  # what makes tensors of numbers makes them there
            for call, first, count in self._steps:
                values.update(enumerate(self._made(call, values, count), start=first))
        self._values = before
        y = values[self._trace.output]
        if y.shape != x.shape or y.dtype != x.dtype:
            raise TraceError(f"an output of {tuple(y.shape)}, {y.dtype}")
        return y

    def _plan(self) -> None:
        """Reads all arguments, and computes what is the same for every input."""
        number = 1
        for operation in self._trace.operations:
            arguments = _Arguments(operation, before=number, device=self._device)
            if arguments.values <= self._constants.keys():
                with self._device, torch.no_grad():
                    made = self._made(arguments.call, self._constants, operation.results)
                self._constants.update(enumerate(made, start=number))
            else:
                self._steps.append((arguments.call, number, operation.results))
            number += operation.results
        if self._trace.output >= number:
            raise TraceError(f"value {self._trace.output} is returned, and there is none")

    def _made(self, call: Read, values: Values, count: int) -> list[Tensor]:
        made = tensors_in([call(values)])
        if len(made) != count:
            raise TraceError(f"{len(made)} results, where {count} were written down")
        rows, width = self._trace.shape
        if any(one.numel() > GROWTH * rows * width for one in made):
            raise TraceError(f"a result of more than {GROWTH} values for each of the input's")
        self._values += sum(one.numel() for one in made)
        if self._values > MOST_VALUES * rows * width:
            raise TraceError(f"more than {MOST_VALUES} values for each of the input's")
        return made


def read_functions(
    written: Any, shapes: Sequence[Sequence[int]], *, device: torch.device
) -> Callable[[Tensor], Tensor]:
    """The function of several lists, one for each shape, all of them to be distrusted.

    Each is gone through on tensors without values first, so that nothing that grows beyond
    bounds ever asks for memory.

    Args:
        shapes: those that were asked for, in their order.

    Raises:
        TraceError: one of them is none, or cannot be gone through.
    """
    if not isinstance(written, list):
        raise TraceError("lists of operations are a list")
    functions: dict[tuple[int, ...], Traced] = {}
    traces = [Trace.read(one) for one in written]
    if [trace.shape for trace in traces] != [tuple(shape) for shape in shapes]:
        raise TraceError("the lists are for other shapes than were asked for")
    for trace in traces:
        _require_bounded(trace)
        functions[trace.shape] = Traced(trace, device=device)

    def function(x: Tensor) -> Tensor:
        found = functions.get(tuple(x.shape))
        if found is None:
            raise TraceError(f"no list of operations is for inputs of {tuple(x.shape)}")
        return found(x)

    return function


def _require_bounded(trace: Trace) -> None:
    without_values = torch.device("meta")
    try:
        x = torch.empty(2, *trace.shape, device=without_values)
        torch.func.vmap(Traced(trace, device=without_values))(x)
    except (TraceError, MemoryError):
        raise
    except Exception as error:  # whatever torch says to arguments that do not fit
        first, *_ = str(error).splitlines() or [""]
        raise TraceError(f"it cannot be gone through without values: {first:.200}") from None


class _Arguments:
    """What an operation is called with.

    Attributes:
        values: the numbers of those that it reads.

    Args:
        before: how many values there are before it.
        device: on which constants are put.

    Raises:
        TraceError: an argument is nothing that is offered.
    """

    def __init__(self, operation: Operation, *, before: int, device: torch.device) -> None:
        self.values: set[int] = set()
        self._before, self._device = before, device
        self._function = by_name()[operation.name]
        self._parts = bool(_PARTING.fullmatch(operation.name))
        first, rest = operation.args[:1], operation.args[1:]
        read_first = _equation if operation.name == "torch.einsum" else self._read
        self._args = [*map(read_first, first), *map(self._read, rest)]
        self._options = {key: self._read(one, key) for key, one in operation.options.items()}

    def call(self, values: Values) -> Any:
        """What the operation gives."""
        args = [read(values) for read in self._args]
        options = {key: read(values) for key, read in self._options.items()}
        if self._parts and max(max(one.shape, default=0) for one in tensors_in(args)) > (
            MOST_PARTS
        ):
            raise TraceError(f"more than {MOST_PARTS} parts")
        return self._function(*args, **options)

    def _read(self, written: Any, key: str = "", deep: int = 0) -> Read:
        if deep > _DEEP:
            raise TraceError("an argument is nested too deeply")
        inner = partial(self._read, deep=deep + 1)
        match written:
            case list():
                items = [inner(one) for one in written]
                return lambda values: [read(values) for read in items]
            case {"tuple": list(listed), **rest} if not rest:
                parts = [inner(one) for one in listed]
                return lambda values: tuple(read(values) for read in parts)
            case {"slice": [start, stop, step], **rest} if not rest:
                ends = [inner(one) for one in (start, stop, step)]
                return lambda values: slice(*(read(values) for read in ends))
            case {"value": int(number), **rest} if not rest and 0 <= number < self._before:
                self.values.add(number)
                return lambda values: values[number]
            case str() if written in STRINGS.get(key, ()):
                return lambda _: written
        constant = _constant(written, self._device)
        return lambda _: constant


def _constant(written: Any, device: torch.device) -> Any:
    """What stands for itself, or in JSON has no form of its own."""
    match written:
        case None | bool() | float():
            return written
        case int() if abs(written) < _WIDE:
            return written
        case "fro":  # how torch names the usual norm, where a source names none
            return written
        case "inf" | "-inf" | {"float": "nan" | "inf" | "-inf"}:
            return float(written if isinstance(written, str) else written["float"])
        case {"tensor": list(numbers), "shape": list(shape), "dtype": str(name)}:
            if name in DTYPES and len(numbers) <= MOST_CONSTANTS:
                return _tensor(numbers, shape, name, device)
        case {"complex": [float(real), float(imaginary)]}:
            if isfinite(real) and isfinite(imaginary):
                return complex(real, imaginary)
        case {"dtype": str(name)} if name in DTYPES:
            return getattr(torch, name)
        case {"device": None}:
            return device
        case {"ellipsis": None}:
            return Ellipsis
    raise TraceError(f"the argument {written!r:.60} is not offered")


def _tensor(numbers: list[Any], shape: list[Any], name: str, device: torch.device) -> Tensor:
    try:
        values = [float(one) if isinstance(one, str) else one for one in numbers]
        flat = torch.tensor(values, dtype=getattr(torch, name), device=device)
        return flat.reshape([_count(size) for size in shape])
    except (TypeError, ValueError, RuntimeError) as error:
        raise TraceError(f"no tensor: {error}") from None


def _equation(text: Any) -> Read:
    if not isinstance(text, str) or not re.fullmatch(EINSUM, text):
        raise TraceError(f"einsum of {text!r:.40} is not offered")
    return lambda _: text
