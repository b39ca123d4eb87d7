"""The one table of torch's functions: what a source may call them, their costs and meaning.

Costs are [ours]: FLOPs per element in units of one addition, rounded to what a vector unit
spends on a float32. They rank functions; they do not predict seconds. Arithmetic, comparison
and selection cost 1, and so do views, copies and constants: free ones would hide a thousand
reshapes. Division and root cost 4; one polynomial with a range reduction 8, as in exp, log
and sin; with a division around it 12; two polynomials and an exponential 16, as in erf and a
general power; series and recurrences 32 and more. gate/flops.py adds what many tiny operations
take.
"""

import ast
import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

Range = tuple[float, float]
T = TypeVar("T")

ANYTHING: Range = (-math.inf, math.inf)
_ROOTS = {"special": "torch.special", "fft": "torch.fft", "linalg": "torch.linalg"}


@dataclass(frozen=True, kw_only=True)
class Function:
    """A row of the table.

    Attributes:
        name: the canonical one; `names` of the row's other columns may be several that have
            all of them in common.
        spelled: what a source may call it, in full; `x.` before the methods of a tensor. In
            the table a bare root stands for the root and the name.
        cost: a weight, or a rule in gate/flops.py for what depends on the arguments; 0 where
            torch makes it of other operators, whose costs are counted.
        per_input: the weight is of each element of the largest input, not of the output.
        operators: those of torch's dispatcher that cost so.
        traits: `odd` or `even`; `increasing` or `decreasing` where it is defined; a `bowl`
            grows with |x|; one that `dips` falls below zero once, to the least of its range;
            `explodes` exponentially; has a `pole` at 0; `keeps_positive` is x above zero;
            `moves` values, keeps the `same` shape, or `reduces`, perhaps to a value `within`
            the others; reads the `shape_only`.
        range: its least and largest value.
        domain: an open interval, outside of which a value or a gradient is missing.
        arguments: of a function that works element by element; the first is x, or a mask.
        defaults: of the last of them.
        latex: the name that a formula shows; without it the meaning stands there.
        meaning: SymPy's function of that name, or an expression over other rows; none where
            no formula says it.
        floats: another expression of the same value that does not overflow.
    """

    name: str
    spelled: tuple[str, ...] = ()
    cost: int | str = 0
    per_input: bool = False
    operators: tuple[str, ...] = ()
    traits: frozenset[str] = frozenset()
    range: Range = ANYTHING
    domain: Range = ANYTHING
    arguments: tuple[str, ...] = ()
    defaults: Mapping[str, float] = field(default_factory=dict)
    latex: str = ""
    meaning: str = ""
    floats: str = ""

    @cached_property
    def is_unary(self) -> bool:
        """Whether it makes one number of one number, its further arguments left out."""
        return len(self.arguments) - len(self.defaults) == 1

    @cached_property
    def primitive(self) -> str:
        """SymPy's name for it, where SymPy has it and no expression is needed."""
        own = self.meaning.isidentifier() and self.meaning not in self.arguments
        return self.meaning if own else ""

    @cached_property
    def expression(self) -> ast.expr:
        """The meaning as a tree, where it is an expression over other rows."""
        return ast.parse(self.meaning, mode="eval").body

    def bind(self, given: Sequence[T], named: Mapping[str, T]) -> dict[str, T] | None:
        """The arguments of a call by name, defaults left out; None if they do not fit."""
        bound = dict(zip(self.arguments, given, strict=False)) | dict(named)
        needed = set(self.arguments) - self.defaults.keys()
        fits = needed <= bound.keys() <= set(self.arguments)
        return bound if fits and len(bound) == len(given) + len(named) else None


def _read(path: Path) -> list[Function]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        rows = csv.DictReader(lines, delimiter=";", restval="", strict=True)
        return [function for row in rows for function in _functions(row)]


def _functions(row: Mapping[str, str]) -> list[Function]:
    cost, *operators = (row["cost"] or "0").split()
    per_input = operators[:1] == ["in"]
    arguments = [word.partition("=") for word in row["arguments"].split()]
    shared = Function(
        name="",
        cost=int(cost) if cost.isdecimal() else cost,
        per_input=per_input,
        operators=tuple(operators[per_input:]),
        traits=frozenset(row["traits"].split()),
        range=_interval(row["range"]),
        domain=_interval(row["domain"]),
        arguments=tuple(name for name, _, _ in arguments),
        defaults={name: float(value) for name, _, value in arguments if value},
        latex=row["latex"],
        meaning=row["meaning"],
        floats=row["floats"],
    )
    return [
        replace(
            shared,
            name=name,
            spelled=tuple(_full(word, name) for word in row["spelled"].split()),
            operators=shared.operators or ((name,) if shared.cost else ()),
        )
        for name in row["names"].split()
    ]


def _interval(text: str) -> Range:
    low, high = map(float, text.split() or ANYTHING)
    return low, high


def _full(word: str, name: str) -> str:
    root, dot, rest = word.rpartition(".")
    return f"{_ROOTS.get(root, root)}.{rest}" if dot else f"{_ROOTS.get(word, word)}.{name}"


TABLE: Mapping[str, Function] = {
    function.name: function for function in _read(Path(__file__).with_suffix(".csv"))
}
# By the last part of what a source may call them: `torch.arcsinh` and `x.asinh` are asinh.
CALLED: Mapping[str, Function] = {
    spelled.rpartition(".")[2]: function
    for function in TABLE.values()
    for spelled in function.spelled
}
OPERATORS: Mapping[str, Function] = {
    operator: function for function in TABLE.values() for operator in function.operators
}
NOTHING = Function(name="")


def called(name: str) -> Function:
    """The function of a bare or dotted name; NOTHING that is known, if there is none."""
    return CALLED.get(name.rpartition(".")[2], NOTHING)


def canonical(name: str) -> str:
    """The one name of a function that has several; a name not in the table stays."""
    return called(name).name or name


def spelled_under(root: str) -> frozenset[str]:
    """The names that a source may write after a root, as in `torch`, `x` or `torch.fft`."""
    names = (name for function in TABLE.values() for name in function.spelled)
    split = (name.rpartition(".") for name in names)
    return frozenset(last for before, _, last in split if before == root)
