"""Calls of every function that the gate offers, with plain arguments and extreme ones.

Each is an expression over `x`, its arguments drawn by torch's own schemas; half of them raise.
"""

import inspect
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from actmine.gate import library
from actmine.gate.static import Refusal, admit

_MODULES: dict[str, tuple[Any, str]] = {
    "torch": (torch, ""),
    "F": (torch.nn.functional, ""),
    "x": (torch.Tensor, ""),
    "torch.fft": (torch.fft, "fft_"),
    "torch.special": (torch.special, "special_"),
    "torch.linalg": (torch.linalg, "linalg_"),
}
_TENSORS = """
x|x|x|x.abs() + 1.1|torch.sigmoid(x)|x > 0|(9 * x.abs()).long() % 32|torch.complex(x, x.cos())
x[0]|x[:, :1]|x.mean()|x[:, None]|x.t()|1e3 * x + 600|x[None, :, :, None]|x[:, :0]|x.double()
torch.linspace(-1, 1, 9)|x.argsort(-1)|x[:32]
"""
_OWN = """
x|x|x|x.mean()|x[0]|x > 0|x[:, 0]|x.argsort(-1)|x[None]|torch.complex(x, x.cos())
x.abs() + 1.1
"""
_LISTS = """
[x, x]|[x[:, :1], x[:, 1:]]|(x[0], x[1], x[2])|[x[:, k:k + 1] for k in range(32)]
[x[k] for k in range(64)]|[x.sum() for _ in range(64)]|[x.t(), x.t()]|[x[:, None], x[:, None]]
[x]
"""
_INTEGERS = """
0|1|-1|2|-2|3|5|7|8|16|31|32|33|63|64|-31|-32|-64|100|-100|1024|10000|10 ** 6|2 ** 31|-2 ** 31
2 ** 62|-2 ** 63
"""
_INTEGER_LISTS = """
()|(0,)|(1,)|(-1,)|(0, 1)|(1, 0)|(64, 32)|(32, 64)|(2048,)|(-1, 32)|(1, 1)|(32,)|(64,)|(64, 1)
(3, -3)|(-3, 3)|(10, -9)|(33, -1)|(-9, 10)|(40, -39)|(-31, 0)|(0, -31)|(5, 5, 5, 5)
(1, -1, 1, -1)|(-1, 1, -1, 1)|(1000,)|(0, 0)|(2, 2)|[1 for _ in range(32)]
[1 for _ in range(64)]|(16, 16)|(8, 4, 2)|(2, 3, 4)|(-100, 132)|(100, -68)|(4, 8, 64)
(64, 4, 8)|(64, 32, 32)|(2 ** 62, 2 ** 62)|(-2 ** 62, 2 ** 62)|(2 ** 62,)
"""
_NUMBERS = (
    "0|0.5|1|-1|2|3|-2.5|1e-3|1e3|-1e6|1e30|2.0 ** 0.5|float('inf')|-math.inf|1j|100|True"
)
_FLOATS = "0.0|0.5|1.0|-1.0|2.0|3.7|1e-5|1e3|-1e6|math.inf"
_TYPES = "torch.float32|torch.float64|torch.bool|torch.int64|torch.complex64"
_POOLS = {
    "Tensor": _TENSORS,
    "List[Tensor]": _LISTS,
    "int": _INTEGERS,
    "List[int]": _INTEGER_LISTS,
    "List[Optional[Tensor]]": _LISTS,
    "number": _NUMBERS,
    "List[float]": "(0.5,)|(1.0, 2.0)",
    "float": _FLOATS,
    "bool": "True|False",
    "t": "0.5|3|True",
    "List[t]": "[0.5, 1.0]|[[1.0, 2.0], [3.0, 4.0]]|[0.5 for _ in range(64)]",
}
# What Python's signatures leave open, by the names of their parameters.
_BY_NAME = {
    "input": "Tensor", "weight": "Tensor", "bias": "Tensor", "pad": "List[int]", "p": "number",
    "normalized_shape": "List[int]", "kernel_size": "List[int]", "stride": "List[int]",
    "padding": "List[int]", "dim": "int", "num_groups": "int", "size": "int", "k": "number",
    "ceil_mode": "bool", "count_include_pad": "bool", "dims": "List[int]",
    "shifts": "List[int]", "tensors": "List[Tensor]", "split_size_or_sections": "List[int]",
    "min": "number",
    "max": "number", "n": "int", "ord": "number", "keepdim": "bool",
}  # fmt: skip
_EQUATIONS = """
bi,bi->b|bi,bj->bij|bi,bj->ij|bi,ci->bc|bi->ib|bi->|bi,bi|ij,kj,lj->ikl|ii->i|bi,bj,bk->b
...i->...|ij,ik,il->i|ab,cd->abcd
"""
_OPERATIONS = """
x @ x.t()|x @ x.t() @ x|x ** 3|x ** 64|x ** -64|x ** 2.7|2 ** x|x // 3|x % 3|x % 1e-9|-x
abs(x)|~(x > 0)|(x > 0) & (x < 1)|(x > 0) ^ (x < 1)|x[x > 0]|x[[0, 1]]
x[[k for k in range(64)]]|x[:, [31 - k for k in range(32)]]|x[..., None]|x[::2, 1::3]
x[None, None, None]|x[(x.abs() * 9).long() % 32]|x[:, (x.abs() * 9).long() % 32]
sum([x[:, k] for k in range(32)])|sum([x[k] for k in range(64)])|max(x.mean(), x.sum())
pow(x, 3)|round(x)|float(x.mean())|int(x.sum())|bool(x.mean() > 0)|x.T|x.mT|x.real
torch.complex(x, x).imag|x.shape|x.max(-1).values
sum([x[:, k:k + 1] * x[:, :1] for k in range(32)])|[float(x[k, 0]) for k in range(64)]
torch.cat([torch.cat([x[:, k:k + 1], x[:, :1]], 1) for k in range(32)], 1)
torch.stack([x[k].sum() for k in range(64)])|torch.tensor([float(x[k, 0]) for k in range(64)])
[torch.stack([x[0, 0], x[0, 1]]) for _ in range(64)]|[torch.zeros(1) for _ in range(64)]
[x[0, 0] + 1 for _ in range(64)]|[x.unbind(1) for _ in range(32)]|[x.t() for _ in range(64)]
[torch.cat([x[:1, :1], x[:1, :1]]) for _ in range(64)]|[x.unbind(0)[0] for _ in range(64)]
[torch.einsum('i,i->', x[0], x[1]) for _ in range(32)]
[F.pad(x[0, :1], (1, 1)) for _ in range(64)]|[x[0, 0].view(1) for _ in range(64)]
[x[:1, :1].repeat(2, 2) for _ in range(64)]|[x[0, :2].sort() for _ in range(64)]
[torch.tensor([0.5]) for _ in range(64)]|[x[[0]] for _ in range(64)]
[x[0].split(1) for _ in range(32)]|[x.flatten(1, 1) for _ in range(32) for _ in range(32)]
[x.numel() * i * j for i in range(32) for j in range(32)]|x.tile([1 for _ in range(64)])
torch.tensor([i * j for i in range(32) for j in range(32)])|torch.special.multigammaln(x, 1024)
torch.polygamma(2, 1e3 * x)|torch.polygamma(1, 1e3 * x)|F.pad(x, (20, -19), mode='circular')
torch.roll(x.abs().mean(), 1)|x.argmin(keepdim=True)|x.argmax(keepdim=True)
torch.aminmax(x, keepdim=True)|torch.logspace(0.5, x.mean(), 64)|torch.logit(x[0], 1.0)
"""


def texts(count: int, *, seed: int = 0) -> Iterator[str]:
    """Expressions: some of operators and loops, and `count` of each function by each name."""
    yield from _split(_OPERATIONS)
    yield from (
        f"torch.einsum('{each}', {', '.join(['x'] * (each.count(',') + 1))})"
        for each in _split(_EQUATIONS)
    )
    roots = {
        "torch": library.TORCH,
        "F": library.FUNCTIONAL,
        "x": library.METHODS,
        "torch.fft": library.FFT,
        "torch.special": library.SPECIAL,
        "torch.linalg": library.LINALG,
    }
    for root, names in roots.items():
        for name in sorted(names):
            draw = random.Random(f"{root}.{name} {seed}")
            forms = _forms(root, name)
            yield from dict.fromkeys(
                _written(root, name, draw.choice(forms), draw)
                for _ in range(count if forms else 0)
            )


def program(text: str) -> str:
    """A source that returns what an expression over its input is."""
    return f"def activation(x):\n    return {text}\n"


def admitted(text: str) -> bool:
    """Whether the gate's text rules let an expression run."""
    try:
        admit(program(text))
    except Refusal:
        return False
    return True


def _split(pool: str) -> list[str]:
    return [each for line in pool.strip().split("\n") for each in line.split("|")]


def _forms(root: str, name: str) -> list[list[tuple[str, str, bool, bool]]]:
    """Each way to call a function: (name, type, may be left out, goes by keyword only)."""
    owner, prefix = _MODULES[root]
    schemas = torch._C._jit_get_schemas_for_operator(f"aten::{prefix}{name}")
    forms = [
        [
            (each.name, str(each.type), each.has_default_value(), each.kwarg_only)
            for each in schema.arguments
        ]
        for schema in schemas
        if not any(each.is_out for each in schema.arguments)
    ]
    function = getattr(owner, name)
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return forms or [[("self", "Tensor", False, False)]]
    python = [
        (
            each.name,
            _BY_NAME.get(each.name, "str" if each.name in library.STRINGS else "number"),
            each.default is not each.empty,
            each.kind is each.KEYWORD_ONLY,
        )
        for each in parameters
        if each.name not in ("inplace", "out", "self")
        and each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)
    ]
    return [*forms, python] if python else forms


def _written(
    root: str, name: str, form: list[tuple[str, str, bool, bool]], draw: random.Random
) -> str:
    """A call with drawn arguments."""
    positional: list[str] = []
    keywords: list[str] = []
    skipped = False
    for place, (argument, kind, optional, by_keyword) in enumerate(form):
        if optional and draw.random() < 0.4:
            skipped = True
            continue
        value = _value(argument, kind, draw, own=place == 0)
        if value is None:
            skipped = True
        elif by_keyword or skipped:
            if argument in library.KEYWORDS:
                keywords.append(f"{argument}={value}")
        else:
            positional.append(value)
    if root == "x":
        receiver = positional.pop(0) if positional else "x"
        return f"({receiver}).{name}({', '.join([*positional, *keywords])})"
    return f"{root}.{name}({', '.join([*positional, *keywords])})"


def _value(argument: str, kind: str, draw: random.Random, *, own: bool) -> str | None:
    if argument in library.STRINGS and kind in ("str", "Optional[str]"):
        return repr(draw.choice(sorted(library.STRINGS[argument])))
    if argument in ("dim", "dim0", "dim1", "axis", "start_dim", "end_dim") and "int" in kind:
        return draw.choice(["0", "1", "-1", "-1", "-2", "2", "(0, 1)"])
    if argument == "dtype":
        return draw.choice(_split(_TYPES)) if draw.random() < 0.3 else None
    kind = (
        kind.removeprefix("Optional[").removesuffix("]")
        if kind.startswith("Optional")
        else kind
    )
    pool = _POOLS.get(kind)
    if pool is None:
        return None
    if kind == "Tensor" and own and draw.random() < 0.7:
        return draw.choice(_split(_OWN))
    return draw.choice(_split(pool))


def answers(question: str, texts: list[str], **environment: str) -> dict[str, Any]:
    """What `call_worker.py` finds out of each call that can be made.

    Args:
        question: `memory`, `members` or `cost`.
        environment: of its process, beside what is set here.
    """
    paths = [str(Path(__file__).parent), *sys.path]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("call_worker.py")), question],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **environment},
        check=True,
    )
    return dict(json.loads(line) for line in done.stdout.splitlines())
