"""Functions that loop over numbers in memory, written in Python and compiled by LLVM."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

WORD, NUMBER, NOTHING = ir.IntType(64), ir.FloatType(), ir.VoidType()
_POINTER, _LANE = ir.PointerType(), ir.IntType(32)
_BYTES = {WORD: 8, NUMBER: 4}


class Value:
    """A whole number, a float32 number or a vector of these; Python's operators work on it."""

    def __init__(self, routine: "Routine", value: Any) -> None:
        self.routine, self.value = routine, value

    def _with(self, whole: str, real: str, other: "Value | float") -> "Value":
        routine = self.routine
        operands = (self.value, routine.value(other, like=self).value)
        name = whole if self.value.type == WORD else real
        return Value(routine, getattr(routine.builder, name)(*operands))

    def __add__(self, other: "Value | float") -> "Value":
        return self._with("add", "fadd", other)

    def __sub__(self, other: "Value | float") -> "Value":
        return self._with("sub", "fsub", other)

    def __mul__(self, other: "Value | float") -> "Value":
        return self._with("mul", "fmul", other)

    def __floordiv__(self, other: "Value | int") -> "Value":
        return self._with("sdiv", "", other)

    def __mod__(self, other: "Value | int") -> "Value":
        return self._with("srem", "", other)

    def __truediv__(self, other: "Value | float") -> "Value":
        return self._with("", "fdiv", other)

    def as_number(self) -> "Value":
        """A whole number as a float32 one."""
        return Value(self.routine, self.routine.builder.sitofp(self.value, NUMBER))


class Memory:
    """Numbers that stand one after the other.

    Args:
        start: where the first stands.
        kind: `WORD` or `NUMBER`.
        lanes: how many are read and written at once, as a vector; one by itself.
    """

    def __init__(self, routine: "Routine", start: Any, kind: Any, *, lanes: int = 1) -> None:
        self.routine, self.start, self.kind, self.lanes = routine, start, kind, lanes

    def __add__(self, count: Value | int) -> "Memory":
        """The same but for the first so many numbers."""
        return Memory(self.routine, self._place(count), self.kind, lanes=self.lanes)

    def __getitem__(self, index: Value | int) -> Value:
        kind = self.kind if self.lanes == 1 else ir.VectorType(self.kind, self.lanes)
        builder, align = self.routine.builder, _BYTES[self.kind]
        return Value(self.routine, builder.load(self._place(index), typ=kind, align=align))

    def __setitem__(self, index: Value | int, value: Value) -> None:
        builder, align = self.routine.builder, _BYTES[self.kind]
        builder.store(value.value, self._place(index), align=align)

    def add(self, value: Value) -> None:
        """Adds to the first number, or vector."""
        self[0] = self[0] + value

    def by(self, lanes: int) -> "Memory":
        """The same memory, so many numbers at once; an index still counts single ones."""
        return Memory(self.routine, self.start, self.kind, lanes=lanes)

    def _place(self, index: Value | int) -> Any:
        count = self.routine.whole(index).value
        return self.routine.builder.gep(self.start, [count], source_etype=self.kind)


class Routine:
    """A function under construction, to which whole numbers are given.

    Attributes:
        given: these numbers.

    Args:
        count: of them.
    """

    def __init__(self, module: ir.Module, name: str, *, count: int) -> None:
        kind = ir.FunctionType(NOTHING, [WORD] * count)
        self._function = ir.Function(module, kind, name)
        self.builder = ir.IRBuilder(self._function.append_basic_block())
        self.given = [Value(self, one) for one in self._function.args]

    def whole(self, number: Value | int) -> Value:
        """A whole number."""
        return number if isinstance(number, Value) else Value(self, ir.Constant(WORD, number))

    def turned(self, rows: Sequence[Value]) -> list[Value]:
        """As many vectors as they have lanes, with rows and columns exchanged."""
        for bit in (1 << k for k in range(len(rows).bit_length() - 1)):
            # Lanes and rows change places whose numbers differ in this one bit.
            pairs = {
                row: (rows[row], rows[row | bit]) for row in range(len(rows)) if not row & bit
            }
            lanes = range(len(rows))
            firsts = [lane if not lane & bit else lane - bit + len(rows) for lane in lanes]
            seconds = [lane + bit if not lane & bit else lane + len(rows) for lane in lanes]
            exchanged = dict[int, Value]()
            for row, pair in pairs.items():
                exchanged[row] = self._picked(*pair, firsts)
                exchanged[row | bit] = self._picked(*pair, seconds)
            rows = [exchanged[row] for row in lanes]
        return list(rows)

    def _picked(self, one: Value, other: Value, lanes: Sequence[int]) -> Value:
        """A vector of lanes of two, counted one after the other."""
        order = ir.Constant(ir.VectorType(_LANE, len(lanes)), list(lanes))
        return Value(self, self.builder.shuffle_vector(one.value, other.value, order))

    def number(self, number: float) -> Value:
        """A float32 number."""
        return Value(self, ir.Constant(NUMBER, number))

    def integer(self, number: Value, *, bits: int) -> Value:
        """A whole number, as functions take it that were compiled elsewhere."""
        kind = ir.IntType(bits)
        return number if kind == WORD else Value(self, self.builder.trunc(number.value, kind))

    def value(self, given: Value | float, *, like: Value) -> Value:
        """What may be combined with another value: in every lane, where that is a vector."""
        kind = like.value.type
        if not isinstance(given, Value):
            given = Value(self, ir.Constant(getattr(kind, "element", kind), given))
        if isinstance(kind, ir.VectorType) and given.value.type == kind.element:
            return self._in_every_lane(given, kind)
        return given

    def _in_every_lane(self, one: Value, kind: Any) -> Value:
        nothing, lanes = ir.Constant(kind, ir.Undefined), ir.VectorType(_LANE, kind.count)
        first = self.builder.insert_element(nothing, one.value, ir.Constant(_LANE, 0))
        order = ir.Constant(lanes, [0] * kind.count)
        return Value(self, self.builder.shuffle_vector(first, nothing, order))

    def memory(self, address: Value, kind: Any) -> Memory:
        """The memory at an address."""
        return Memory(self, self.builder.inttoptr(address.value, _POINTER), kind)

    def total(self, *, lanes: int = 1) -> Memory:
        """Memory for a number or a vector, which is zero now."""
        kind = NUMBER if lanes == 1 else ir.VectorType(NUMBER, lanes)
        with self.builder.goto_entry_block():  # once a call, not once a loop's turn
            place = self.builder.alloca(kind)
        memory = Memory(self, place, NUMBER, lanes=lanes)
        memory[0] = Value(self, ir.Constant(kind, 0.0 if lanes == 1 else [0.0] * lanes))
        return memory

    @contextmanager
    def each(self, count: Value, *, step: int = 1) -> Iterator[Value]:
        """Repeats what is built meanwhile, with an index that counts from 0 up to a count."""
        builder, before, zero = self.builder, self.builder.block, self.whole(0).value
        body, after = (self._function.append_basic_block() for _ in range(2))
        builder.cbranch(builder.icmp_signed("<", zero, count.value), body, after)
        builder.position_at_end(body)
        index = builder.phi(WORD)
        index.add_incoming(zero, before)
        yield Value(self, index)
        following = builder.add(index, self.whole(step).value)
        index.add_incoming(following, builder.block)
        builder.cbranch(builder.icmp_signed("<", following, count.value), body, after)
        builder.position_at_end(after)

    def call(self, address: Value, given: Sequence[Memory | Value]) -> None:
        """Calls the function that stands at an address."""
        arguments = [one.start if isinstance(one, Memory) else one.value for one in given]
        kind = ir.FunctionType(NOTHING, [one.type for one in arguments])
        function = self.builder.inttoptr(address.value, kind.as_pointer())
        self.builder.call(function, arguments)

    def finish(self) -> None:
        """Ends it."""
        self.builder.ret_void()
