"""Functions as lists of operations: what they mean, and what is refused."""

import json
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from actmine.functions.catalog import CATALOG
from actmine.gate.fingerprint import respond
from actmine.gate.probes import SCALES, Probes, draw
from actmine.gate.static import load
from actmine.lab.traced import Trace, TraceError, read_functions
from actmine.lab.tracing import UntraceableError, written_down
from actmine.lab.vocabulary import by_name
from gate_sources import SOURCES

CPU, META = torch.device("cpu"), torch.device("meta")
PROBES = Probes(rows=6, width=5, key="a run")
HABITS = {
    "a slope that is cut": "x * x.detach() + x",
    "features": "x - x.mean(-1, keepdim=True) + x.std(-1, keepdim=True)",
    "the batch": "x - x.mean(0) + 0.1 * x.amax(0)",
    "parts": "torch.cat([x[..., 1:], x[..., :1]], dim=-1) * x.flip(-1)",
    "a choice": "torch.where((x > 0) & ~(x > 1), x.sin(), -x)",
    "powers": "2 ** x + x ** 2 - 1 / (1 + x.abs()) + (2 - x) % 3",
    "types": "(x > 0).to(x.dtype) * x + (x < 0).double().to(torch.float32)",
    "constants": "x * torch.tensor([0.5, -math.inf, 2.0]).clamp(min=-1.0).mean()",
    "positions": "x * torch.arange(1, x.shape[-1] + 1, dtype=x.dtype, device=x.device)",
    "its shape": "x * x.shape[0] / len(x) + x.dim() * x.numel()",
    "a matrix": "x @ (x.T @ x) / x.shape[0] + x.mT.sum()",
    "frequencies": "x + torch.fft.irfft(torch.fft.rfft(x).conj(), n=x.shape[-1])",
    "an equation": "torch.einsum('bi,bi->b', x, x).unsqueeze(-1) * x",
    "a value and where it is": "x + x.max(dim=-1).values.unsqueeze(-1) * x.argmax()",
}


def program(expression):
    return f"def activation(x):\n    return {expression}\n"


def again(source, probes=PROBES, device=CPU):
    """The function of a source's list, as it arrives."""
    written = written_down(load(source), replace(probes, source=source))
    return read_functions(json.loads(json.dumps([written])), [probes.shape], device=device)


def require_same(source, x):
    """Outputs and slopes of a stack, by list and by source, bit for bit."""
    uneven = np.linspace(0.5, 1.5, x.numel(), dtype=np.float32).reshape(x.shape)
    both = (torch.func.vmap(f) for f in (again(source), load(source)))
    ours, theirs = (respond(function, x.numpy(), uneven) for function in both)
    for seen, given in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(seen, given)


def stack(scale=1.0, count=3):
    random = np.random.default_rng(7)
    return draw(random, (count, PROBES.rows, PROBES.width), scale)


@pytest.mark.parametrize("known", CATALOG, ids=lambda known: known.key)
def test_every_known_activation_is_the_same_by_its_list(known):
    for scale in SCALES:
        require_same(known.source, stack(scale))


@pytest.mark.parametrize("expression", HABITS.values(), ids=HABITS)
def test_what_a_source_says_of_slopes_shapes_and_types_is_in_the_list(expression):
    require_same(program(expression), stack())


def test_what_models_write_is_written_down_whole():
    """Loops, helpers, constants of the module: Python's part is gone from the list."""
    failed = {}
    for name, source in SOURCES.items():
        try:
            written_down(load(source), replace(PROBES, rows=8, width=8))
        except (UntraceableError, RuntimeError) as error:
            failed[name] = str(error)
    assert failed.keys() <= {"heaviside"}, failed  # which has no slope for its second argument


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("x if x.mean() > 0 else -x", "__bool__ reads values"),
        ("x * float(x.detach().mean())", "__float__ reads values"),
        ("x * int(x.sum())", "__int__ reads values"),
        ("x * max([x.mean(), x.sum()])", "__bool__ reads values"),
        ("x * x.abs().max().item()", "item reads values"),
        ("x * len(x[0].unique())", "is in no table"),
    ],
)
def test_what_depends_on_values_has_no_list(expression, reason):
    def activation(x):
        return eval(expression, {"x": x, "torch": torch})

    with pytest.raises(UntraceableError, match=reason):
        written_down(activation, PROBES)


def test_a_list_is_held_against_its_function():
    """A state that Python keeps is no part of a list, and shows."""
    calls = []

    def activation(x):
        calls.append(x)
        return x * len(calls)

    with pytest.raises(UntraceableError, match="depends on values"):
        written_down(activation, PROBES)


def test_a_function_of_the_shape_has_a_list_for_each():
    source = "def activation(x):\n    return x / x.shape[0] if x.shape[0] > 4 else x * 2\n"
    shapes = [(6, 5), (3, 5)]
    lists = [written_down(load(source), replace(PROBES, rows=rows)) for rows, _ in shapes]
    function = read_functions(lists, shapes, device=CPU)
    for rows, width in shapes:
        x = torch.ones(rows, width)
        assert function(x).equal(load(source)(x))
    with pytest.raises(TraceError, match=r"inputs of \(4, 5\)"):
        function(torch.ones(4, 5))


def test_constants_are_computed_once():
    function = Trace.read(
        written_down(load(program("x * torch.linspace(0, 1, 5).exp()")), PROBES)
    )
    names = [one.name for one in function.operations]
    assert names == ["torch.linspace", "x.exp", "x.mul"]
    seen = []

    class Calls(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            seen.append(getattr(func, "__name__", ""))
            return func(*args, **(kwargs or {}))

    traced = again(program("x * torch.linspace(0, 1, 5).exp()"))
    x = torch.ones(6, 5)
    with Calls():
        traced(x)
    assert "linspace" not in seen and "exp" not in seen and "mul" in seen


def test_every_function_of_the_gates_table_has_a_name_and_nothing_else():
    names = set(by_name())
    assert {"torch.sin", "F.gelu", "x.clamp", "x.__rsub__", "torch.fft.rfft", "x.T"} <= names
    forbidden = ("empty", "rand", "load", "save", "numpy", "data_ptr", "set_", "resize")
    drawn = {name for name in names if any(word in name for word in forbidden)}
    assert drawn == {"x.__rand__"}  # which is `&` with its sides exchanged
    assert not [name for name in names if name.endswith("_") and not name.endswith("__")]


SIMPLE = {
    "shape": [6, 5],
    "operations": [["torch.sin", [{"value": 0}], {}, 1]],
    "output": 1,
}


def operations(*listed, output=1):
    return {**SIMPLE, "operations": list(listed), "output": output}


HOSTILE = {
    "nothing": None,
    "a list of numbers": [1, 2],
    "no operations": {"shape": [6, 5], "output": 0},
    "a shape of three": {**SIMPLE, "shape": [6, 5, 1]},
    "a shape of floats": {**SIMPLE, "shape": [6.0, 5]},
    "a shape below zero": {**SIMPLE, "shape": [-6, 5]},
    "an output that is none": {**SIMPLE, "output": 2},
    "an output that is a text": {**SIMPLE, "output": "1"},
    "another function": operations(["torch.load", ["/etc/passwd"], {}, 1]),
    "a module's": operations(["torch.utils.cpp_extension.load", [], {}, 1]),
    "a private method": operations(["x.__reduce_ex__", [{"value": 0}, 2], {}, 1]),
    "a method that writes": operations(["x.add_", [{"value": 0}, 1], {}, 1]),
    "no name": operations([None, [{"value": 0}], {}, 1]),
    "an option that writes": operations(
        ["torch.sin", [{"value": 0}], {"out": {"value": 0}}, 1]
    ),
    "writing in place": operations(["F.relu", [{"value": 0}], {"inplace": True}, 1]),
    "writing in place, by position": operations(["F.relu", [{"value": 0}, True], {}, 1]),
    "a later value": operations(["torch.sin", [{"value": 1}], {}, 1]),
    "a value below zero": operations(["torch.sin", [{"value": -1}], {}, 1]),
    "a text": operations(["torch.sin", ["x"], {}, 1]),
    "a text in an equation": operations(
        ["torch.einsum", ["__import__('os')", {"value": 0}], {}, 1]
    ),
    "a type that is none": operations(["x.to", [{"value": 0}, {"dtype": "storage"}], {}, 1]),
    "a device": operations(["x.to", [{"value": 0}, "cuda"], {}, 1]),
    "more results": operations(["torch.sin", [{"value": 0}], {}, 2], output=2),
    "fewer results": operations(["x.unbind", [{"value": 0}], {}, 1]),
    "a huge size": operations(["torch.zeros", [1 << 40], {}, 1]),
    "a large size": operations(["torch.zeros", [1 << 30], {}, 1]),
    "large by repeating": operations(["x.repeat", [{"value": 0}, 1 << 15, 1 << 15], {}, 1]),
    "large by a product": operations(
        ["torch.outer", [{"value": 1}, {"value": 1}], {}, 1],
        ["x.flatten", [{"value": 0}], {}, 1],
    ),
    "as many parts as values": operations(
        ["torch.zeros", [7000], {}, 1], ["x.unbind", [{"value": 1}], {}, 1]
    ),
    "as many results": operations(["x.unbind", [{"value": 0}], {}, 1 << 20]),
    "much memory on the way": operations(["torch.mvlgamma", [{"value": 0}, 1 << 20], {}, 1]),
    "much memory in all": operations(*[["x.repeat", [{"value": 0}, 200, 1], {}, 1]] * 40),
    "other shapes": operations(["x.mean", [{"value": 0}], {}, 1]),
    "other types": operations(["x.double", [{"value": 0}], {}, 1]),
    "nested without end": operations(["torch.sin", [json.loads("[" * 40 + "]" * 40)], {}, 1]),
    "arguments that are none": operations(["torch.sin", {"value": 0}, {}, 1]),
    "a constant of another size": operations(
        ["x.mul", [{"value": 0}, {"tensor": [1.0], "shape": [7], "dtype": "float32"}], {}, 1]
    ),
    "a constant with too much": operations(
        ["torch.mul", [{"value": 0}, {"tensor": [1.0] * 5000, "shape": [5000]}], {}, 1]
    ),
    "too many operations": operations(*[["torch.sin", [{"value": 0}], {}, 1]] * 5000),
    "an operation of too few parts": operations(["torch.sin", [{"value": 0}]]),
}


@pytest.mark.parametrize("written", HOSTILE.values(), ids=HOSTILE)
def test_a_list_that_asks_for_more_is_refused_before_anything_runs(written):
    with pytest.raises(TraceError):
        read_functions([deepcopy(written)], [(6, 5)], device=CPU)


def test_lists_are_a_list():
    with pytest.raises(TraceError):
        read_functions({"shape": [6, 5]}, [(6, 5)], device=CPU)
    assert read_functions([SIMPLE], [(6, 5)], device=CPU)(torch.zeros(6, 5)).sum() == 0


@pytest.mark.parametrize("shapes", [[], [(6, 4)], [(6, 5), (6, 5)], [(1 << 20, 1 << 20)]])
def test_lists_are_for_the_shapes_that_were_asked_for(shapes):
    with pytest.raises(TraceError, match="other shapes"):
        read_functions([SIMPLE], shapes, device=CPU)
