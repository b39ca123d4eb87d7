"""Answers one question about many calls of torch's, each of which may hang, crash or fail.

Reads a list of expressions as JSON from the standard input and writes a line for each one that
has an answer. The process is started anew, by a fork, behind a call that ended it.
"""

import contextlib
import hashlib
import json
import mmap
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from actmine.gate.flops import count_flops
from actmine.gate.static import load
from actmine.lab.members import one_by_one, over_members
from torch_calls import program

BATCH, WIDTH = 64, 32
MAX_SECONDS, MAX_BYTES, MAX_ELEMENTS = 5, 4 * 2**30, 4_000_000
Answer = Any


def inputs(members: int = 3) -> Tensor:
    """(member, batch, width) of some means and spreads."""
    generator = torch.Generator().manual_seed(0)
    shift = torch.linspace(0, -1, members)[:, None, None]
    return torch.randn(members, BATCH, WIDTH, generator=generator) * (1 + shift.abs()) + shift


def memory(text: str) -> Answer:
    """Digests of two calls' outputs and slopes, with other memory freed between them."""
    activation = load(program(text))
    digests = []
    for _ in range(2):
        x = inputs()[0].requires_grad_()
        made = list(_tensors(activation(x)))
        if sum(each.numel() for each in made) > MAX_ELEMENTS:
            return None
        roots = [each.abs().sum() for each in made if each.requires_grad]
        with contextlib.suppress(RuntimeError):  # some have no derivative
            made += torch.autograd.grad(roots, x) if roots else ()
        digest = hashlib.sha256()
        for each in made:
            digest.update(f"{tuple(each.shape)} {each.dtype}".encode())
            digest.update(each.detach().resolve_conj().contiguous().numpy().tobytes())
        digests.append(digest.hexdigest())
        del made, roots
        for size in (8, 100, 1000, 2048, 4096, 10_000, 100_000):
            torch.full((size,), float(size)).mul(2)
    return digests


def members(text: str) -> Answer:
    """How the outputs for a stack differ from those for each member; "" if they do not.

    A second stack is compared, as the first one decides how a stack is gone through.
    """
    function = load(program(text))

    def activation(x: Tensor) -> Tensor:
        made = list(_tensors(function(x)))
        told = [
            each.detach().to(torch.complex64).real.nan_to_num().clamp(-9, 9) for each in made
        ]
        # What has another shape or type tells of it in the value of all.
        sums = [
            (1 + each.ndim) * torch.tanh(each.mean()).nan_to_num() + each.numel()
            for each in told
        ]
        own = [each for each in made if each.shape == x.shape and each.dtype == x.dtype]
        return x + sum(sums) + sum(each.nan_to_num().clamp(-9, 9) for each in own)

    first, second = inputs(), inputs().flip(0, 2) * 1.5
    stacked = over_members(activation, [first])
    applied = stacked.apply(torch.zeros_like(second), torch.ones_like(second))
    applied.x.copy_(second)
    applied.forward()
    alone = one_by_one(activation).call(second)
    same = (
        torch.allclose(y, alone, rtol=1e-3, atol=1e-3)
        for y in (stacked.call(second), applied.y)
    )
    return "" if all(same) else "other values"


def cost(text: str) -> Answer:
    """Seconds of a call, of a call with its slope, and the FLOPs that it is charged."""
    activation = load(program(text))
    x = inputs()[0]
    with torch.no_grad():
        forward = _fastest(lambda: activation(x))
    x.requires_grad_()

    def step() -> None:
        outputs = [each for each in _tensors(activation(x)) if each.requires_grad]
        roots = [(each.real if each.is_complex() else each).sum() for each in outputs[:1]]
        if roots:
            torch.autograd.grad(roots, x)

    try:
        both = _fastest(step)
    except RuntimeError:  # some have no derivative
        both = forward
    flops = count_flops(activation, x.detach()) * BATCH * WIDTH
    return forward, both, flops


def _fastest(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    first = time.perf_counter() - begin
    times = max(1, min(20, int(1e-3 / first)))
    found = [first]
    for _ in range(5 if first < 0.02 else 1):
        begin = time.perf_counter()
        for _ in range(times):
            call()
        found.append((time.perf_counter() - begin) / times)
    return min(found)


def _tensors(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _tensors(each)
    elif isinstance(value, bool | int | float | complex):
        yield torch.as_tensor(value)


def answer_all(texts: Sequence[str], ask: Callable[[str], Answer]) -> None:
    """Writes `[text, answer]` for each call that has one."""
    place = mmap.mmap(-1, 8)
    begin = 0
    while begin < len(texts):
        child = os.fork()
        if not child:
            for number in range(begin, len(texts)):
                place[:] = number.to_bytes(8, "little")
                _limit()
                try:
                    answer = ask(texts[number])
                except Exception:  # most drawn arguments fit no function
                    continue
                if answer is not None:
                    print(json.dumps([texts[number], answer]), flush=True)
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            break
        begin = int.from_bytes(place[:], "little") + 1


def _limit() -> None:
    seconds = int(time.process_time()) + MAX_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer_all(
        json.load(sys.stdin), {"memory": memory, "members": members, "cost": cost}[sys.argv[1]]
    )
