"""Networks whose activation is compiled, in one call of machine code.

One network comes after the other, with no Python in between, and what one has fits into the
nearest memory of a processor. The products are those of NumPy's BLAS, as elsewhere in the lab.
"""

import ctypes
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from llvmlite import ir
from numpy.typing import NDArray
from torch import Tensor

from actmine.capability import VectorTarget, sgemm, vector_target
from actmine.lab.compiled import Compiled
from actmine.lab.layers import Layers, Parameters
from actmine.lab.machine_code import machine_code
from actmine.lab.routines import NUMBER, WORD, Memory, Routine, Value

# What stands in a layer's row of the table: sizes, addresses, and how many numbers lie between
# what it reads for one network and for the next.
_TOLD = (
    *("inputs", "outputs", "below", "apart", "weight", "bias", "slope_weight", "slope_bias"),
    *("x", "y", "slope", "slope_x", "loop"),
)
# What is given to a routine: how many there are of what, and addresses.
_GIVEN = (
    *("members", "replicates", "hidden", "inputs", "batch", "rows"),
    *("table", "x", "y", "picked", "some_x", "turned", "loss"),
)
_ROW_MAJOR, _AS_IT_IS, _TURNED = 101, 111, 112  # as CBLAS counts


@dataclass(frozen=True, kw_only=True)
class Routines:
    """Machine code for layers of all sizes; it takes what `_GIVEN` names.

    Attributes:
        predict: fills what each layer reads and writes, and predictions.
        differentiate: fills losses and slopes as well.
        engine: what holds both.
    """

    predict: Callable[..., None]
    differentiate: Callable[..., None]
    engine: Any


@cache
def routines(made_for: VectorTarget) -> Routines:
    """Compiles the routines."""
    module = ir.Module("fused")
    for name in ("predict", "differentiate"):
        code = _Code(Routine(module, name, count=len(_GIVEN)), made_for.lanes)
        with code.each(code.members) as member:
            code.predict(member)
            if name == "differentiate":
                code.differentiate(member)
        code.routine.finish()
    engine = machine_code(str(module), made_for)
    kind = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * len(_GIVEN))
    return Routines(
        predict=kind(engine.get_function_address("predict")),
        differentiate=kind(engine.get_function_address("differentiate")),
        engine=engine,
    )


def prepare() -> None:
    """Compiles them before children are forked, each of which would have to."""
    if made_for := vector_target():
        routines(made_for)


class Fused:
    """What `Layers` does, for all networks in one call; on the memory of these.

    Attributes:
        sizes, applied: see `Layers`.

    Args:
        sizes, applied: likewise.
        run: the machine code.
    """

    def __init__(
        self, sizes: Sequence[int], applied: Sequence[Compiled], run: Routines
    ) -> None:
        self.sizes, self.applied, self._run = sizes, applied, run
        self._members, self._batch, _ = applied[0].x.shape
        widest = max(sizes)
        self._predicted = torch.zeros(self._members, self._batch)
        self._some_x = torch.zeros(self._batch, sizes[0])
        self._turned = torch.zeros(widest, widest)
        self._in_order = torch.arange(self._batch)

    def predict(self, parameters: Parameters, x: Tensor) -> Tensor:
        """(member, row) predictions, until the next call, for x (member, row, in)."""
        table = self._table(parameters, parameters)
        self._run.predict(*self._given(table, x, x, self._in_order, self._predicted))
        return self._predicted

    def on_minibatches(
        self, parameters: Parameters, slopes: Parameters, x: Tensor, y: Tensor
    ) -> Callable[[Tensor], Tensor]:
        """What differentiates these networks on minibatches; see `Layers`."""
        table = self._table(parameters, slopes)

        def losses(picked: Tensor) -> Tensor:
            loss = torch.empty(self._members)
            self._run.differentiate(*self._given(table, x, y, picked, loss))
            return loss

        return losses

    def _given(
        self, table: NDArray[np.int64], x: Tensor, y: Tensor, picked: Tensor, loss: Tensor
    ) -> Sequence[int]:
        """What `_GIVEN` names."""
        tasks, _, inputs = x.shape
        rows = x.stride(0) // inputs  # of which x may be a part
        sizes = self._members, self._members // tasks, len(self.applied), inputs, self._batch
        memory = x, y, picked, self._some_x, self._turned, loss
        return *sizes, rows, table.ctypes.data, *(one.data_ptr() for one in memory)

    def _table(self, parameters: Parameters, slopes: Parameters) -> NDArray[np.int64]:
        """(layer, what `_TOLD` names)."""
        of_hidden = [(one.x, one.y, one.slope, one.slope_x) for one in self.applied]
        loops = [one.loop.address for one in self.applied]
        below, apart, rows = self._some_x, 0, []
        for inputs, outputs, weight, bias, slope_weight, slope_bias, memory, loop in zip(
            self.sizes[:-1],
            self.sizes[1:],
            parameters.weights,
            parameters.biases,
            slopes.weights,
            slopes.biases,
            [*of_hidden, (self._predicted,) * 4],
            [*loops, 0],
            strict=True,
        ):
            own = [one.data_ptr() for one in (weight, bias, slope_weight, slope_bias, *memory)]
            rows.append([inputs, outputs, below.data_ptr(), apart, *own, loop])
            _, below, *_ = memory
            apart = self._batch * outputs
        return np.array(rows, dtype=np.int64)


def fused(layers: Layers) -> Layers | Fused:
    """Layers that are computed in one call, where they can be; else as they are."""
    made_for = vector_target()
    applied = [one for one in layers.applied if isinstance(one, Compiled)]
    if made_for is None or len(applied) < len(layers.applied):
        return layers
    if any(size % made_for.lanes for size in layers.sizes[1:-1]):  # not in whole vectors
        return layers
    return Fused(layers.sizes, applied, routines(made_for))


@dataclass(frozen=True, kw_only=True)
class _Layer:
    """A layer of one network, in code."""

    inputs: Value
    outputs: Value
    loop: Value
    below: Memory
    weight: Memory
    bias: Memory
    slope_weight: Memory
    slope_bias: Memory
    x: Memory
    y: Memory
    slope: Memory
    slope_x: Memory


class _Code:
    """Writes what a routine does for a network.

    Args:
        routine: to write to.
        lanes: numbers of a vector.
    """

    def __init__(self, routine: Routine, lanes: int) -> None:
        self.routine, self.each, self._lanes = routine, routine.each, lanes
        words = dict(zip(_GIVEN, routine.given, strict=True))
        self.members, self._replicates = words["members"], words["replicates"]
        self._hidden, self._inputs = words["hidden"], words["inputs"]
        self._batch, self._rows = words["batch"], words["rows"]
        self._table, self._picked = (
            routine.memory(words[name], WORD) for name in ("table", "picked")
        )
        self._x, self._y, self._some_x, self._turned_weight, self._loss = (
            routine.memory(words[name], NUMBER)
            for name in ("x", "y", "some_x", "turned", "loss")
        )

    def predict(self, member: Value) -> None:
        """Fills every layer's x, y and slope; the last one's x are predictions."""
        self._pick(member)
        with self.each(self._hidden) as number:
            layer = self._layer(number, member)
            self._multiply(
                layer.below, layer.weight, layer.x, (self._batch, layer.inputs, layer.outputs)
            )
            with self._vectors(layer.outputs) as column:
                bias = (layer.bias + column).by(self._lanes)[0]
                x = (layer.x + column).by(self._lanes)
                with self.each(self._batch) as row:
                    at = row * layer.outputs
                    x[at] = x[at] + bias
            numbers = self._batch * layer.outputs
            self.routine.call(layer.loop, [layer.x, layer.y, layer.slope, numbers])
        last = self._layer(self._hidden, member)
        self._multiply(
            last.below, last.weight, last.x, (self._batch, last.inputs, last.outputs)
        )
        with self.each(self._batch) as row:
            last.x[row] = last.x[row] + last.bias[0]

    def differentiate(self, member: Value) -> None:
        """Fills the loss, and every slope, from predictions."""
        self._compare(member)
        with self.each(self._hidden) as done:
            layer, under = (self._layer(self._hidden - done - k, member) for k in (0, 1))
            self._to_weights(layer)
            self._turn(layer)
            shape = self._batch, layer.outputs, layer.inputs
            self._multiply(layer.slope_x, self._turned_weight, under.slope_x, shape)
            self._through(under)
        self._to_weights(self._layer(self.routine.whole(0), member))

    def _layer(self, number: Value, member: Value) -> _Layer:
        told = self._table + number * len(_TOLD)
        words = {name: told[index] for index, name in enumerate(_TOLD)}
        inputs, outputs = words["inputs"], words["outputs"]
        apart = {
            "below": words["apart"],
            **dict.fromkeys(("weight", "slope_weight"), inputs * outputs),
            **dict.fromkeys(("bias", "slope_bias"), outputs),
            **dict.fromkeys(("x", "y", "slope", "slope_x"), self._batch * outputs),
        }
        places = {
            name: self.routine.memory(words[name], NUMBER) + member * count
            for name, count in apart.items()
        }
        return _Layer(inputs=inputs, outputs=outputs, loop=words["loop"], **places)

    def _rows_of(self, member: Value) -> Memory:
        """The numbers of a network's rows."""
        return self._picked + member % self._replicates * self._batch

    def _first_row(self, member: Value) -> Value:
        """Of a network's task."""
        return member // self._replicates * self._rows

    def _pick(self, member: Value) -> None:
        """Copies a network's rows."""
        rows, x = self._rows_of(member), self._x + self._first_row(member) * self._inputs
        with self.each(self._batch) as row:
            source, target = rows[row] * self._inputs, row * self._inputs
            with self.each(self._inputs) as column:
                self._some_x[target + column] = x[source + column]

    def _compare(self, member: Value) -> None:
        """Turns predictions into slopes of the mean squared error, which is kept."""
        rows, y = self._rows_of(member), self._y + self._first_row(member)
        last, batch = self._layer(self._hidden, member), self._batch.as_number()
        loss, bias = self.routine.total(), self.routine.total()
        with self.each(self._batch) as row:
            error = last.x[row] - y[rows[row]]
            loss.add(error * error)
            last.slope_x[row] = error * 2.0 / batch
            bias.add(last.slope_x[row])
        self._loss[member] = loss[0] / batch
        last.slope_bias[0] = bias[0]

    def _to_weights(self, layer: _Layer) -> None:
        """Slopes of a layer's weights, from those of what they gave."""
        shape = layer.inputs, self._batch, layer.outputs
        self._multiply(layer.below, layer.slope_x, layer.slope_weight, shape, turned=True)

    def _turn(self, layer: _Layer) -> None:
        """Turns a layer's weights: BLAS takes longer for a product with a turned matrix."""
        lanes = self._lanes
        with self.each(layer.outputs // lanes) as block, self._vectors(layer.inputs) as row:
            weight = (layer.weight + row * layer.outputs + block * lanes).by(lanes)
            turned = (self._turned_weight + block * lanes * layer.inputs + row).by(lanes)
            vectors = [weight[layer.outputs * number] for number in range(lanes)]
            for number, vector in enumerate(self.routine.turned(vectors)):
                turned[layer.inputs * number] = vector
        with self.each(layer.outputs % lanes) as last:  # the one output of all
            turned = self._turned_weight + last * layer.inputs
            with self.each(layer.inputs) as row:
                turned[row] = layer.weight[row * layer.outputs + last]

    def _through(self, layer: _Layer) -> None:
        """Slopes of y become slopes of x, in the same memory, and of the bias."""
        with self._vectors(layer.outputs) as column:
            slope, slope_x, bias = (
                (one + column).by(self._lanes)
                for one in (layer.slope, layer.slope_x, layer.slope_bias)
            )
            total = self.routine.total(lanes=self._lanes)
            with self.each(self._batch) as row:
                at = row * layer.outputs
                slope_x[at] = slope_x[at] * slope[at]
                total.add(slope_x[at])
            bias[0] = total[0]

    def _vectors(self, numbers: Value) -> AbstractContextManager[Value]:
        """Where each vector of some numbers begins."""
        return self.each(numbers, step=self._lanes)

    def _multiply(
        self,
        a: Memory,
        b: Memory,
        out: Memory,
        shape: tuple[Value, Value, Value],
        *,
        turned: bool = False,
    ) -> None:
        """A product of two matrices.

        Args:
            shape: rows of `out`, what is summed over, and columns.
            turned: `a` stands there column by column.
        """
        products = sgemm()
        if products is None:
            raise LookupError("NumPy's products of matrices are not to be found")
        rows, inner, columns = shape
        integer = partial(self.routine.integer, bits=products.bits)
        order = _ROW_MAJOR, _TURNED if turned else _AS_IT_IS, _AS_IT_IS
        self.routine.call(
            self.routine.whole(products.address),
            [
                *(self.routine.integer(self.routine.whole(name), bits=32) for name in order),
                *(integer(rows), integer(columns), integer(inner)),
                *(self.routine.number(1.0), a, integer(rows if turned else inner)),
                *(b, integer(columns), self.routine.number(0.0), out, integer(columns)),
            ],
        )
