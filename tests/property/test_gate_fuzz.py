import ast
import sys
import warnings
from pathlib import Path
from types import ModuleType

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from actmine.gate import library
from actmine.gate.static import Refusal, admit

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from gate_sources import SOURCES

QUICK = settings(max_examples=100, deadline=None, derandomize=True)


def check(source: str) -> bool:
    """Admits or refuses, nothing else; what is admitted compiles and has a normal form."""
    try:
        tree = admit(source)
    except Refusal:
        return False
    normal = ast.unparse(tree)
    assert ast.unparse(admit(normal)) == normal
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(tree, "<fuzz>", "exec")
    return True


@QUICK
@given(st.text(max_size=200))
def test_random_text_is_refused_politely(text):
    check(text)


@QUICK
@given(
    st.text(alphabet="x=()[]{}:,.*@\n \t'\"#\\-+1eF_lambda yield async for in if", max_size=80)
)
def test_random_punctuation_is_refused_politely(text):
    check(f"def activation(x):\n    return {text}")


NAMES = st.sampled_from(
    [
        "x",
        "y",
        "a",
        "_h",
        "activation",
        "torch",
        "F",
        "math",
        "abs",
        "sum",
        "range",
        "zip",
        "os",
        "np",
        "__class__",
        "f",
        "float",
        "max",
        "pi",
    ]
)
CONSTANTS = st.sampled_from(
    ["0", "1", "2.5", "1j", "True", "None", "...", "'tanh'", "b''", "9" * 50, "1e999", "64"]
)
ATTRIBUTES = st.sampled_from(
    [
        "sin",
        "shape",
        "T",
        "values",
        "add_",
        "data",
        "__class__",
        "append",
        "os",
        "fft",
        "functional",
        "relu",
        "pi",
        "item",
        "to",
        "dtype",
    ]
)


def compound(inner):
    pair = st.tuples(inner, inner)
    operator = st.sampled_from(
        [
            "+",
            "-",
            "*",
            "/",
            "//",
            "%",
            "**",
            "@",
            "&",
            "|",
            "^",
            "<<",
            ">>",
            "and",
            "or",
            "<",
            "==",
            "is",
            "in",
        ]
    )
    return st.one_of(
        st.tuples(inner, operator, inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda e: f"(-{e})"),
        st.tuples(inner, ATTRIBUTES).map(lambda t: f"({t[0]}).{t[1]}"),
        st.tuples(NAMES, ATTRIBUTES).map(".".join),
        st.tuples(inner, ATTRIBUTES, inner).map(lambda t: f"({t[0]}).{t[1]}({t[2]})"),
        pair.map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(NAMES, inner, inner).map(lambda t: f"{t[0]}({t[1]}, dim={t[2]})"),
        pair.map(lambda t: f"({t[0]}, {t[1]})"),
        pair.map(lambda t: f"[{t[0]}, *{t[1]}]"),
        pair.map(lambda t: f"({t[0]})[{t[1]}:, ...]"),
        st.tuples(NAMES, inner).map(lambda t: f"(lambda {t[0]}: {t[1]})"),
        st.tuples(inner, NAMES, inner).map(lambda t: f"[{t[0]} for {t[1]} in {t[2]}]"),
        st.tuples(inner, NAMES, inner).map(lambda t: f"sum({t[0]} for {t[1]} in {t[2]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        inner.map(lambda e: f"(y := {e})"),
        inner.map(lambda e: f"f'{{{e}}}'" if "'" not in e else e),
        inner.map(lambda e: f"(yield {e})"),
    )


EXPRESSIONS = st.recursive(st.one_of(NAMES, CONSTANTS), compound, max_leaves=8)


def block(statements):
    return "\n".join(f"    {line}" for text in statements for line in text.split("\n"))


def nested(inner):
    body = st.lists(inner, min_size=1, max_size=3).map(block)
    return st.one_of(
        st.tuples(NAMES, EXPRESSIONS, body).map(lambda t: f"for {t[0]} in {t[1]}:\n{t[2]}"),
        st.tuples(EXPRESSIONS, body).map(lambda t: f"if {t[0]}:\n{t[1]}"),
        st.tuples(EXPRESSIONS, body).map(lambda t: f"while {t[0]}:\n{t[1]}"),
        st.tuples(NAMES, NAMES, body).map(lambda t: f"def {t[0]}({t[1]}):\n{t[2]}"),
        body.map(lambda b: f"try:\n{b}\nfinally:\n{b}"),
        body.map(lambda b: f"class A:\n{b}"),
    )


SIMPLE = st.one_of(
    st.tuples(NAMES, EXPRESSIONS).map(" = ".join),
    st.tuples(NAMES, EXPRESSIONS).map(" += ".join),
    st.tuples(NAMES, EXPRESSIONS, EXPRESSIONS).map(lambda t: f"{t[0]}: {t[1]} = {t[2]}"),
    st.tuples(NAMES, NAMES, EXPRESSIONS).map(lambda t: f"{t[0]}, {t[1]} = {t[2]}"),
    st.tuples(NAMES, ATTRIBUTES, EXPRESSIONS).map(lambda t: f"{t[0]}.{t[1]} = {t[2]}"),
    st.tuples(NAMES, EXPRESSIONS).map(lambda t: f"{t[0]}.append({t[1]})"),
    EXPRESSIONS.map(lambda e: f"return {e}"),
    EXPRESSIONS,
    st.sampled_from(["pass", "break", "continue", "import os", "global y", "del x", "'text'"]),
    st.tuples(
        st.sampled_from(["math", "torch", "torch.fft", "os", "typing"]), NAMES, NAMES
    ).map(lambda t: f"from {t[0]} import {t[1]} as {t[2]}"),
    st.sampled_from(["from math import pi", "from torch import sum, max", "import torch as f"]),
    st.tuples(NAMES, EXPRESSIONS).map(lambda t: f"activation = lambda {t[0]}: {t[1]}"),
)
STATEMENTS = st.recursive(SIMPLE, nested, max_leaves=5)


@QUICK
@given(st.lists(STATEMENTS, max_size=3), st.lists(STATEMENTS, min_size=1, max_size=4))
def test_random_programs_are_admitted_or_refused_politely(before, inside):
    check("\n".join([*before, f"def activation(x):\n{block(inside)}"]))


@QUICK
@given(st.sampled_from(sorted(SOURCES)), st.data())
def test_damaged_activations_are_admitted_or_refused_politely(name, data):
    source = SOURCES[name]
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, min(len(source), start + 12)))
    put = data.draw(st.one_of(st.text(max_size=3), EXPRESSIONS))
    check(source[:start] + put + source[end:])


def reachable(root: str, module: object, *, depth: int) -> list[str]:
    """Dotted names that lead from a module to wherever its attributes lead."""
    names = []
    for name in dir(module):
        dotted = f"{root}.{name}"
        names.append(dotted)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = vars(module).get(name)
        if depth > 1 and isinstance(value, ModuleType):
            names.extend(reachable(dotted, value, depth=depth - 1))
    return names


ESCAPES = sorted(
    {
        *reachable("torch", torch, depth=2),
        *reachable("F", torch.nn.functional, depth=2),
        *reachable("torch.fft", torch.fft, depth=1),
        *reachable("torch.special", torch.special, depth=1),
        *reachable("torch.nn.functional", torch.nn.functional, depth=1),
    }
    - library.FUNCTIONS
    - library.CONSTANTS
)


@settings(QUICK, max_examples=400)
@given(
    st.sampled_from(ESCAPES), st.sampled_from(["{}", "{}(x)", "{}.sin(x)", "[{}][0]", "({})"])
)
def test_no_unlisted_name_of_torch_is_reached(name, form):
    assert not check(f"def activation(x):\n    y = {form.format(name)}\n    return x\n")


def test_none_of_the_reachable_names_is_admitted():
    first_level = [name for name in ESCAPES if name.count(".") == 1]
    assert len(first_level) > 1000
    admitted = [n for n in first_level if check(f"def activation(x):\n    return {n}(x)\n")]
    assert admitted == []


def test_none_of_the_reachable_names_is_imported():
    pairs = [name.rpartition(".") for name in ESCAPES if not name.startswith("F.")]
    use = "def activation(x):\n    return got\n"
    admitted = [f"{m}.{n}" for m, _, n in pairs if check(f"from {m} import {n} as got\n{use}")]
    # A part of the library may be imported, and a type; neither stands as a value.
    assert admitted == []


@QUICK
@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_definitions_does_not_matter(order):
    source = {
        "a": "A = 0.5",
        "b": "def b(x):\n    return A * x",
        "c": "c = lambda x: b(x) + A",
        "d": "def activation(x):\n    return c(b(x))",
    }
    assert check("\n".join(source[name] for name in order))


METHODS = sorted(set(dir(torch.Tensor)) - library.METHODS)


def test_no_unlisted_method_is_called():
    admitted = [n for n in METHODS if check(f"def activation(x):\n    return x.{n}()\n")]
    assert admitted == []


def test_no_unlisted_property_is_read():
    unlisted = sorted(set(dir(torch.Tensor)) - library.PROPERTIES)
    admitted = [n for n in unlisted if check(f"def activation(x):\n    return x.{n}\n")]
    assert admitted == []
