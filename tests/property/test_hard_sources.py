"""Whoever reads an accepted source comes to an end, soon and without a traceback."""

import os
import resource
import time
from contextlib import suppress
from typing import Any

import pytest
import torch

from actmine.champion.equations import equations_of
from actmine.champion.module_text import champion_text, interface
from actmine.functions.catalog import VOCABULARY
from actmine.functions.symbols import NoFormulaError
from actmine.gate.static import load
from actmine.mutation.embedded import MutationError, mutate, slot_rng
from actmine.mutation.simplification import simplified
from actmine.mutation.tuning import ask, begin
from actmine.records.candidate import Candidate, Origin
from actmine.replies.reply import read_reply
from actmine.report.mathml import mathml
from hard_sources import HARD
from probed import check

MAX_CPU_S = 15  # of one reader; each takes a tenth of that [ours]


def reads_formula(source):
    with suppress(NoFormulaError):
        assert str(mathml(equations_of(source))).startswith("<math")


def reads_module(source):
    names: dict[str, Any] = {}
    exec(compile(champion_text(source, title="t", origin="o"), "activation.py", "exec"), names)
    owner, coefficients = interface(source)
    x = torch.linspace(-4, 4, 40).reshape(8, 5)
    expected = load(source)(x)
    for learnable in (False, True):
        module = names[owner](learnable=learnable)
        assert torch.allclose(module(x), expected, atol=1e-5)
        assert len(list(module.parameters())) == learnable * len(coefficients)


def mutates(source):
    own = Candidate(name="hard", source=source, origin=Origin.MINED)
    for slot in range(2):
        for pair in ([own, VOCABULARY[5]], [VOCABULARY[5], own]):
            with suppress(MutationError):
                mutate(
                    pair, rng=slot_rng(1, 0, 0, slot, 0), vocabulary=VOCABULARY, max_attempts=20
                )


def tunes(source):
    state = begin(source, 1)
    if state is not None:
        assert ask(state, 2)


def reads_reply(source):
    assert "activation" in read_reply(f"```python\n{source}```\n").source


READERS = [reads_formula, reads_module, mutates, simplified, tunes, reads_reply]


def outcome(reader, source):
    """What a reader says in a process that ends after MAX_CPU_S; empty if all is well."""
    receive, send = os.pipe()
    child = os.fork()
    if not child:
        seconds = int(time.process_time()) + MAX_CPU_S
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, resource.RLIM_INFINITY))
        try:
            reader(source)
        except BaseException as error:
            os.write(send, f"{type(error).__name__}: {error}"[:500].encode())
        os._exit(0)
    os.close(send)
    with os.fdopen(receive) as told:
        said = told.read()
    status = os.waitpid(child, 0)[1]
    return said or (status and f"ended by {status}")


@pytest.fixture(scope="module")
def imported():
    """What a reader imports late: here, and not in every child or every collection of tests."""
    import cma  # noqa: F401


@pytest.mark.slow
@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_no_reader_hangs_or_raises(reader):
    said = {name: outcome(reader, source) for name, source in HARD.items()}
    assert {name: text for name, text in said.items() if text} == {}


@pytest.mark.parametrize("name", HARD)
def test_hard_sources_are_accepted(name):
    check(load(HARD[name]))
