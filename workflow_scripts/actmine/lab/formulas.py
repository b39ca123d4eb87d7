"""What torch's elementwise operations mean, as formulas over vectors.

Each holds for every number, NaN and infinities too, and is torch's own up to rounding.
"""

from collections.abc import Callable
from math import log, pi, sqrt
from typing import Any

from actmine.lab.vectors import Mask, Vector

Number = Vector | float
_POWERS: dict[float, Callable[[Vector], Vector]] = {
    1.0: lambda x: x,
    2.0: lambda x: x * x,
    3.0: lambda x: x * x * x,
    0.5: Vector.sqrt,
    -0.5: lambda x: 1 / x.sqrt(),
    -1.0: lambda x: 1 / x,
    -2.0: lambda x: 1 / (x * x),
}
_BUMP = 0.044715  # of the tanh in a cheaper GELU
_SMALL = 0.4  # of its series seven terms are enough
_LARGE = 1e9  # whose square is a number, and to which 1 adds nothing


def _add(a: Number, b: Number, alpha: float = 1) -> Any:
    return a + _times(b, alpha)


def _subtract(a: Number, b: Number, alpha: float = 1) -> Any:
    return a - _times(b, alpha)


def _times(one: Number, alpha: float) -> Number:
    return one if alpha == 1 else one * alpha


def _power(a: Number, b: Number) -> Vector:
    if isinstance(a, Vector) and not isinstance(b, Vector) and b in _POWERS:
        return _POWERS[b](a)
    if isinstance(a, Vector):
        return a.of("pow", b)
    assert isinstance(b, Vector)
    return b.code.vector(a).of("pow", b)


def _sign(x: Vector) -> Vector:
    return (x > 0).choose(1, (x < 0).choose(-1, 0))


def _largest(a: Vector, b: Number) -> Vector:
    """NaN where either is one."""
    return (a > b).choose(a, a.differs(a).choose(a, b))


def _smallest(a: Vector, b: Number) -> Vector:
    return (a < b).choose(a, a.differs(a).choose(a, b))


def _clamp(x: Vector, low: Number | None = None, high: Number | None = None) -> Vector:
    if low is not None:
        x = (x < low).choose(low, x)
    if high is not None:
        x = (x > high).choose(high, x)
    return x


def _rough_erf(x: Vector) -> Vector:
    """Abramowitz and Stegun, 7.1.26: to 1.5e-7, which is enough to be added to 1."""
    t = 1 / (1 + 0.3275911 * abs(x))
    series = 1.061405429 * t - 1.453152027
    for factor in (1.421413741, -0.284496736, 0.254829592):
        series = series * t + factor
    size = 1 - series * t * (-(x * x)).of("exp")
    return (x < 0).choose(-size, size)


def _log1p(x: Vector) -> Vector:
    """Kahan's, from a logarithm: what rounding takes from 1 + x is put back by the quotient."""
    more = 1 + x
    near = more.equals(1).choose(x, more.of("log") * (x / (more - 1)))
    return (x > _LARGE).choose(more.of("log"), near)


def _expm1(x: Vector) -> Vector:
    """Near 0 by its series; elsewhere rounding takes little from eˣ − 1."""
    series = x / 5040 + 1 / 720
    for factor in (1 / 120, 1 / 24, 1 / 6, 1 / 2, 1):
        series = series * x + factor
    return (abs(x) < _SMALL).choose(series * x, x.of("exp") - 1)


def _sigmoid(x: Vector) -> Vector:
    return 1 / (1 + (-x).of("exp"))


def _sinc(x: Vector) -> Vector:
    turned = x * pi
    return x.equals(0).choose(1, turned.of("sin") / turned)


def _softplus(x: Vector, beta: float = 1, threshold: float = 20) -> Vector:
    scaled = x * beta
    return (scaled > threshold).choose(x, _log1p(scaled.of("exp")) / beta)


def _softplus_slope(slope: Vector, x: Vector, beta: float, threshold: float) -> Vector:
    grown = (x * beta).of("exp")
    return (x * beta > threshold).choose(slope, slope * grown / (grown + 1))


def _elu(x: Vector, alpha: float = 1, scale: float = 1, input_scale: float = 1) -> Vector:
    return (x <= 0).choose(_expm1(x * input_scale) * (alpha * scale), x * scale)


def _elu_slope(
    slope: Vector, alpha: float, scale: float, input_scale: float, is_result: bool, x: Vector
) -> Vector:
    below = alpha * scale
    grown = x + below if is_result else (x * input_scale).of("exp") * below
    return (x <= 0).choose(slope * input_scale * grown, slope * scale)


def _gelu(x: Vector, *, approximate: str = "none") -> Vector:
    return x * _gelu_share(x, approximate)


def _gelu_share(x: Vector, approximate: str) -> Vector:
    if approximate == "tanh":
        return 0.5 * (1 + (sqrt(2 / pi) * (x + _BUMP * x * x * x)).of("tanh"))
    return 0.5 * (1 + _rough_erf(x * sqrt(0.5)))


def _gelu_slope(slope: Vector, x: Vector, *, approximate: str = "none") -> Vector:
    share = _gelu_share(x, approximate)
    if approximate == "tanh":
        steep = 2 * sqrt(2 / pi) * (1 + 3 * _BUMP * x * x) * share * (1 - share)
    else:  # the exponential is the error function's
        z = x * sqrt(0.5)
        steep = (-(z * z)).of("exp") * (1 / sqrt(2 * pi))
    return slope * (share + x * steep)


def _silu_slope(slope: Vector, x: Vector) -> Vector:
    share = _sigmoid(x)
    return slope * share * (1 + x * (1 - share))


def _mish_share(x: Vector) -> Vector:
    """The tanh of the softplus, from the exponential; of what is large it is 1."""
    grown = _clamp(x, high=20).of("exp")
    squared = grown * (grown + 2)
    return squared / (squared + 2)


def _mish_slope(slope: Vector, x: Vector) -> Vector:
    share = _mish_share(x)
    return slope * (share + x * _sigmoid(x) * (1 - share * share))


def _log_sigmoid(x: Vector) -> tuple[Vector, Vector]:
    """With what torch keeps for the slope."""
    kept = (-abs(x)).of("exp")
    return _clamp(x, high=0) - _log1p(kept), kept


def _log_sigmoid_slope(slope: Vector, x: Vector, _: Vector) -> Vector:
    return slope * _sigmoid(-x)


def _between(x: Vector, low: float, high: float) -> Mask:
    return (x > low) & (x < high)


def _hard_swish_slope(slope: Vector, x: Vector) -> Vector:
    within = (x < 3).choose(slope * (x / 3 + 0.5), slope)
    return (x <= -3).choose(0, within)


def _soft_shrink(x: Vector, edge: float = 0.5) -> Vector:
    kept = (x < -edge).choose(x + edge, x * 0)
    return (x > edge).choose(x - edge, kept)


def _shrink_slope(slope: Vector, x: Vector, edge: float) -> Vector:
    return ((x < -edge) | (x > edge)).choose(slope, 0)


def _logaddexp(a: Vector, b: Vector) -> Vector:
    apart = a.equals(b).choose(0, a - b)  # of equal infinities too
    return _largest(a, b) + _log1p((-abs(apart)).of("exp"))


def _asinh(x: Vector) -> Vector:
    size = _clamp(abs(x), high=_LARGE)
    square = size * size
    near = _log1p(size + square / (1 + (1 + square).sqrt()))
    far = (abs(x) > _LARGE).choose(abs(x).of("log") + log(2), near)
    return (x < 0).choose(-far, far)


def _acosh(x: Vector) -> Vector:
    return (x > _LARGE).choose(x.of("log") + log(2), _clamp(x, high=_LARGE).of("acosh"))


def _filled(value: float) -> Callable[..., Vector]:
    return lambda like, *_, **__: like.code.vector(value)


def _function(name: str) -> Callable[[Vector], Vector]:
    return lambda x: x.of(name)


def _rounded(way: str) -> Callable[[Vector], Vector]:
    return lambda x: x.rounded(way)


def _itself(x: Any, *_: Any, **__: Any) -> Any:
    return x


_FUNCTIONS = "sin cos tan asin acos atan sinh cosh tanh atanh exp exp2 log log2 log10 erf erfc"

# By the name of torch's operator, whichever its overload. Masks stand for booleans, and for
# numbers where an operator takes no boolean.
FORMULAS: dict[str, Callable[..., Any]] = {
    **{name: _function(name) for name in _FUNCTIONS.split()},
    **{name: _rounded(name) for name in ("floor", "ceil", "trunc")},
    **dict.fromkeys(("clone", "_to_copy", "lift_fresh_copy"), _itself),
    **dict.fromkeys(("zeros_like", "empty_like", "new_zeros", "new_empty"), _filled(0)),
    **dict.fromkeys(("ones_like", "new_ones"), _filled(1)),
    "full_like": lambda like, value, **_: like.code.vector(value),
    "new_full": lambda like, _, value, **__: like.code.vector(value),
    "log1p": _log1p,
    "expm1": _expm1,
    "asinh": _asinh,
    "acosh": _acosh,
    "round": _rounded("rint"),
    "frac": lambda x: x - x.rounded("trunc"),
    "copy_": lambda _, x, **__: x,
    "add": _add,
    "sub": _subtract,
    "rsub": lambda a, b, alpha=1: _subtract(b, a, alpha),
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": _power,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "sqrt": Vector.sqrt,
    "rsqrt": lambda x: 1 / x.sqrt(),
    "abs": abs,
    "neg": lambda x: -x,
    "sgn": _sign,
    "sign": _sign,
    "atan2": lambda a, b: a.of("atan2", b),
    "logaddexp": _logaddexp,
    "addcmul": lambda x, a, b, value=1: x + _times(a * b, value),
    "addcdiv": lambda x, a, b, value=1: x + _times(a / b, value),
    "lerp": lambda a, b, weight: a + weight * (b - a),
    "sinc": _sinc,
    # chosen
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "eq": lambda a, b: a.equals(b),
    "ne": lambda a, b: a.differs(b),
    "isnan": lambda x: x.differs(x),
    "maximum": _largest,
    "minimum": _smallest,
    "clamp": lambda x, min=None, max=None: _clamp(x, min, max),
    "clamp_min": lambda x, min: _clamp(x, min),
    "clamp_max": lambda x, max: _clamp(x, None, max),
    # activations, and what autograd multiplies by their slopes
    "relu": lambda x: _clamp(x, 0),
    "threshold": lambda x, at, value: (x <= at).choose(value, x),
    "threshold_backward": lambda slope, x, at: (x <= at).choose(0, slope),
    "sigmoid": _sigmoid,
    "sigmoid_backward": lambda slope, y: slope * (1 - y) * y,
    "tanh_backward": lambda slope, y: slope * (1 - y * y),
    "silu": lambda x: x / (1 + (-x).of("exp")),
    "silu_backward": _silu_slope,
    "gelu": _gelu,
    "gelu_backward": _gelu_slope,
    "mish": lambda x: x * _mish_share(x),
    "mish_backward": _mish_slope,
    "softplus": _softplus,
    "softplus_backward": _softplus_slope,
    "log_sigmoid_forward": _log_sigmoid,
    "log_sigmoid_backward": _log_sigmoid_slope,
    "elu": _elu,
    "celu": lambda x, alpha=1: _elu(x, alpha, 1, 1 / alpha),
    "elu_backward": _elu_slope,
    "leaky_relu": lambda x, slope=0.01: (x > 0).choose(x, x * slope),
    "leaky_relu_backward": lambda slope, x, steep, _: (x > 0).choose(slope, slope * steep),
    "hardtanh": lambda x, low=-1, high=1: _clamp(x, low, high),
    "hardtanh_backward": lambda slope, x, low, high: _between(x, low, high).choose(slope, 0),
    "hardsigmoid": lambda x: _clamp(x + 3, 0, 6) / 6,
    "hardsigmoid_backward": lambda slope, x: _between(x, -3, 3).choose(slope / 6, 0),
    "hardswish": lambda x: x * _clamp(x + 3, 0, 6) / 6,
    "hardswish_backward": _hard_swish_slope,
    "hardshrink": lambda x, edge=0.5: ((x >= -edge) & (x <= edge)).choose(0, x),
    "softshrink": _soft_shrink,
    **dict.fromkeys(("hardshrink_backward", "softshrink_backward"), _shrink_slope),
}
# Of these, masks are masks.
LOGIC: dict[str, Callable[..., Any]] = {
    "where": lambda mask, yes, no: mask.choose(yes, no),
    "masked_fill": lambda x, mask, value: mask.choose(value, x),
    **dict.fromkeys(("logical_and", "bitwise_and"), lambda a, b: a & b),
    **dict.fromkeys(("logical_or", "bitwise_or"), lambda a, b: a | b),
    **dict.fromkeys(("logical_xor", "bitwise_xor"), lambda a, b: a ^ b),
    **dict.fromkeys(("logical_not", "bitwise_not"), lambda a: ~a),
}
