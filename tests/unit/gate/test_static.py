import ast
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from actmine.gate import static
from actmine.gate.contract import ContractError
from actmine.gate.static import Refusal, admit, load
from gate_refused import REFUSED
from gate_sources import BREAKS_CONTRACT, SOURCES
from probed import check, count_flops


def body(line: str) -> str:
    return f"def activation(x):\n    {line}\n    return x\n"


def refusal(source: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        admit(source)
    return caught.value


@pytest.fixture
def x():
    import torch

    torch.set_num_threads(1)
    return torch.linspace(-3, 3, 128).reshape(8, 16)


@pytest.mark.parametrize("name", SOURCES)
def test_ordinary_activations_are_admitted_and_run(name, x):
    y = load(SOURCES[name])(x)
    assert y.shape == x.shape
    assert y.dtype == x.dtype
    assert bool(y.isfinite().all())


def test_there_are_ordinary_activations_of_many_styles():
    assert len(SOURCES) >= 125
    assert len(set(SOURCES.values())) == len(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_the_normal_form_computes_what_plain_python_does(name, x):
    import torch

    plain: dict[str, Any] = {"torch": torch, "F": torch.nn.functional, "math": math}
    exec(compile(SOURCES[name], name, "exec", dont_inherit=True), plain)
    assert torch.equal(load(SOURCES[name])(x), plain["activation"](x.clone()))


@pytest.mark.parametrize("name", SOURCES)
def test_ordinary_activations_keep_the_contract(name):
    function = load(SOURCES[name])
    if name in BREAKS_CONTRACT:
        reason, message = BREAKS_CONTRACT[name]
        assert reason
        with pytest.raises(ContractError, match=message):
            check(function)
    else:
        check(function)


@pytest.mark.parametrize("name", SOURCES)
def test_the_cost_of_ordinary_activations_can_be_counted(name):
    assert count_flops(load(SOURCES[name])) > 0


@pytest.mark.parametrize("name", SOURCES)
def test_the_normal_form_is_admitted_and_stays_as_it_is(name):
    once = ast.unparse(admit(SOURCES[name]))
    assert ast.unparse(admit(once)) == once


@pytest.mark.parametrize("name", SOURCES)
def test_ordinary_activations_leave_their_input_alone(name, x):
    before, version = x.clone(), x._version
    load(SOURCES[name])(x)
    assert x._version == version
    assert bool((x == before).all())


ATTACKS = {
    # Escape
    "import_os": ("import os\n" + body("y = x"), 1, "import os.* is not offered; torch"),
    "import_in_function": (body("import sys"), 2, "is not offered; torch, math and F"),
    "import_in_lambda": (body("f = lambda: __import__('os')"), 2, "underscores"),
    "dunder_import": (body("__import__('os')"), 2, "two leading underscores"),
    "builtins_name": (body("y = __builtins__"), 2, "two leading underscores"),
    "torch_os": (body("y = torch.os.getpid()"), 2, "reaches files or native code"),
    "torch_fft_torch_os": (body("y = torch.fft.torch.os.getpid()"), 2, "reaches files"),
    "functional_importlib": (body("y = F.importlib.import_module('os')"), 2, "F.importlib"),
    "torch_builtins_eval": (body("y = torch.builtins.eval('1')"), 2, "native code"),
    "eval": (body("y = eval('1')"), 2, "`eval` reaches"),
    "getattr": (body("y = getattr(x, 'data')"), 2, "write the name out"),
    "subclasses": (
        body("y = ().__class__.__base__.__subclasses__()"),
        2,
        "reads a private attribute; only tensor methods",
    ),
    "shape_class": (body("y = x.shape.__class__"), 2, "private"),
    "facade_dict": (body("y = torch.__dict__"), 2, "private"),
    "function_globals": (body("y = activation.__globals__"), 2, "private"),
    "method_on_facade": (body("y = torch.fft.sin(x)"), 2, "use torch.sin"),
    "facade_as_value": (body("y = [torch][0]"), 2, "stands alone; name one function"),
    "subfacade_as_value": (body("y = [torch.fft][0]"), 2, "not among the functions"),
    "format_string": (
        body("y = '{0.__class__}'.format(x)"),
        2,
        "writes text; an activation returns a tensor",
    ),
    "f_string": (body("y = f'{x}'"), 2, "is a formatted string"),
    "percent_format": (body("y = '%s' % x"), 2, "is text; strings are offered as"),
    "annotation": ("def activation(x: print(1)):\n    return x\n", 1, "write torch.Tensor"),
    "return_annotation": ("def activation(x) -> eval('1'):\n    return x\n", 1, "not a type"),
    "variable_annotation": (body("y: print(1) = x"), 2, "not a type"),
    "generator_frame": (body("y = (i for i in (1, 2)).gi_frame"), 2, "gi_frame"),
    "generator_function": (body("yield x"), 2, "makes a generator; return a tensor"),
    "generator_kept": (body("y = (i for i in (1, 2))"), 2, r"write a list \[...\] instead"),
    "lambda_shadows_torch": (body("f = lambda torch: torch.os"), 2, "another meaning"),
    "comprehension_shadows_torch": (body("y = [torch for torch in (x,)]"), 2, "another"),
    "loop_shadows_math": (body("for math in (1, 2): pass"), 2, "choose another name"),
    "parameter_shadows_torch": (
        "def activation(x, F=1):\n    return x\n",
        1,
        "gives `F` another meaning",
    ),
    "function_shadows_range": (body("range = lambda n: n"), 2, "gives `range` another"),
    "import_alias": ("import os as torch\n" + body("y = x"), 1, "is not offered"),
    "star_import": ("from math import *\n" + body("y = x"), 1, "call their functions by full"),
    "default_evaluated": ("def activation(x, y=eval('1')):\n    return x\n", 1, "`eval`"),
    "decorator": ("@torch.compile\n" + body("y = x"), 1, "decorates a function; call it"),
    "class": ("class A:\n    pass\n" + body("y = x"), 1, "is a class; write a plain function"),
    "class_inside": (body("class A: pass"), 2, "write a plain function"),
    "async": ("async def activation(x):\n    return x\n", 1, "write a plain function"),
    "async_comprehension": (body("y = [i async for i in (1,)]"), 2, "asynchronous"),
    "await": (body("y = await x"), 2, "asynchronous"),
    "match": (body("match x:\n        case _: pass"), 2, "use if and elif"),
    "walrus": (body("y = (z := x)"), 2, "assign on a line of its own"),
    "string_value": (body("y = 'cuda'"), 2, "is text"),
    "numpy": (body("y = np.tanh(x)"), 2, "use torch.tanh"),
    # Files, network
    "open": (body("open('p', 'w')"), 2, "`open` reaches files"),
    "load": (body("y = torch.load('p')"), 2, "`torch.load` reaches files"),
    "save": (body("torch.save(x, 'p')"), 2, "`torch.save` reaches files"),
    "numpy_tofile": (body("x.numpy().tofile('p')"), 2, "function of x only"),
    "numpy_method": (body("y = x.numpy()"), 2, "keep them a tensor"),
    "from_file": (body("y = torch.from_file('p')"), 2, "reaches files"),
    "load_library": (body("torch.ops.load_library('p')"), 2, "reaches files"),
    # Processes, memory, CPU
    "fork_bomb": (body("while True: os.fork()"), 2, "`for _ in range"),
    "endless": (body("while True: pass"), 2, "has no bound"),
    "list_repetition": (body("y = [0]*10**10"), 2, "repeats a list; use torch.full"),
    "tuple_repetition": (body("y = 10**9 * (0,)"), 2, "repeats a list"),
    "factorial": (body("y = math.factorial(10**7)"), 2, "can hang on a large number"),
    "huge_power": (body("y = 9**9**9"), 2, "is a power above 64"),
    "huge_integer": (body(f"y = x * {10**400}"), 2, "is an integer above"),
    "huge_shift": (body("y = 1 << 10**10"), 2, "power of two"),
    "huge_range": (body("for i in range(10**9): pass"), 2, "constant bound"),
    "long_range": (body("for i in range(65): pass"), 2, "has 65 steps; a loop may take 64"),
    "nested_loops": (
        body("y = [i for i in range(64) for j in range(64)]"),
        2,
        "runs 4096 times in all; at most 1024",
    ),
    "loops_through_helpers": (
        "def h(x):\n    for i in range(64):\n        x = x + i\n    return x\n"
        "def activation(x):\n    for i in range(64):\n        x = h(x)\n    return x\n",
        7,
        "runs 4096 times",
    ),
    "loop_over_batch": (body("for row in x: pass"), 2, "use tensor operations instead"),
    "loop_by_data": (body("for i in range(int(x.sum())): pass"), 2, "range of constants"),
    "loop_by_named_data": (
        body("n = int(x.sum())\n    for i in range(n): pass"),
        3,
        "no const",
    ),
    "loop_by_shape": (body("for i in range(x.shape[0]): pass"), 2, "not a constant bound"),
    # Mutation, state, chance
    "in_place_method": (body("x.add_(1)"), 2, r"changes a tensor in place; use x\.add"),
    "in_place_function": (
        body("torch.relu_(x)"),
        2,
        "changes a tensor in place; use torch.relu",
    ),
    "out": (body("y = torch.sin(x, out=x)"), 2, "`out=x` is not among the keyword"),
    "inplace": (body("y = F.relu(x, inplace=True)"), 2, "`inplace=True` is not among"),
    "set_default_dtype": (body("torch.set_default_dtype(torch.float64)"), 2, "whole process"),
    "manual_seed": (body("torch.manual_seed(0)"), 2, "changes the state"),
    "randn_like": (
        body("y = torch.randn_like(x)"),
        2,
        "`torch.randn_like` draws random numbers; an activation must be deterministic",
    ),
    "dropout": (body("y = F.dropout(x)"), 2, "must be deterministic"),
    "empty_like": (body("y = torch.empty_like(x)"), 2, "use torch.zeros_like"),
    "module_list_changes": (
        "SEEN = []\n" + body("SEEN.append(x)"),
        3,
        "did not create as `name = \\[\\]`",
    ),
    "default_list_changes": (
        "def activation(x, seen=[]):\n    seen.append(1)\n    return x\n",
        2,
        "hidden state",
    ),
    "alias_of_module_list": (
        "SEEN = []\n" + body("mine = SEEN\n    mine.append(1)"),
        4,
        "hidden state",
    ),
    "list_of_outer_function": (
        body("seen = []\n    def f(v):\n        seen.append(v)"),
        4,
        "hidden state",
    ),
    "module_list_sorted": ("SEEN = [2, 1]\n" + body("SEEN.sort()"), 3, "is a list method"),
    "iterator_kept": ("STEPS = zip((1,), (2,))\n" + body("y = x"), 1, "remembers how far"),
    "iterator_through_sum": (
        "STEPS = sum([], zip((1,), (2,)))\n" + body("y = x"),
        1,
        "remembers how far",
    ),
    "iterator_in_default": (body("f = lambda s=(i for i in (1,)): sum(s)"), 2, "generator"),
    "global": (body("global y"), 2, "pass values as arguments"),
    "nonlocal": (body("def f():\n        nonlocal x"), 3, "return the value instead"),
    "subscript_store": (body("x[0] = 1"), 2, "torch.where or torch.cat"),
    "subscript_augmented": (body("x[0] += 1"), 2, "stores into an element"),
    "function_attribute": (
        "def activation(x):\n    return x\nactivation.n = 1\n",
        3,
        "attribute",
    ),
    "delete": (body("del x"), 2, "leave it out"),
    "to": (body("y = x.to('cuda')"), 2, r"use x\.float\(\)"),
    "cuda": (body("y = x.cuda()"), 2, "moves or retypes"),
    "item": (body("y = x.sum().item()"), 2, "keep them a tensor"),
    "no_grad": (body("with torch.no_grad(): pass"), 2, "write the forward formula alone"),
    "batch_norm": (body("y = F.batch_norm(x, x, x, training=True)"), 2, "running statistics"),
    "layer": (body("y = nn.GELU()(x)"), 2, "is a layer, which holds state.*use F.gelu"),
    # Forging the score
    "grad_fn_alone": (body("y = x.grad_fn"), 2, r"reaches into autograd; .*use x\.detach"),
    "patch_loss": (body("torch.nn.functional.mse_loss = x"), 2, "stores into an attribute"),
    "grad_fn": (
        body("x.grad_fn.next_functions[0][0].variable.data.zero_()"),
        2,
        "in place; use an expression that makes a new tensor",
    ),
    "data": (body("y = x.data"), 2, r"use x\.detach"),
    "as_strided": (body("y = x.as_strided((1,), (1,))"), 2, "use slices, reshape or unfold"),
    "apply_": (body("x.apply_(abs)"), 2, "in place"),
    # Recursion
    "recursion": ("def activation(x):\n    return activation(x)\n", 2, "recursion is not"),
    "later_function": (
        "def activation(x):\n    return g(x)\ndef g(x):\n    return activation(x)\n",
        2,
        "define it above",
    ),
    "inner_recursion": (body("def f(v): return f(v)"), 2, "recursion is not supported"),
    "lambda_recursion": (body("f = lambda v: f(v)"), 2, "recursion is not supported"),
    "rebound_function": (body("f = lambda v: v\n    f = lambda v: v + 1"), 3, "own name"),
    "constant_bound_twice": ("A = 1\nA = 2\n" + body("y = x"), 2, "binds `A` again"),
    # Shape of the source
    "star_argument": (body("y = max(*x)"), 2, "unpacks with a star"),
    "star_keywords": (body("y = torch.sin(**x)"), 2, "unpacks with stars"),
    "star_parameter": ("def activation(*x):\n    return x\n", 1, "name each argument"),
    "star_target": (body("a, *b = (1, 2, 3)"), 2, "name every part"),
    "assert": (body("assert True"), 2, "leave it out"),
    "try": (body("try: pass\n    except Exception: pass"), 2, "finite everywhere"),
    "raise": (body("raise ValueError"), 2, "return a tensor for every input"),
    "dictionary": (body("y = {1: 2}"), 2, "use a tuple"),
    "set": (body("y = {1, 2}"), 2, "use a tuple"),
    "print": (body("print(x)"), 2, "an activation returns a tensor"),
    "bare_expression": (body("torch.sin(x)"), 2, "assign or return it"),
    "method_not_called": (body("y = x.sin"), 2, "call it"),
    "undefined": (
        body("y = alpha * x"),
        2,
        "`alpha` is not defined; write its value as a number, e.g. `alpha = 0.5` above",
    ),
    "undefined_attribute": (
        body("y = self.alpha * x"),
        2,
        r"`self\.alpha` is not defined; write its value as a number, e.g. `alpha = 0.5` above",
    ),
    "undefined_like_a_function": (
        body("y = gamma * x"),
        2,
        "`gamma` is not defined; use math.gamma, or write its value as a number, e.g. `gamma",
    ),
    "undefined_constant": (body("y = pi * x"), 2, "`pi` is not defined; use math.pi$"),
    "unknown_own_function": (body("y = swish(x)"), 2, "`swish` is not among .*; use F.silu"),
    "unknown_function": (body("y = torch.sinn(x)"), 2, r"did you mean torch\.sin"),
    "unknown_method": (body("y = x.sigmod()"), 2, r"did you mean \.sigmoid"),
    "misplaced_function": (body("y = torch.gelu(x)"), 2, r"use F\.gelu"),
    "unlisted_string": (body("y = F.gelu(x, approximate='fast')"), 2, "'none' or 'tanh'"),
    "break_outside_loop": (body("break"), 2, "outside a loop"),
    "duplicate_parameter": (
        "def activation(x, a=1, a=2):\n    return x\n",
        1,
        "two parameters",
    ),
    "module_loop": ("for i in (1, 2): pass\n" + body("y = x"), 1, "outside a function"),
    "module_main": ("if True:\n    A = 1\n" + body("y = x"), 1, "outside a function"),
    "two_required": ("def activation(x, y):\n    return x\n", 1, "must take the tensor x"),
    "none_required": ("def activation(x=1):\n    return x\n", 1, "must take the tensor x"),
}


@pytest.mark.parametrize("case", ATTACKS)
def test_refuses_with_line_and_remedy(case):
    source, line, message = ATTACKS[case]
    with pytest.raises(Refusal, match=message) as caught:
        admit(source)
    assert caught.value.line == line
    assert caught.value.reason.startswith(f"line {line}: ")
    assert str(caught.value) == caught.value.reason


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_a_habit_that_has_a_reason_against_it(case):
    source, line, reason, remedy = REFUSED[case]
    assert reason
    with pytest.raises(Refusal, match=remedy) as caught:
        admit(source)
    assert caught.value.line == line
    assert caught.value.reason.startswith(f"line {line}: `")


WHOLE = {
    "no_activation": ("def f(x):\n    return x\n", "add `def activation"),
    "activation_is_no_function": ("activation = torch.sin\n", "add `def activation"),
    "empty": ("", "add `def activation"),
    "too_long": ("#" * (static.MAX_BYTES + 1), "at most 16384"),
    "too_many_nodes": ("A = (" + "1," * static.MAX_NODES + ")", "write it shorter"),
    "null_byte": ("\0", "write valid Python|no Python text"),
    "surrogate": ("\ud800", "no Python text"),
}


@pytest.mark.parametrize("case", WHOLE)
def test_refuses_the_text_as_a_whole(case):
    source, message = WHOLE[case]
    with pytest.raises(Refusal, match=message):
        admit(source)


@pytest.mark.parametrize("count", [static.MAX_NESTING, 1_500])
@pytest.mark.parametrize(
    ("opening", "closing"),
    [("-", ""), ("not ", ""), ("[", "]"), ("lambda: ", ""), ("1 +(", ")"), ("abs(", ")")],
)
def test_refuses_deep_nesting(opening, closing, count):
    found = refusal(f"A = {opening * count}1{closing * count}\n")
    assert "nested" in found.reason or "write valid Python" in found.reason


def test_refuses_invalid_syntax_with_its_line():
    found = refusal("def activation(x):\n    return x +\n")
    assert found.line == 2
    assert "write valid Python" in found.reason


def test_the_deepest_admitted_source_compiles(x):
    terms = " + ".join(f"x * {k}.0" for k in range(70))
    load(f"def activation(x):\n    return {terms}\n")(x)


def test_augmented_assignment_makes_a_new_tensor(x):
    function = load("def activation(x):\n    x += 1\n    x *= 2\n    return x\n")
    before, version = x.clone(), x._version
    assert bool((function(x) == (before + 1) * 2).all())
    assert x._version == version
    assert bool((x == before).all())


def test_normal_form_has_no_annotations_imports_or_text():
    normal = ast.unparse(admit(SOURCES["imports"]))
    assert normal == "def activation(x):\n    return F.gelu(x)"


def test_a_body_of_text_alone_still_parses():
    source = 'def f():\n    """Nothing."""\n' + body("y = x")
    assert "def f():\n    pass" in ast.unparse(admit(source))


def test_inplace_by_position_is_an_error_and_changes_nothing(x):
    before = x.clone()
    with pytest.raises(TypeError, match="inplace"):
        load("def activation(x):\n    return F.relu(x, True)\n")(x)
    assert bool((x == before).all())


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (
            "def h(v, n):\n    for i in range(n): v = v + i\n    return v\n"
            "def activation(x):\n    return h(x, 65)\n",
            "65 steps",
        ),
        (
            "def h(v):\n    for row in v: v = v + 1\n    return v\n"
            "def activation(x):\n    return h(x)\n",
            "loop over a Tensor",
        ),
        (
            "def h(v, c):\n    for row in c: v = v + 1\n    return v\n"
            "def activation(x):\n    return h(x, torch.ones(65).unbind())\n",
            "more than 64 steps",
        ),
    ],
)
def test_a_loop_that_a_parameter_sets_is_stopped_when_it_runs(source, error, x):
    with pytest.raises((ValueError, TypeError), match=error):
        load(source)(x)


def test_chains_of_names_cost_the_gate_no_more_than_their_length():
    # Doubling each time, an evaluation by name would take 2**300 steps.
    lines = ["a0 = 0"] + [f"a{k} = a{k - 1} + a{k - 1}" for k in range(1, 300)]
    source = "\n".join([*lines, body("for i in range(a299): pass")])
    admit(source)


def test_each_load_has_a_namespace_of_its_own():
    first, second = load(body("y = x")), load(body("y = x"))
    assert first.__globals__ is not second.__globals__
    assert first.__globals__["torch"] is not second.__globals__["torch"]


def test_admit_leaves_torch_unloaded():
    here = Path(static.__file__).parents[2]
    code = (
        "import sys\nfrom actmine.gate.static import admit\n"
        "admit('def activation(x):\\n    return torch.sin(x)')\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(here)})


HELPERS_BELOW = (
    "def activation(x):\n    return g(x)\ndef g(x):\n    return h(x)\nh = lambda x: -x\n"
)


def test_helpers_below_their_use_are_put_above_it():
    names = [getattr(one, "name", "h") for one in admit(HELPERS_BELOW).body]
    assert names == ["h", "g", "activation"]


def test_a_constant_is_computed_where_it_stands():
    found = refusal("A = g(1)\ndef g(k):\n    return k\n" + body("y = A"))
    assert found.line == 1
    assert "above" in found.reason


def test_imported_names_become_full_names():
    source = "from math import pi as p\nfrom torch import sin\n" + body("y = sin(p * x)")
    assert "torch.sin(math.pi * x)" in ast.unparse(admit(source))


def test_a_lambda_becomes_the_function_it_is():
    normal = ast.unparse(admit("activation = lambda x, a=2.0: a * x\n"))
    assert normal == "def activation(x, a=2.0):\n    return a * x"


BEHIND_A_NAME = {
    "module_of_torch": ("from torch import os\n", "y = os.getpid()", 1, "reaches files"),
    "private": ("from torch import _C\n", "y = _C", 1, "is private"),
    "unlisted": ("from torch import load\n", "y = load('p')", 1, "reaches files"),
    "submodule": ("import torch.os as os\n", "y = os", 1, "is not offered"),
    "library_in_a_name": ("import torch as t\n", "y = [t][0]", 3, "stands alone"),
    "part_in_a_name": ("from torch import fft\n", "y = [fft][0]", 3, "not among"),
    "part_of_part": ("import torch.fft as f\n", "y = f.torch.os.getpid()", 3, "reaches files"),
    "root_for_another": ("import math as torch\n", "y = x", 1, "another meaning"),
    "dunder": ("from math import pi as __import__\n", "y = x", 1, "underscores"),
    "dunder_module": ("import math as __m\n", "y = x", 1, "underscores"),
    "range_of_data": ("from torch import sum as n\n", "for i in range(n(x)): pass", 3, "const"),
    "shadow_reads_generator": (
        "sum = lambda g: g\n",
        "y = sum(i for i in (1,))",
        3,
        "generator",
    ),
    "shadow_reads_text": ("float = lambda t: t\n", "y = float('inf')", 3, "is text"),
    "shadow_recursion": ("", "max = lambda v: max(v)", 2, "recursion"),
    "starred_own_value": ("T = (1, 2)\n", "y = torch.zeros(*T)", 3, "with a star"),
    "starred_range": ("", "for i in range(*x.shape): pass", 2, "not a constant bound"),
    "equation_elsewhere": ("", "y = torch.sum('bi->b', x)", 2, "is text"),
    "equation_of_words": ("", "y = torch.einsum('__class__', x)", 2, "is text"),
    "conversion_called_bare": ("", "y = x.to()", 2, "moves or retypes"),
    "conversion_to_a_name": ("D = 1\n", "y = x.to(D)", 3, "moves or retypes"),
    "conversion_of_attack": ("", "y = x.to(torch.os.dtype)", 2, "reaches files"),
    "conversion_copies": ("", "y = x.to(x.dtype, copy=True)", 2, "moves or retypes"),
}


@pytest.mark.parametrize("case", BEHIND_A_NAME)
def test_no_form_that_is_offered_leads_to_one_that_is_not(case):
    above, line, where, message = BEHIND_A_NAME[case]
    found = refusal(above + body(line))
    assert found.line == where
    assert message in found.reason
