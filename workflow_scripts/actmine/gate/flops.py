"""Counts a candidate's forward operations per input element.

A dispatch mode sees every tensor operation that the function really performs, so a loop costs
as often as it turns; a trace sees every step of Python between them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from math import log2, prod
from operator import attrgetter, methodcaller
from types import FrameType
from typing import TYPE_CHECKING, Any

from actmine.functions.table import OPERATORS, Function

if TYPE_CHECKING:
    from torch import Tensor

COMPLEX = 4  # a complex element counts as four real ones, as a product needs [ours]
POWER = 16  # of any exponent [ours]
FFT_FACTOR = 5.0  # the customary 5·n·log2(n) of a complex radix-2 transform
LOG_GAMMA = 40  # of any that is a series [ours]
ZETA_TERMS = 9  # of its series at the least; below 0 it has one more each step down
DEVIATION = 4  # a value of a standard deviation or a variance
DEVIATION_OF = 16  # values: it takes as long as that of so many [ours]
# An operation on a few elements takes as long as half an addition over the whole input. What
# takes a part of that: a tensor of a list, a dimension, a number of a list, a step of Python's.
OPERATION = 0.5  # FLOPs per input element [ours]
PIECE, LISTED, STEP = 1 / 8, 1 / 32, 1 / 32  # operations [ours]

# Asked of each tensor without a frame of Python, which the trace of steps would visit.
_SIZE, _DIMENSIONS = methodcaller("numel"), attrgetter("ndim")
_IS_COMPLEX = methodcaller("is_complex")
_LISTS = (list, tuple)  # a union of types would be built anew at each look


class UnknownOperator(ValueError):  # noqa: N818 -- it is named by what it found
    """A candidate used an operation whose cost is not in the table."""


def count_flops(activation: Callable[[Any], Any], x: Tensor) -> float:
    """Forward FLOPs per input element, weighted by the table of functions. [ours]

    A function of many tiny operations costs what handing these out takes, see OPERATION.

    Args:
        activation: runs once, so only in the disposable child or on a trusted source.
        x: float32 (batch, width).

    Returns:
        FLOPs / (batch·width) for one call on `x`.

    Raises:
        UnknownOperator: an operation has no entry in the table.
    """
    import torch

    counter = _counter_type()()
    with torch.no_grad(), counter, counted_steps(activation) as steps:
        activation(x)
    total, operations = counter.total, counter.operations + STEP * steps[0]
    return float(max(total / x.numel(), OPERATION * operations))


@cache  # torch is imported where the first count is taken
def _counter_type() -> Any:
    from torch.utils._python_dispatch import TorchDispatchMode

    class Counter(TorchDispatchMode):
        """Adds up what the operations cost that run while it is entered.

        Attributes:
            total: FLOPs.
            operations: on a few elements, that handing them out takes as long as.
        """

        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call]
            self.total = self.operations = 0.0

        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            # No step of the source is taken in here, so the trace need not look at ours.
            trace = sys.gettrace()
            sys.settrace(None)
            try:
                return self._counted(func, args, kwargs or {})
            finally:
                sys.settrace(trace)

        def _counted(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            operator = _known(func)
            out = func(*args, **kwargs)
            cost, operations = _costs(operator, args, kwargs, out)
            self.total += cost
            self.operations += operations
            return out

        @classmethod
        def _should_skip_dynamo(cls) -> bool:
            # Else torch imports its compiler, a second of every gate's start-up, so as to keep
            # it from compiling this method, which nothing here asks it to.
            return False

    return Counter


@contextmanager
def counted_steps(function: Callable[..., Any]) -> Iterator[list[int]]:
    """In its one place, the instructions of Python that ran in the function's own source."""
    steps = [0]
    source = getattr(getattr(function, "__code__", None), "co_filename", None)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != source:
            return None
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        steps[0] += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield steps
    finally:
        sys.settrace(before)


@dataclass(frozen=True, kw_only=True)
class _Operator:
    """What is known of an operator before it runs.

    Attributes:
        name: under which the table holds it.
        row: of the table.
        defaults: its arguments in order.
    """

    name: str
    row: Function
    defaults: Mapping[str, Any]

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Its arguments by name."""
        return {**self.defaults, **dict(zip(self.defaults, args, strict=False)), **kwargs}


@cache
def _known(func: Any) -> _Operator:
    """One of torch's operators; an in-place form costs the same.

    Raises:
        UnknownOperator: the table does not hold it.
    """
    name = func._schema.name.removeprefix("aten::")
    defaults = {each.name: each.default_value for each in func._schema.arguments}
    for form in (name, name.removesuffix("_")):
        if form in OPERATORS:
            return _Operator(name=form, row=OPERATORS[form], defaults=defaults)
    raise UnknownOperator(
        f"the operation {name!r} has no entry in the table of functions, so it cannot be "
        "counted against the compute budget: express it by other operations"
    )


def _costs(
    operator: _Operator, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any
) -> tuple[float, float]:
    """FLOPs of one call, and as how many operations on a few elements it takes at the least.

    Args:
        args, kwargs: what it was given.
        out: what it returned.
    """
    parts = (*args, *kwargs.values())
    weight, given, made = operator.row.cost, tensors_in(parts), tensors_in((out,))
    if isinstance(weight, str):
        cost = RULES[weight](operator.bind(args, kwargs), out)
    elif operator.row.per_input:
        cost = float(weight * max(map(_SIZE, given), default=0))
    else:
        cost = float(weight * sum(map(_SIZE, made)))
    # The transform's own formula counts complex elements already.
    if weight != "transform" and any(map(_IS_COMPLEX, (*given, *made))):
        cost *= COMPLEX
    lists = [part for part in (*parts, out) if isinstance(part, _LISTS)]
    pieces = len(tensors_in(lists)) + max(map(_DIMENSIONS, made), default=0)
    listed = out.numel() if operator.name == "lift_fresh" else 0
    return cost, 1.0 + PIECE * pieces + LISTED * listed


def tensors_in(values: Iterable[Any]) -> list[Tensor]:
    """The tensors among `values`, also those inside lists and tuples."""
    import torch

    found = []
    for value in values:
        if isinstance(value, torch.Tensor):
            found.append(value)
        elif isinstance(value, _LISTS):
            found += tensors_in(value)
    return found


def _power(given: Mapping[str, Any], out: Any) -> float:
    """A whole exponent is a chain of products, a half is a root, anything else a power."""
    exponent = given["exponent"]
    if isinstance(exponent, int | float) and abs(exponent) in (0.5, 1, 2, 3, 4):
        products = {0.5: 4, 1: 1, 2: 1, 3: 2, 4: 2}[abs(exponent)]
        return float((products + (4 if exponent < 0 else 0)) * out.numel())
    return float(POWER * out.numel())


def _multivariate(given: Mapping[str, Any], out: Any) -> float:
    """A log-gamma for each of p dimensions."""
    return float(LOG_GAMMA * given["p"] * out.numel())


def _zeta(given: Mapping[str, Any], out: Any) -> float:
    """A power for each term of the series, down to where the terms start."""
    import torch

    if given.get("n", 1) < 1:  # of polygamma, whose slope is the next one
        return float(LOG_GAMMA * out.numel())
    start = torch.as_tensor(given.get("other", given["self"]), dtype=torch.float64)
    terms = ZETA_TERMS + start.neg().nan_to_num().clamp(0, 1e9)
    return float(LOG_GAMMA * out.numel() + POWER * terms.expand(out.shape).sum())


def _spread(given: Mapping[str, Any], out: Any) -> float:
    """A standard deviation has a start that is not short beside a few values."""
    first = tensors_in([out])[0]
    return float(DEVIATION * max(given["self"].numel(), DEVIATION_OF * first.numel()))


def _sort(given: Mapping[str, Any], _: Any) -> float:
    """n·log2(n) comparisons for each sorted run of n; without a dim the run is everything."""
    source, dim = given["self"], given.get("dim")
    length = source.numel() if dim is None or source.ndim == 0 else source.shape[dim]
    return float(source.numel() * max(log2(max(2, length)), 8 / max(1, length)))


def _product(given: Mapping[str, Any], out: Any) -> float:
    """2·m·n·k of a matrix product, and one for each element that is added to it."""
    left = next(name for name in ("batch1", "mat1", "mat", "self") if name in given)
    added = out.numel() if left != "self" else 0  # addmm and the like
    return float(2 * out.numel() * given[left].shape[-1] + added)


def _convolution(given: Mapping[str, Any], out: Any) -> float:
    """2 per output element and weight that it meets; weight is (out, in/groups, kernel…)."""
    return float(2 * out.numel() * prod(given["weight"].shape[1:]))


def _pool(given: Mapping[str, Any], out: Any) -> float:
    """1 per output element and window element."""
    values = out[0] if isinstance(out, tuple) else out
    dims = 3 if values.ndim == 5 else 2
    kernel = list(given["kernel_size"])
    return float(values.numel() * (prod(kernel) if len(kernel) > 1 else kernel[0] ** dims))


def _transform(given: Mapping[str, Any], out: Any) -> float:
    """5·N·log2(n) for N complex elements in runs of n; half of it if one side is real."""
    real = [side for side in (given["self"], out) if not side.is_complex()]
    side, share = (real[0], 0.5) if real else (out, 1.0)
    length = prod(side.shape[dim] for dim in given["dim"])
    return float(share * FFT_FACTOR * side.numel() * log2(max(2, length)))


# What costs more than a weight: arguments by name, and the output, to FLOPs.
RULES: dict[str, Callable[[Mapping[str, Any], Any], float]] = {
    "power": _power,
    "multivariate": _multivariate,
    "zeta": _zeta,
    "spread": _spread,
    "sort": _sort,
    "product": _product,
    "convolution": _convolution,
    "pool": _pool,
    "transform": _transform,
}
