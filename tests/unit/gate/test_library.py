import builtins
import inspect
import math
from functools import partial
from types import ModuleType, SimpleNamespace

import pytest
import torch

from actmine.gate import library
from actmine.gate.static import load

TABLES = {
    "TORCH": (torch, library.TORCH | library.TORCH_CONSTANTS),
    "FUNCTIONAL": (torch.nn.functional, library.FUNCTIONAL),
    "FFT": (torch.fft, library.FFT),
    "SPECIAL": (torch.special, library.SPECIAL),
    "MATH": (math, library.MATH | library.MATH_CONSTANTS),
    "METHODS": (torch.Tensor, library.METHODS),
    "BUILTINS": (builtins, library.BUILTINS),
    "LINALG": (torch.linalg, library.LINALG),
    "BOUNDED_MATH": (math, library.BOUNDED_MATH),
    "FINFO": (torch.finfo(torch.float32), library.FINFO),
}
FORBIDDEN = [
    "to",
    "type",
    "cuda",
    "cpu",
    "item",
    "tolist",
    "numpy",
    "data",
    "grad",
    "grad_fn",
    "apply_",
    "as_strided",
    "backward",
    "load",
    "save",
    "from_file",
    "ops",
    "empty",
    "empty_like",
    "rand",
    "randn",
    "rand_like",
    "randn_like",
    "randint",
    "bernoulli",
    "normal",
    "multinomial",
    "poisson",
    "dropout",
    "rrelu",
    "gumbel_softmax",
    "manual_seed",
    "set_default_dtype",
    "factorial",
    "comb",
    "perm",
    "batch_norm",
    "instance_norm",
    "open",
    "eval",
    "exec",
    "getattr",
    "setattr",
    "print",
    "input",
    "type",
    "object",
    "compile",
    "set_",
    "resize_",
    "map_",
    "register_hook",
    "no_grad",
    "enable_grad",
    "sort",
]


@pytest.mark.parametrize("table", TABLES)
def test_every_listed_name_exists(table):
    module, names = TABLES[table]
    assert [name for name in sorted(names) if not hasattr(module, name)] == []


@pytest.mark.parametrize("table", TABLES)
def test_no_listed_name_is_private_or_in_place(table):
    _, names = TABLES[table]
    assert [name for name in names if name.startswith("_") or name.endswith("_")] == []


def test_tensor_properties_exist():
    x = torch.ones(2, 2, dtype=torch.complex64)
    found = torch.max(x.real, dim=0)
    absent = [n for n in library.PROPERTIES if not hasattr(x, n) and not hasattr(found, n)]
    assert absent == []


@pytest.mark.parametrize("name", FORBIDDEN)
def test_harmful_names_are_in_no_table(name):
    tables = library.TORCH | library.FUNCTIONAL | library.METHODS | library.MATH
    # `torch.sort` makes a new tensor; the method would also sort a list in place.
    tables = tables - {"sort"} if name == "sort" else tables
    assert name not in tables | library.BUILTINS | library.PROPERTIES | library.SPECIAL


@pytest.mark.parametrize("kind", [list, tuple, range, complex, zip, enumerate, partial])
def test_no_method_belongs_to_another_kind_of_value_a_source_can_make(kind):
    assert library.METHODS & set(dir(kind)) == set()


@pytest.mark.parametrize("name", ["out", "inplace", "generator", "requires_grad", "key"])
def test_harmful_keywords_are_not_offered(name):
    assert name not in library.KEYWORDS


def test_strings_belong_to_offered_keywords():
    assert set(library.STRINGS) <= library.KEYWORDS


def test_iterators_and_consumers_are_builtins():
    assert library.ITERATORS | library.CONSUMERS <= library.BUILTINS


def values_of(facade):
    for value in vars(facade).values():
        if isinstance(value, SimpleNamespace):
            yield from values_of(value)
        else:
            yield value


def test_the_namespace_holds_no_module():
    space = library.namespace()
    facades = [value for value in space.values() if isinstance(value, SimpleNamespace)]
    values = [value for facade in facades for value in values_of(facade)]
    assert len(values) > 300
    plain = (float, torch.dtype)
    assert not [v for v in [*space.values(), *values] if isinstance(v, ModuleType)]
    assert all(callable(value) or isinstance(value, plain) for value in values)


def test_the_namespace_has_the_offered_builtins_and_what_torch_needs():
    assert set(library.namespace()["__builtins__"]) == library.BUILTINS | {"__import__"}


def test_namespaces_are_fresh():
    assert library.namespace()["torch"] is not library.namespace()["torch"]


def test_the_namespace_offers_every_function_of_the_table():
    space = library.namespace()
    for name in library.FUNCTIONS | library.CONSTANTS:
        root, *parts = name.split(".")
        value = space[root]
        for part in parts:
            value = getattr(value, part)
        assert value is not None


def test_no_function_takes_out_or_inplace_by_position():
    space = library.namespace()
    for facade in (space["torch"], space["F"], space["torch"].fft, space["torch"].special):
        for name, function in vars(facade).items():
            try:
                parameters = inspect.signature(function).parameters
            except (TypeError, ValueError):
                continue
            for risky in {"out", "inplace"} & set(parameters):
                kind = parameters[risky].kind
                assert kind is inspect.Parameter.KEYWORD_ONLY, f"{name}({risky})"


def test_a_range_is_bounded():
    assert list(library.bounded_range(1, 4)) == [1, 2, 3]
    with pytest.raises(ValueError, match="65 steps, more than 64"):
        library.bounded_range(65)


def test_what_bounds_a_loop_is_a_builtin():
    assert library.LENGTHS <= library.BUILTINS


def test_factorials_are_bounded():
    numbers = library.namespace()["math"]
    assert numbers.factorial(170) == math.factorial(170)
    assert numbers.comb(5, 2) == 10
    for call in (lambda: numbers.factorial(171), lambda: numbers.comb(10**7, 10**6)):
        with pytest.raises(ValueError, match="at most 170 may be asked for"):
            call()


GROWING = {
    "n = 9\n    for _ in range(20):\n        n *= n": "mul would make more than 4096 bits",
    "n = 3 ** 64\n    n = n ** 64\n    n = n ** 20": "pow would make more than 4096 bits",
    "n = pow(pow(9, 64), pow(2, 10))": "pow would make more than 4096 bits",
    "n = math.factorial(170) ** 5": "pow would make more than 4096 bits",
    "n = [1]\n    for _ in range(20):\n        n = n + n": "add would make more than 1024",
    "n = (1, 2)\n    k = 10 ** 6\n    n = k * n": "mul would make more than 1024 items",
    "n = sum([[1], [2]], [])": "sum puts lists together",
}


@pytest.mark.parametrize("body", GROWING)
def test_whole_numbers_and_lists_do_not_grow_without_bounds(body):
    activation = load(f"def activation(x):\n    {body}\n    return x\n")
    with pytest.raises((ValueError, TypeError), match=GROWING[body]):
        activation(torch.ones(2, 3))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 ** 10 * 3 + 1", 3073),
        ("(-2) ** 3 * -1.5", 12.0),
        ("2 ** -2 + pow(2, 0.5) ** 2", 2.25),
        ("math.factorial(170) * math.factorial(170) / math.factorial(169) ** 2", 28900.0),
        ("len([1, 2] + [3] + list((4,) + (5,)))", 5),
        ("sum([1.5, 2]) + sum((1, 2), start=3)", 9.5),
        ("True + True * 3", 4),
    ],
)
def test_bounded_arithmetic_is_pythons(text, value):
    result = load(f"def activation(x):\n    return x * 0 + ({text})\n")(torch.ones(1).double())
    assert result.item() == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("mode", ["circular", "reflect", "replicate"])
@pytest.mark.parametrize("widths", [(20, -19), (-1, 1), (0, 0, -3, 3), [0, -5]])
def test_padding_cuts_off_by_constants_alone(mode, widths):
    x = torch.ones(1, 8, 32)
    functional = library.namespace()["torch"].nn.functional
    with pytest.raises(ValueError, match=rf"pad .* in mode '{mode}' cuts off; take a slice"):
        functional.pad(x, widths, mode=mode)
    assert functional.pad(x, widths).shape == torch.nn.functional.pad(x, list(widths)).shape
    padded = functional.pad(input=x, pad=(2, 1), mode=mode)
    assert padded.equal(torch.nn.functional.pad(x, (2, 1), mode=mode))


def test_no_function_is_offered_that_hands_out_memory_as_it_is():
    words = ("empty", "strided", "resize", "storage", "set_", "rand", "from_", "data_ptr")
    names = library.FUNCTIONS | {f"x.{name}" for name in library.METHODS | library.PROPERTIES}
    assert [name for name in names if any(word in name for word in words)] == []
    assert "x.new" not in names


def test_a_description_names_every_function_and_option():
    text = library.describe()
    words = set(text.replace("=", " ").replace("|", " ").split())
    assert words >= library.TORCH | library.FUNCTIONAL | library.METHODS | library.KEYWORDS
    assert "rounding_mode=floor|trunc" in text
    assert len(text) < 8000
