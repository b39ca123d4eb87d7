"""A formula is the function it was read from, or there is none; nothing here runs for long."""

import os
import re
import signal
import time
from io import BytesIO, TextIOWrapper
from threading import Thread

import numpy as np
import pytest
import sympy
import torch

from actmine.champion import equations
from actmine.champion import latex_formula as module
from actmine.champion.equations import equations_of, read
from actmine.champion.latex_formula import Formula, equations_in, formula
from actmine.functions.catalog import CATALOG
from actmine.functions.symbols import NoFormulaError, Reader
from actmine.functions.table import CALLED, Function
from actmine.gate.static import Refusal, load
from actmine.machine import MachineError
from table_rows import spelled_out
from victims import signalled

SOURCES = {one.key: one.source for one in CATALOG}
PROGRAMS = {"turbulent": "mean", "fisg": "helper", "phase_flipped": "roll"}
X = np.linspace(-2.9, 2.8, 64)


def written(body):
    return f"def activation(x):\n    {body}\n"


def assert_same(source):
    reader = Reader()
    body = spelled_out(read(source, reader), reader.used)
    told = sympy.lambdify(sympy.Symbol("x"), body, "scipy")
    measured = load(source)(torch.from_numpy(X).reshape(2, 32)).reshape(-1).numpy()
    np.testing.assert_allclose(told(X) * np.ones_like(X), measured, atol=1e-12)


@pytest.mark.parametrize("key", sorted(SOURCES.keys() - PROGRAMS.keys()))
def test_the_formula_of_a_known_function_has_its_values(key):
    assert_same(SOURCES[key])


@pytest.mark.parametrize(
    "body",
    [
        "return F.gelu(x) + 0.0408 * torch.exp(-torch.erf(x))",
        "return F.elu(x, alpha=0.3) ** 2 - x.clamp(-1, 2).square()",
        "y = torch.where(x > 0.5, x, torch.sin(x))\n    return y / (1 + y * y)",
        "return torch.maximum(x, torch.tanh(x)) + math.pi * F.leaky_relu(x, 0.2)",
        "return F.hardtanh(x, -0.5, 0.7) + torch.clamp_min(x, 0.1) + 2 ** -3 * x",
        "return x * (x > 0) + x.clip(max=1) - torch.arcsinh(x) * (torch.abs(x) <= 1.5)",
        "m = (x > 0.2) & ~(x >= 1.7)\n    return torch.where(m, x, -x) + m.float()",
        "return x.where(x > 0.1, 2 * x) + x.arctan()",
        "return torch.fmod(x, 0.7) + torch.remainder(x, 0.9) + x // 0.6",
    ],
)
def test_arguments_branches_masks_and_assignments_are_read(body):
    assert_same(written(body))


@pytest.mark.parametrize("key", PROGRAMS)
def test_a_program_that_is_no_formula_says_what_is_in_the_way(key):
    found = formula(SOURCES[key])
    assert PROGRAMS[key] in found.reason and found.latex() == "" and not found.equations


def test_a_loop_is_no_formula():
    with pytest.raises(NoFormulaError, match="loop"):
        equations_of(written("for k in range(3):\n        x = torch.sin(k * x)\n    return x"))


@pytest.mark.parametrize("body", ["return torch.pow(x, 99)", "return x * torch.pow(x, 65.5)"])
def test_a_power_that_nobody_would_read_is_not_computed(body):
    with pytest.raises(NoFormulaError, match="power above 64"):
        equations_of(written(body))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("return x - x.mean(dim=-1, keepdim=True)", "no formula says mean "),
        ("return torch.clamp(x, 1, 2, 3)", "no formula says clamp "),
        ("return F.softplus(x, threshold=3)", "no formula says softplus "),
        ("return x if x.mean() > 0 else -x", "it has a branch"),
        ("return x + x.shape[0]", "it has a slice"),
        ("return torch.where(x, x, x)", "a number for a mask"),
    ],
)
def test_the_reason_names_what_is_in_the_way(body, why):
    with pytest.raises(NoFormulaError, match=why):
        equations_of(written(body))


def test_what_the_gate_refuses_is_not_read():
    source = written("return __import__('os').getpid() * x")
    with pytest.raises(Refusal):
        equations_of(source)
    assert formula(source).reason.startswith("line 2: ")


def test_latex_defines_each_name_that_it_uses():
    text = formula(written("return F.gelu(x) + 0.1 * torch.sin(x)")).latex()
    assert r"f{\left(x \right)} &= \operatorname{GELU}{\left(x \right)} + 0.1 \sin" in text
    assert r"\operatorname{GELU}{\left(x \right)} &= \frac{x" in text


@pytest.mark.parametrize("key", sorted(SOURCES.keys() - PROGRAMS.keys()))
def test_the_equations_are_read_back_from_the_latex(key):
    equations = tuple(equations_of(SOURCES[key]))
    assert equations_in(Formula(equations=equations).latex()) == equations


def test_no_latex_holds_no_equation():
    assert equations_in(Formula(reason="it has a loop").latex()) == ()


@pytest.mark.parametrize("text", ["f(x) = x", "\\begin{aligned}\nf(x) &= x\n"])
def test_another_latex_is_refused(text):
    with pytest.raises(ValueError, match="not the LaTeX of a formula"):
        equations_in(text)


def test_what_a_definition_names_is_defined_too(monkeypatch):
    outer = Function(name="outer", arguments=("x",), latex="g", meaning="x * sigmoid(x)")
    monkeypatch.setitem(CALLED, "softsign", outer)
    lefts = [left for left, _ in equations_of(written("return F.softsign(x)"))]
    heads = ("f", "g", r"\sigma")
    assert lefts == [rf"{head}{{\left(x \right)}}" for head in heads]


DOUBLING = "y = x\n" + "    y = torch.clamp(y + x, -1.0, 1.0) * y\n" * 12 + "    return y"


def test_what_doubles_with_each_line_has_no_formula_at_once():
    started = time.perf_counter()
    assert "more than 300 parts" in formula(written(DOUBLING)).reason
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize("bug", [TypeError, RecursionError, MemoryError, AttributeError])
def test_whatever_sympy_raises_is_no_formula(bug, monkeypatch, capsys):
    def broken(_):
        raise bug("in SymPy")

    monkeypatch.setattr(equations, "equations_of", broken)
    monkeypatch.setattr("resource.setrlimit", lambda *_: None)
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO()))
    equations.main(1)
    assert f"SymPy cannot write it ({bug.__name__})" in capsys.readouterr().out


# Stands for SymPy: it answers for ReLU, and any other source finds what follows.
STANDS = """
import json, os, resource, sys, time
if "F.relu(x)" in sys.stdin.read():
    sys.exit(print(json.dumps({"equations": [], "reason": ""})))
"""
SPIN = "resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass"


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (SPIN, "it takes more than 1 CPU seconds"),
        ("time.sleep(99)", "3 times it took too long on the clock, where ReLU was"),
        ("x = bytearray(2**40)", r"3 times SymPy ended \(exit code 1\), where ReLU was"),
        ("os.abort()", r"3 times SymPy ended \(killed by SIGABRT\), where ReLU was"),
        ("print('{')", "3 times SymPy ended"),
    ],
)
def test_a_source_that_hangs_or_ends_its_process_has_no_formula(program, told, monkeypatch):
    monkeypatch.setattr(module, "MAX_SECONDS", 1)
    monkeypatch.setattr(module, "_WALL_PER_CPU", 1 if "sleep" in program else 30)
    monkeypatch.setattr(module, "_BOOT", STANDS + program)
    assert re.search(told, formula(written(f"return x + {len(program)}")).reason)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import os; os.abort()", r"all children, ReLU's too: SymPy ended \(killed by SIGABRT"),
        ("raise MemoryError", r"all children, ReLU's too: SymPy ended \(exit code 1\)"),
    ],
)
def test_where_no_process_lives_the_machine_is_to_blame(program, told, monkeypatch):
    monkeypatch.setattr(module, "_BOOT", program)
    with pytest.raises(MachineError, match=told):
        formula(written(f"return x - {len(program)}"))


def test_a_process_that_is_killed_twice_writes_its_formula():
    source = written("return torch.cos(x) - 0.25")
    with signalled(os.getpid(), [signal.SIGKILL, signal.SIGTERM], after=(0.02, 0.1)) as hit:
        found = formula(source)
    assert len(hit) == 2 and r"\cos" in found.latex()


def test_a_thread_beside_the_main_one_gets_the_same_formula():
    found = []
    thread = Thread(target=lambda: found.append(formula(written("return torch.sin(x)"))))
    thread.start()
    thread.join()
    assert found == [formula(written("return torch.sin(x)"))]


def test_the_formula_is_the_same_text_in_every_process():
    body = (
        "torch.maximum(x, torch.sin(x)) * (x > 0) + ((x < 1) & (x > -1) | (x > 2)) * F.gelu(x)"
    )
    texts = {formula(written(f"return {body} + 0 * {n}")).latex() for n in range(3)}
    assert len(texts) == 1
