"""Loops over numbers in a processor's vector instructions, compiled by LLVM while it runs.

Torch goes through memory once for each operation of a function. A loop that does all of them to
a few numbers at a time reads and writes each number once. Exponentials, sines and their like
are Sleef's, which torch brings along and uses itself.
"""

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numpy.typing import NDArray

from actmine.capability import VectorTarget, sleef
from actmine.lab.machine_code import machine_code

# How exact each of Sleef's functions is, in tenths of a last place: "u35" is 3.5 of them.
_SLEEF = {
    **dict.fromkeys(("sin", "cos", "tan", "asin", "acos", "atan", "atan2"), "u35"),
    **dict.fromkeys(("sinh", "cosh", "tanh", "log", "log2", "exp2"), "u35"),
    **dict.fromkeys(("exp", "log10", "pow"), "u10"),
    **dict.fromkeys(("acosh", "atanh", "erf"), "u10"),
    "erfc": "u15",
}
_LOOP = "loop"
_NUMBER, _COUNT, _POINTER = ir.FloatType(), ir.IntType(64), ir.PointerType()


class Mask:
    """Whether something holds, lane by lane."""

    def __init__(self, code: "Code", value: Any) -> None:
        self.code, self.value = code, value

    def __and__(self, other: "Mask") -> "Mask":
        return Mask(self.code, self.code.emit("and_", self.value, other.value))

    def __or__(self, other: "Mask") -> "Mask":
        return Mask(self.code, self.code.emit("or_", self.value, other.value))

    def __xor__(self, other: "Mask") -> "Mask":
        return Mask(self.code, self.code.emit("xor", self.value, other.value))

    def __invert__(self) -> "Mask":
        return Mask(self.code, self.code.emit("not_", self.value))

    def choose(self, yes: "Vector | float", no: "Vector | float") -> "Vector":
        """The one where it holds, the other where it does not."""
        values = (self.code.vector(one).value for one in (yes, no))
        return Vector(self.code, self.code.emit("select", self.value, *values))


class Vector:
    """Numbers, lane by lane; Python's operators work as on one number."""

    def __init__(self, code: "Code", value: Any) -> None:
        self.code, self.value = code, value

    def _with(self, name: str, a: "Vector | float", b: "Vector | float") -> "Vector":
        values = (self.code.vector(one).value for one in (a, b))
        return Vector(self.code, self.code.emit(name, *values))

    def __add__(self, other: "Vector | float") -> "Vector":
        return self._with("fadd", self, other)

    def __radd__(self, other: float) -> "Vector":
        return self._with("fadd", other, self)

    def __sub__(self, other: "Vector | float") -> "Vector":
        return self._with("fsub", self, other)

    def __rsub__(self, other: float) -> "Vector":
        return self._with("fsub", other, self)

    def __mul__(self, other: "Vector | float") -> "Vector":
        return self._with("fmul", self, other)

    def __rmul__(self, other: float) -> "Vector":
        return self._with("fmul", other, self)

    def __truediv__(self, other: "Vector | float") -> "Vector":
        return self._with("fdiv", self, other)

    def __rtruediv__(self, other: float) -> "Vector":
        return self._with("fdiv", other, self)

    def __neg__(self) -> "Vector":
        return Vector(self.code, self.code.emit("fneg", self.value))

    def _than(self, sign: str, other: "Vector | float") -> Mask:
        compare = "fcmp_unordered" if sign == "!=" else "fcmp_ordered"  # NaN differs from all
        value = self.code.emit(compare, self.value, self.code.vector(other).value, sign=sign)
        return Mask(self.code, value)

    def __lt__(self, other: "Vector | float") -> Mask:
        return self._than("<", other)

    def __le__(self, other: "Vector | float") -> Mask:
        return self._than("<=", other)

    def __gt__(self, other: "Vector | float") -> Mask:
        return self._than(">", other)

    def __ge__(self, other: "Vector | float") -> Mask:
        return self._than(">=", other)

    def equals(self, other: "Vector | float") -> Mask:
        """Where both are the same number."""
        return self._than("==", other)

    def differs(self, other: "Vector | float") -> Mask:
        """Where they are not, as NaN from itself."""
        return self._than("!=", other)

    def rounded(self, way: str) -> "Vector":
        """A whole number near it: "floor", "ceil", "trunc", or "rint" for the nearest."""
        return self.code.intrinsic(way, self)

    def sqrt(self) -> "Vector":
        """Its square root."""
        return self.code.intrinsic("sqrt", self)

    def __abs__(self) -> "Vector":
        return self.code.intrinsic("fabs", self)

    def of(self, name: str, *others: "Vector | float") -> "Vector":
        """One of Sleef's functions of it."""
        return self.code.call(name, self, *others)


class Code:
    """The code of one loop, which writes two numbers for each that it reads.

    The same operation on the same numbers is emitted once.

    Attributes:
        x: the vector that is read.

    Args:
        period: after so many numbers those of `places` are the same again.
    """

    def __init__(self, made_for: VectorTarget, *, period: int) -> None:
        self._target, self._period = made_for, period
        self._kind = ir.VectorType(_NUMBER, made_for.lanes)
        self._module = ir.Module(_LOOP)
        given = [_POINTER, _POINTER, _POINTER, _COUNT]
        function = ir.Function(self._module, ir.FunctionType(ir.VoidType(), given), _LOOP)
        self._read, self._first, self._second, self._count = function.args
        self._entry, self._body, self._end = (function.append_basic_block() for _ in range(3))
        self._builder = ir.IRBuilder(self._entry)
        self._builder.branch(self._body)
        self._builder.position_at_end(self._body)
        self._at, self._within = self._builder.phi(_COUNT), self._builder.phi(_COUNT)
        self._kept: list[NDArray[np.float32]] = []
        self._emitted: dict[Any, Any] = {}
        self.x = self._load(self._read, self._at)

    def _load(self, start: Any, at: Any) -> Vector:
        place = self._builder.gep(start, [at], source_etype=_NUMBER)
        return Vector(self, self._builder.load(place, typ=self._kind, align=4))

    def vector(self, number: Vector | float) -> Vector:
        """A number in every lane."""
        if isinstance(number, Vector):
            return number
        with np.errstate(all="ignore"):  # what is too large is infinite
            rounded = np.float32(number)
        key = rounded.tobytes()  # zero has two signs
        if key not in self._emitted:
            lanes = [float(rounded)] * self._target.lanes
            self._emitted[key] = ir.Constant(self._kind, lanes)
        return Vector(self, self._emitted[key])

    def places(self, numbers: NDArray[np.float32]) -> Vector:
        """Numbers that differ by place.

        Args:
            numbers: (period,); whole vectors of them.
        """
        if len(numbers) != self._period or self._period % self._target.lanes:
            raise ValueError(f"{len(numbers)} numbers, where vectors have {self._target.lanes}")
        self._kept.append(np.ascontiguousarray(numbers, dtype=np.float32))
        start = ir.Constant(_COUNT, self._kept[-1].ctypes.data).inttoptr(_POINTER)
        return self._load(start, self._within)

    def emit(self, name: str, *values: Any, sign: str = "") -> Any:
        """The result of one of LLVM's operations."""
        key = (name, sign, *map(id, values))
        if key not in self._emitted:
            given = (sign, *values) if sign else values
            self._emitted[key] = getattr(self._builder, name)(*given)
        return self._emitted[key]

    def intrinsic(self, name: str, one: Vector) -> Vector:
        """The result of one of LLVM's own functions."""
        return self._called(f"llvm.{name}.v{self._target.lanes}f32", one)

    def call(self, name: str, *given: Vector | float) -> Vector:
        """The result of one of Sleef's functions."""
        full = f"Sleef_{name}f{self._target.lanes}_{_SLEEF[name]}{self._target.sleef}"
        return self._called(full, *map(self.vector, given))

    def _called(self, name: str, *given: Vector) -> Vector:
        if name not in self._module.globals:
            kind = ir.FunctionType(self._kind, [self._kind] * len(given))
            ir.Function(self._module, kind, name)
        values = [one.value for one in given]
        key = (name, *map(id, values))
        if key not in self._emitted:
            self._emitted[key] = self._builder.call(self._module.globals[name], values)
        return Vector(self, self._emitted[key])

    def finish(self, first: Vector, second: Vector) -> "Loop":
        """The loop that writes these two; its last step does again what is left over."""
        builder, lanes = self._builder, ir.Constant(_COUNT, self._target.lanes)
        for start, vector in ((self._first, first), (self._second, second)):
            place = builder.gep(start, [self._at], source_etype=_NUMBER)
            builder.store(vector.value, place, align=4)
        after, last = builder.add(self._at, lanes), builder.sub(self._count, lanes)
        following = builder.select(builder.icmp_unsigned("<", after, last), after, last)
        within, zero = builder.add(self._within, lanes), ir.Constant(_COUNT, 0)
        again = builder.icmp_unsigned(">=", within, ir.Constant(_COUNT, self._period))
        for index, then in (
            (self._at, following),
            (self._within, builder.select(again, zero, within)),
        ):
            index.add_incoming(zero, self._entry)
            index.add_incoming(then, self._body)
        more = builder.icmp_unsigned("<", after, self._count)
        builder.cbranch(more, self._body, self._end)
        builder.position_at_end(self._end)
        builder.ret_void()
        return Loop(self._target, str(self._module), list(self._module.globals), self._kept)


class Loop:
    """Compiled code.

    Attributes:
        lanes: it needs so many numbers at least.
        address: where it stands.

    Args:
        text: the code, as LLVM's.
        names: of all that it calls, and its own.
        kept: numbers that it reads where they stand.
    """

    def __init__(
        self,
        made_for: VectorTarget,
        text: str,
        names: list[str],
        kept: list[NDArray[np.float32]],
    ) -> None:
        self._kept = kept
        self.lanes = made_for.lanes
        functions = {
            name: ctypes.cast(getattr(sleef(), name), ctypes.c_void_p).value or 0
            for name in names
            if name.startswith("Sleef")
        }
        self._engine = machine_code(text, made_for, calls=functions)
        self.address = self._engine.get_function_address(_LOOP)
        kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, ctypes.c_int64)
        self._call: Callable[..., None] = kind(self.address)

    def __call__(self, x: int, first: int, second: int, count: int) -> None:
        """Reads numbers and writes two for each.

        Args:
            x, first, second: where float32 numbers stand, one after the other.
            count: of them, at least `lanes`.
        """
        self._call(x, first, second, count)
