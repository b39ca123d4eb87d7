"""Lists of operations hold what torch does with the arguments that the gate lets through.

A call of every fifth function here; `make soak` draws dozens of all.
"""

import json
from collections import Counter

import pytest
import torch

from actmine.gate.flops import tensors_in
from actmine.gate.probes import Probes
from actmine.gate.static import load
from actmine.lab.traced import TraceError, read_functions
from actmine.lab.tracing import UntraceableError, written_down
from torch_calls import admitted, program, texts

PROBES = Probes(rows=64, width=32, key="")
# What has no list: it reads values, hands out what no stack has, or grows beyond bounds.
EXPECTED = (
    "reads values",
    "is not offered",
    "cannot be gone through without values",
    "a result of more than",
    "values for each of the input's",
    "an argument above",
    " parts",
)


def summed(function):
    """An activation of whatever a function returns; none if that has no slope."""

    def activation(x):
        made = tensors_in([function(x)])[:3]
        return x + 1e-3 * sum(one.to(torch.complex64).real.sum() for one in made)

    try:
        x = torch.linspace(-2, 2, 64 * 32).reshape(64, 32).requires_grad_()
        torch.autograd.grad(activation(x).sum(), x)
    except Exception:  # whatever torch says to such arguments
        return None
    return activation


@pytest.mark.parametrize(
    ("count", "every"),
    [
        pytest.param(1, 5, marks=pytest.mark.slow, id="few"),
        pytest.param(40, 1, marks=pytest.mark.soak, id="many"),
    ],
)
@pytest.mark.filterwarnings("ignore")  # what torch has to say of such arguments
def test_what_torch_computes_is_in_the_list_or_there_is_none(count, every):
    found: Counter[str] = Counter()
    without = {}
    drawn = list(filter(admitted, dict.fromkeys(texts(count, seed=count))))
    for text in drawn[::every]:
        activation = summed(load(program(text)))
        if activation is None:
            continue
        try:
            # It is held against the function on the way, values and slopes, bit for bit.
            written = written_down(activation, PROBES)
            sent = json.loads(json.dumps([written]))
            read_functions(sent, [PROBES.shape], device=torch.device("cpu"))
            found["listed"] += 1
        except (UntraceableError, TraceError) as error:
            found["without"] += 1
            if not any(words in str(error) for words in EXPECTED):
                without[text] = str(error)
    assert without == {}
    assert found["listed"] > 10 * found["without"]
