"""Decides whether a function behaves like an activation, and labels its coupling.

Runs the candidate, so it runs only in the disposable child (or on trusted sources). About
100 calls at the lab's shape, on one thread. The verdict is a pure function of source and seed.
"""

from __future__ import annotations

from cmath import isfinite
from collections.abc import Callable, Iterator, Mapping
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from actmine.gate.probes import LARGE_SCALE, SCALES, Probes, draw
from actmine.gate.raised import sentence
from actmine.gate.state import GlobalState
from actmine.gate.static import CANDIDATE, Refusal, load
from actmine.records.candidate import Coupling
from actmine.sandbox.worker import out_of_memory

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

OTHER_SHAPE = (7, 5)  # odd, and smaller in both directions than a usual lab's [ours]
ROUNDING = 1e-5  # of 1 + |output|: below it a change is rounding, not coupling [ours]

# One perturbation each: statistics, extremes and signs all react to one of them. [ours]
PERTURBATIONS: tuple[Callable[[Tensor], Tensor], ...] = (
    lambda x: x + 7.0,
    lambda x: -3.0 * x - 1.0,
)
WIDENING = (Coupling.POINTWISE, Coupling.FEATURE, Coupling.BATCH)


class ContractError(ValueError):
    """A candidate broke the contract: what happened, where, and what to change."""


def loaded(source: str) -> Callable[..., Any]:
    """The function of an admitted source.

    Raises:
        ContractError: a constant of the module raises.
    """
    try:
        return load(source)
    except Exception as error:
        if isinstance(error, Refusal) or out_of_memory(error):
            raise
        raise _failure(error) from None


def check(activation: Callable[[Any], Any], probes: Probes) -> Coupling:
    """Checks values, gradients, shapes, purity and determinism.

    Args:
        activation: maps a float32 (batch, width) tensor to one of the same shape and dtype.
        probes: the lab's shape, and what is drawn for this source.

    Returns:
        the widest dependence seen between an output and other inputs.

    Raises:
        ContractError: it does not, or raises, or is not finite, or has no gradient, or
            depends on anything but its input, or changes anything but its output.
    """
    random = probes.generator()
    subject = _Subject(activation)
    inputs = _inputs(random, probes.shape)
    x = next(iter(inputs.values()))
    y = subject(x)
    for where, some in inputs.items():
        subject.finite(some, where=where)
    _require_gradients(subject, inputs, random)
    _require_one_answer(subject, x, y)
    other = draw(random, OTHER_SHAPE)
    subject.finite(other, where=f"at shape {OTHER_SHAPE}")
    scaled = (draw(random, probes.shape, scale) for scale in SCALES)
    couplings = (coupling_at(subject.output, some, random) for some in (other, *scaled))
    coupling = max(couplings, key=WIDENING.index)
    if coupling is not Coupling.BATCH:
        subject.finite(x[:1], where="at a batch of one row")
    if not subject(x).equal(y):
        raise ContractError(
            "the output changes from call to call: use no state that lives outside the call"
        )
    return coupling


def agree(a: Tensor, b: Tensor, *, within: float = ROUNDING, apart: float = 0.0) -> bool:
    """Whether two outputs are equal up to rounding, but for a share of their values."""
    near = (a - b).abs() <= within * (1.0 + b.abs())
    return not (~near).float().mean() > apart


def coupling_at(
    activation: Callable[[Any], Any],
    x: Tensor,
    random: np.random.Generator,
    *,
    alike: Callable[[Tensor, Tensor], bool] = agree,
) -> Coupling:
    """What an output depends on at these inputs; only the forward values are compared.

    Args:
        x: (batch, width).
        random: which rows and features are changed, and how many are left.
        alike: whether two outputs are the same.
    """
    y = activation(x)
    # Two infinities are not alike; of finite outputs most are equal, which is soon known.
    finite = isfinite(y.sum().item())
    for dim, label in enumerate((Coupling.BATCH, Coupling.FEATURE)):
        pairs = _pairs(activation, x, y, dim, random)
        if any(not (finite and a.equal(b)) and not alike(a, b) for a, b in pairs):
            return label
    return Coupling.POINTWISE


class _Subject:
    """The candidate under watch: a call checks its output, its input and the state."""

    def __init__(self, activation: Callable[[Any], Any]) -> None:
        self.activation = activation
        self.state = GlobalState.now()

    def __call__(self, x: Tensor) -> Tensor:
        """The output for `x`, of the right type, with nothing else changed."""
        before, version = x.detach().clone(), x._version
        y = self.output(x)
        changed = self.state.changes()
        if changed:
            raise ContractError(
                f"changes global state ({', '.join(changed)}): only compute and return"
            )
        if x._version != version or not x.detach().equal(before):
            raise ContractError(
                "changes its input in place: use y = f(x), no `inplace` argument, no x.f_()"
            )
        return y

    def output(self, x: Tensor) -> Tensor:
        """The output for `x`, of the right type."""
        try:
            y = self.activation(x)
        except (Exception, SystemExit) as error:
            if out_of_memory(error):
                raise  # the machine's word, or the limit's
            raise _failure(error, at=f" (input shape {tuple(x.shape)})") from None
        return _require_type(y, x)

    def finite(self, x: Tensor, *, where: str) -> Tensor:
        """The output for `x`, which must be finite."""
        y = self(x)
        bad = ~y.detach().isfinite()
        if bad.any():
            raise ContractError(
                f"output not finite {where} ({_first(bad, x)}): keep log, sqrt and pow within "
                "their domain, divisors away from 0, and bound the argument of exp, e.g. with "
                "torch.clamp"
            )
        return y


def _failure(error: BaseException, *, at: str = "") -> ContractError:
    """What a candidate raised, with the line of its source where it has one.

    Args:
        at: what it was given.
    """
    frames = walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == CANDIDATE]
    place = f"line {lines[-1]}: " if lines else ""
    return ContractError(place + sentence(error, at=at))


def _require_type(y: object, x: Tensor) -> Tensor:
    import torch

    if isinstance(y, tuple):
        raise ContractError(
            "returns tuple, not a tensor: return one of its parts, as y[0]; for a bound write "
            "torch.clamp(x, min=number)"
        )
    if not isinstance(y, torch.Tensor):
        raise ContractError(f"returns {type(y).__name__}, not a tensor: return f(x)")
    if y.shape != x.shape:
        raise ContractError(
            f"returns shape {tuple(y.shape)} for input shape {tuple(x.shape)}: the output "
            "needs the input's shape; give reductions keepdim=True and combine them with x"
        )
    if y.dtype != x.dtype:
        raise ContractError(
            f"returns {y.dtype}, not {x.dtype}: keep the input's dtype, e.g. take the real "
            "part of a complex result, or combine a comparison with x by torch.where"
        )
    return y


def _inputs(random: np.random.Generator, shape: tuple[int, int]) -> dict[str, Tensor]:
    """The inputs at which outputs and gradients must be finite, by the words for them."""
    import torch

    return {
        "at ordinary inputs, scale 1": draw(random, shape),
        f"at inputs of scale {LARGE_SCALE:g}": draw(random, shape, LARGE_SCALE),
        "at an input of zeros": torch.zeros(shape),
    }


def _require_gradients(
    subject: _Subject, inputs: Mapping[str, Tensor], random: np.random.Generator
) -> None:
    """Finite at every scale; not all zero at scale 1, the only place where that is a fault."""
    for where, x in inputs.items():
        gradient = _gradient(subject, x, where=where, random=random)
        if "ordinary" in where and not gradient.any():
            raise ContractError(
                "the gradient is zero everywhere at ordinary inputs: nothing could be learnt "
                "through it; sign, round and comparisons need a differentiable part beside them"
            )


def _gradient(
    subject: _Subject, x: Tensor, *, where: str, random: np.random.Generator
) -> Tensor:
    import torch

    leaf = x.clone().requires_grad_()
    # A product with one makes it an inner node, as in a network: in-place changes show.
    y = subject(leaf * 1.0)
    if not y.requires_grad:
        raise ContractError(
            "the output has no gradient with respect to x: leave part of it undetached"
        )
    # Uneven weights: a softmax has no gradient of its plain sum.
    weights = 1.0 + 0.1 * draw(random, (x.shape[0], x.shape[1]))
    try:
        # Weights given as a third argument would have torch import SymPy.
        (gradient,) = torch.autograd.grad((y * weights).sum(), leaf, materialize_grads=True)
    except Exception as error:
        if out_of_memory(error):
            raise
        raise ContractError(f"backward {sentence(error)}") from None
    bad = ~gradient.isfinite()
    if bad.any():
        raise ContractError(
            f"gradient not finite {where} ({_first(bad, x)}): torch.where differentiates both "
            "branches, so bound the arguments of exp, log, sqrt and divisions within each"
        )
    return gradient


def _require_one_answer(subject: _Subject, x: Tensor, y: Tensor) -> None:
    if not subject(x).equal(y):
        raise ContractError("two calls on one input differ: use nothing random, keep no state")
    if not agree(subject(x.t().contiguous().t()), y):
        raise ContractError(
            "a non-contiguous input of the same values gives another result: do not rely on "
            "memory order; use reshape and name the dims"
        )


def _pairs(
    activation: Callable[[Any], Any],
    x: Tensor,
    y: Tensor,
    dim: int,
    random: np.random.Generator,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Outputs that differ if rows (dim 0) or features (dim 1) react to others.

    Half of them stays while the others are changed, all change places, or some are left out.
    """
    import torch

    length = x.shape[dim]
    if length == 1:
        return
    order = torch.from_numpy(random.permutation(length))
    halves = order[: length // 2], order[length // 2 :]
    for kept, others in (halves, halves[::-1]):
        own, theirs = y.index_select(dim, kept), x.index_select(dim, others)
        for perturb in PERTURBATIONS:
            seen = activation(x.index_copy(dim, others, perturb(theirs)))
            yield seen.index_select(dim, kept), own
    yield activation(x.index_select(dim, order)), y.index_select(dim, order)
    few = int(random.integers(-(-length // 2), length))
    yield activation(x.narrow(dim, 0, few).contiguous()), y.narrow(dim, 0, few)


def _first(bad: Tensor, x: Tensor) -> str:
    """The first offending input in words."""
    return f"first at x = {x[bad][0].item():.4g}"
