"""What a candidate's source may name, and the namespace it runs in."""

import ast
import builtins
import inspect
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from types import SimpleNamespace
from typing import Any

from actmine.functions.table import TABLE, spelled_under

MAX_TRIPS = 64  # of one loop; a longer series is no activation but a hang [ours]
MAX_FACTORIAL = 170  # the largest n whose n! a float holds
MAX_BITS = 4096  # of a whole number: more than three such factorials have [ours]
MAX_LENGTH = 1024  # of a list that is put together: a loop's trips in all [ours]
_GROWING = (int, list, tuple)  # a union of types would be built anew at each sum
_NOT_WRITING = {"inplace": False, "out": None}


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Left out of the table on purpose: whatever draws random numbers, hands out
# uninitialised memory, writes into its arguments, keeps running statistics, changes global
# state, or reaches a file, a module or a raw pointer.
TORCH = spelled_under("torch")
FUNCTIONAL = spelled_under("F")
FFT = spelled_under("torch.fft")
SPECIAL = spelled_under("torch.special")
LINALG = spelled_under("torch.linalg")
# Offered in a form of our own that stops at MAX_FACTORIAL: Python's would hang on 10**7.
BOUNDED_MATH = _names("comb factorial")
MATH = spelled_under("math") - BOUNDED_MATH

# Also the names of list methods must stay out: `CONSTANT.sort()` would be a hidden state.
METHODS = spelled_under("x")
PROPERTIES = _names("T device dtype imag indices mT ndim real shape values")
FINFO = _names("eps max min tiny")  # of `torch.finfo(...)` only

DTYPES = _names("bool complex128 complex64 double float float32 float64 int int32 int64 long")
TORCH_CONSTANTS = DTYPES | _names("e inf nan pi")
MATH_CONSTANTS = _names("e inf nan pi tau")

BUILTINS = _names("""
abs all any bool complex enumerate float int len list max min pow range reversed round sorted
sum tuple zip
""")
# What the gate reads the length of a loop from: no source may give them another meaning.
LENGTHS = _names("enumerate len list range reversed sorted tuple zip")
# They give iterators, which remember how far they were read: never to be kept in a name.
ITERATORS = _names("enumerate reversed zip")
# They read an iterator to its end on the spot.
CONSUMERS = _names("all any list max min sorted sum tuple")

KEYWORDS = _names("""
a alpha approximate axis base beta bias correction decimals default descending device diagonal
dim dim0 dim1 dims dtype edge_order end end_dim eps exponent fill_value input k keepdim
keepdims kernel_size lambd largest length max max_val min min_val mode n nan ndigits neginf
negative_slope norm normalized_shape num_groups offset ord other p pad padding posinf q repeats
rounding_mode s shifts size sorted split_size_or_sections stable start start_dim step steps
stride strict tensor1 tensor2 tensors threshold threshold_value unbiased value values weight
""")

STRINGS: dict[str, frozenset[str]] = {
    "approximate": _names("none tanh"),
    "mode": _names("circular constant reflect replicate"),
    "norm": _names("backward forward ortho"),
    "rounding_mode": _names("floor trunc"),
}
EINSUM = r"[a-zA-Z., ]+(->[a-zA-Z. ]*)?"  # the one string that stands by position
FLOAT_STRINGS = _names("inf -inf")  # `float("inf")` is how most people write infinity

# What an annotation may say; all of them are stripped before anything runs.
ANNOTATIONS = _names("""
Any Callable Final Iterable List Optional Sequence Tensor Tuple Union bool complex float int
list torch.Tensor torch.dtype tuple
""")

CONSTANTS = frozenset(
    {f"torch.{name}" for name in TORCH_CONSTANTS} | {f"math.{name}" for name in MATH_CONSTANTS}
)
FUNCTIONS = frozenset(
    {name for row in TABLE.values() for name in row.spelled if not name.startswith("x.")}
    | {f"torch.nn.functional.{name}" for name in FUNCTIONAL}
)
# What may be imported from; what it offers is listed above all the same.
MODULES = _names("""
math torch torch.fft torch.linalg torch.nn torch.nn.functional torch.special
""")


def describe() -> str:
    """The table as a compact text, for prompts and for people."""
    groups = {
        "torch.": TORCH | TORCH_CONSTANTS,
        "F. (torch.nn.functional)": FUNCTIONAL,
        "torch.fft.": FFT,
        "torch.special.": SPECIAL,
        "torch.linalg.": LINALG,
        "math.": MATH | BOUNDED_MATH | MATH_CONSTANTS,
        "tensor methods": _methods(),
        "conversions": _names("x.to(other.dtype) x.to(torch.float32)"),
        "tensor properties": PROPERTIES,
        "builtins": BUILTINS,
        "keyword arguments": KEYWORDS,
    }
    lines = [
        f"{title}: {names if isinstance(names, str) else ' '.join(sorted(names))}"
        for title, names in groups.items()
    ]
    values = (f"{key}={'|'.join(sorted(STRINGS[key]))}" for key in sorted(STRINGS))
    return "\n".join([*lines, f"strings, by keyword only: {' '.join(values)}", ""])


def _methods() -> str:
    """The methods of tensors, by what sets them apart from the functions of torch."""
    lacking, own = (" ".join(sorted(some)) for some in (TORCH - METHODS, METHODS - TORCH))
    return f"as torch. has them, without {lacking}; and {own}"


def bounded_range(*args: int) -> range:
    """`range` for candidates.

    Raises:
        ValueError: it has more than MAX_TRIPS steps.
    """
    steps = range(*args)
    if len(steps) > MAX_TRIPS:
        raise ValueError(
            f"range{args} has {len(steps)} steps, more than {MAX_TRIPS}; write fewer"
        )
    return steps


def bounded(items: Iterable[Any]) -> Iterator[Any]:
    """What a candidate's loop iterates over, never more than MAX_TRIPS items.

    Raises:
        TypeError: `items` is a tensor, whose length is the batch and not the function's own.
        ValueError: there are more items than MAX_TRIPS.
    """
    if not isinstance(items, tuple | list | range | Iterator):
        kind = type(items).__name__
        raise TypeError(f"a loop over a {kind}; loop over a range, tuple or list instead")
    for count, item in enumerate(items):
        if count >= MAX_TRIPS:
            raise ValueError(f"a loop of more than {MAX_TRIPS} steps; write fewer")
        yield item


def _grown(operate: Callable[[Any, Any], Any], size: Callable[[Any, Any], int]) -> Any:
    """An operator that refuses to make a whole number or a list beyond bounds."""

    def grown(a: Any, b: Any) -> Any:
        if isinstance(a, _GROWING) and isinstance(b, _GROWING):
            whole = isinstance(a, int) and isinstance(b, int)
            most, parts = (MAX_BITS, "bits") if whole else (MAX_LENGTH, "items")
            if size(a, b) > most:
                raise ValueError(
                    f"{operate.__name__} would make more than {most} {parts} of Python's; use "
                    "floats and tensors"
                )
        return operate(a, b)

    return grown


def _sum_size(a: Any, b: Any) -> int:
    return 0 if isinstance(a, int) or isinstance(b, int) else len(a) + len(b)


def _product_size(a: Any, b: Any) -> int:
    if isinstance(a, int) and isinstance(b, int):
        return a.bit_length() + b.bit_length()
    count, items = (a, b) if isinstance(a, int) else (b, a)
    return count * len(items) if isinstance(count, int) else 0


def _power_size(a: Any, b: Any) -> int:
    return a.bit_length() * b if isinstance(a, int) and isinstance(b, int) else 0


BOUNDED_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: _grown(operator.add, _sum_size),
    ast.Mult: _grown(operator.mul, _product_size),
    ast.Pow: _grown(operator.pow, _power_size),
}


def _bounded_pow(base: Any, exponent: Any) -> Any:
    """`pow` of two arguments, bounded like `**`."""
    return BOUNDED_ARITHMETIC[ast.Pow](base, exponent)


def _bounded_sum(items: Iterable[Any], start: Any = 0) -> Any:
    """`sum` of what is no list."""
    if isinstance(start, list | tuple):
        raise TypeError("sum puts lists together; write a list comprehension")
    return sum(items, start)


def _bounded_math(name: str) -> Callable[..., int]:
    """A function of `math` that refuses a first argument above MAX_FACTORIAL."""

    def bounded(n: int, *more: int) -> int:
        if n > MAX_FACTORIAL:
            given = ", ".join(map(str, (n, *more)))
            raise ValueError(
                f"{name}({given}): at most {MAX_FACTORIAL} may be asked for; use less"
            )
        result: int = getattr(math, name)(n, *more)
        return result

    bounded.__qualname__ = f"math.{name}"
    return bounded


def _bounded_pad(
    input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Any:
    """`pad` that cuts off by zeros alone: in other modes torch then returns freed memory."""
    import torch

    if mode != "constant" and min(pad, default=0) < 0:
        raise ValueError(f"pad {tuple(pad)} in mode {mode!r} cuts off; take a slice for that")
    return torch.nn.functional.pad(input, list(pad), mode, value)


# What Python calls them where a candidate gives them too much or too little.
for _function, _name in ((_bounded_pow, "pow"), (_bounded_sum, "sum"), (_bounded_pad, "pad")):
    _function.__qualname__ = _name


@cache  # asked for each source, in children whose warm process has found all of them
def _sealed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its `inplace` and `out` fixed, which some accept by position."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # C functions, where `out` goes by keyword only
        return function
    fixed = {name: value for name, value in _NOT_WRITING.items() if name in parameters}
    return partial(function, **fixed) if fixed else function


def _facade(module: object, names: Iterable[str], *values: str) -> SimpleNamespace:
    """Functions of a module, sealed, and values of it as they are."""
    functions = {name: _sealed(getattr(module, name)) for name in names}
    return SimpleNamespace(**functions, **{name: getattr(module, name) for name in values})


def namespace() -> dict[str, Any]:
    """A fresh namespace to execute an admitted source in: facades, never a module.

    `__import__` stays because torch's own C code looks it up there; the gate refuses its name.
    """
    import torch

    functional = _facade(torch.nn.functional, FUNCTIONAL)
    functional.pad = _bounded_pad
    facade = _facade(torch, TORCH, *TORCH_CONSTANTS)
    facade.fft = _facade(torch.fft, FFT)
    facade.special = _facade(torch.special, SPECIAL)
    facade.linalg = _facade(torch.linalg, LINALG)
    facade.nn = SimpleNamespace(functional=functional)
    numbers = _facade(math, (), *MATH, *MATH_CONSTANTS)
    numbers.__dict__.update({name: _bounded_math(name) for name in BOUNDED_MATH})
    allowed = {name: getattr(builtins, name) for name in BUILTINS | {"__import__"}}
    allowed |= {"range": bounded_range, "pow": _bounded_pow, "sum": _bounded_sum}
    return {"__builtins__": allowed, "torch": facade, "F": functional, "math": numbers}
