"""Decides whether a function behaves like an activation, and labels its coupling.

Runs the candidate, so it runs only in the disposable child (or on trusted sources). About
25 calls at the lab's shape, on one thread. The inputs are fixed: the verdict is a pure
function of the candidate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from actmine.gate.state import GlobalState
from actmine.records.candidate import Coupling

if TYPE_CHECKING:
    from torch import Tensor

SHAPE = (128, 64)  # (batch, width) of the lab [ours]
OTHER_SHAPE = (7, 5)  # odd, and smaller in both directions [ours]
SPREAD = 3.0  # inputs fill ±3 scales, as far as a normal sample of this size goes [ours]
LARGE_SCALE = 1e3  # activations of a diverging network; x³ survives it, exp(x) does not [ours]
ROUNDING = 1e-5  # of 1 + |output|: below it a change is rounding, not coupling [ours]
REASON_LIMIT = 300  # characters of an exception's message that a prompt or a log keeps [ours]

# One perturbation each: statistics, extremes and signs all react to one of them. [ours]
PERTURBATIONS: tuple[Callable[[Tensor], Tensor], ...] = (
    lambda x: x + 7.0,
    lambda x: -3.0 * x - 1.0,
)
KEPT = (0, 0.4, 1)  # where the untouched row or feature lies: first, inner, last [ours]


class ContractError(ValueError):
    """A candidate broke the contract: what happened, where, and what to change."""


def check(activation: Callable[[Any], Any]) -> Coupling:
    """Checks values, gradients, shapes, purity and determinism.

    Args:
        activation: maps a float32 (batch, width) tensor to one of the same shape and dtype.

    Returns:
        the widest dependence seen between an output and other inputs.

    Raises:
        ContractError: it does not, or raises, or is not finite, or has no gradient, or
            depends on anything but its input, or changes anything but its output.
    """
    subject = _Subject(activation)
    x = probe(SHAPE)
    y = subject(x)
    for where, inputs in _inputs().items():
        subject.finite(inputs, where=where)
    _require_gradients(subject)
    _require_one_answer(subject, x, y)
    coupling = Coupling.POINTWISE
    if _depends_on_others(subject, x, y, dim=0):
        coupling = Coupling.BATCH
    elif _depends_on_others(subject, x, y, dim=1):
        coupling = Coupling.FEATURE
    if coupling is not Coupling.BATCH:
        subject.finite(x[:1], where="at a batch of one row")
    corner = x[: OTHER_SHAPE[0], : OTHER_SHAPE[1]].contiguous()
    subject.finite(corner, where=f"at shape {OTHER_SHAPE}")
    if not subject(x).equal(y):
        raise ContractError(
            "the output changes from call to call: use no state that lives outside the call"
        )
    return coupling


def probe(shape: tuple[int, int], *, scale: float = 1.0) -> Tensor:
    """Fixed inputs that fill ±3·scale evenly in scattered order: float32 of `shape`. [ours]"""
    import torch

    count = shape[0] * shape[1]
    # Multiples of the golden ratio, modulo 1: no generator whose stream a version may change.
    steps = torch.arange(1, count + 1, dtype=torch.float64) * 0.6180339887498949
    unit = 2.0 * (steps - steps.floor()) - 1.0
    return (SPREAD * scale * unit).to(torch.float32).reshape(shape)


class _Subject:
    """The candidate under watch: every call checks its output, its input and the state."""

    def __init__(self, activation: Callable[[Any], Any]) -> None:
        self.activation = activation
        self.state = GlobalState.now()

    def __call__(self, x: Tensor) -> Tensor:
        """The output for `x`, of the right type, with nothing else changed."""
        before, version = x.detach().clone(), x._version
        try:
            y = self.activation(x)
        except (Exception, SystemExit) as error:
            message = f"raised {type(error).__name__}: {error}"
            raise ContractError(
                _shorten(message + f" (input shape {tuple(x.shape)})")
            ) from None
        changed = self.state.changes()
        if changed:
            raise ContractError(
                f"changes global state ({', '.join(changed)}): only compute and return"
            )
        if x._version != version or not x.detach().equal(before):
            raise ContractError(
                "changes its input in place: use y = f(x), no `inplace` argument, no x.f_()"
            )
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


def _require_type(y: object, x: Tensor) -> Tensor:
    import torch

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


def _inputs() -> dict[str, Tensor]:
    """The inputs at which outputs and gradients must be finite, by the words for them."""
    import torch

    return {
        "at ordinary inputs, scale 1": probe(SHAPE),
        f"at inputs of scale {LARGE_SCALE:g}": probe(SHAPE, scale=LARGE_SCALE),
        "at an input of zeros": torch.zeros(SHAPE),
    }


def _require_gradients(subject: _Subject) -> None:
    """Finite at every scale; not all zero at scale 1, the only place where that is a fault."""
    for where, inputs in _inputs().items():
        gradient = _gradient(subject, inputs, where=where)
        if "ordinary" in where and not gradient.any():
            raise ContractError(
                "the gradient is zero everywhere at ordinary inputs: nothing could be learnt "
                "through it; sign, round and comparisons need a differentiable part beside them"
            )


def _gradient(subject: _Subject, x: Tensor, *, where: str) -> Tensor:
    import torch

    x.requires_grad_()
    # A product with one makes it an inner node, as in a network: in-place changes show.
    y = subject(x * 1.0)
    if not y.requires_grad:
        raise ContractError(
            "the output has no gradient with respect to x: leave part of it undetached"
        )
    # Uneven weights: a softmax has no gradient of its plain sum.
    weights = 1.0 + 0.1 * probe(SHAPE)
    try:
        # Weights given as a third argument would have torch import SymPy.
        (gradient,) = torch.autograd.grad((y * weights).sum(), x, materialize_grads=True)
    except Exception as error:
        raise ContractError(
            _shorten(f"backward raised {type(error).__name__}: {error}")
        ) from None
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
    if not _agree(subject(x.t().contiguous().t()), y):
        raise ContractError(
            "a non-contiguous input of the same values gives another result: do not rely on "
            "memory order; use reshape and name the dims"
        )


def _depends_on_others(subject: _Subject, x: Tensor, y: Tensor, *, dim: int) -> bool:
    """Whether a row (dim 0) or feature (dim 1) reacts to the others, its place or their count.

    Only the forward values are compared.
    """
    length = x.shape[dim]
    for place in KEPT:
        kept = round(place * (length - 1))
        for perturb in PERTURBATIONS:
            changed = perturb(x)
            changed.select(dim, kept).copy_(x.select(dim, kept))
            if not _agree(subject(changed).select(dim, kept), y.select(dim, kept)):
                return True
    # A fixed permutation that keeps no two neighbours together.
    order = probe((1, length)).flatten().argsort().roll(1)
    if not _agree(subject(x.index_select(dim, order)), y.index_select(dim, order)):
        return True
    few = x.narrow(dim, 0, OTHER_SHAPE[dim]).contiguous()
    return not _agree(subject(few), y.narrow(dim, 0, OTHER_SHAPE[dim]))


def _agree(a: Tensor, b: Tensor) -> bool:
    """Equal up to rounding; `b` must be finite, as every reference output is."""
    return bool(((a - b).abs() <= ROUNDING * (1.0 + b.abs())).all())


def _first(bad: Tensor, x: Tensor) -> str:
    """The first offending input in words."""
    return f"first at x = {x[bad][0].item():.4g}"


def _shorten(text: str) -> str:
    return text if len(text) <= REASON_LIMIT else text[: REASON_LIMIT - 1] + "…"
