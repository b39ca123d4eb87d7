"""Activations in the styles that language models write, all of them admissible."""

from gate_forms import FORMS
from gate_habits import HABITS
from gate_rows import ROWS

_EXPRESSIONS = {
    "relu": "torch.relu(x)",
    "functional_relu": "F.relu(x)",
    "clamp_min": "x.clamp(min=0.0)",
    "clamp_both": "torch.clamp(x, -1.0, 1.0)",
    "gelu": "F.gelu(x)",
    "gelu_tanh": "F.gelu(x, approximate='tanh')",
    "dotted_functional": "torch.nn.functional.gelu(x)",
    "silu": "x * torch.sigmoid(x)",
    "method_sigmoid": "x * x.sigmoid()",
    "mish": "x * torch.tanh(F.softplus(x))",
    "softplus_options": "F.softplus(x, beta=2.0, threshold=10.0) - math.log(2) / 2",
    "snake": "x + torch.sin(x).square()",
    "gelusine": "F.gelu(x) + 0.1 * torch.sin(x)",
    "erf_formula": "0.5 * x * (1 + torch.erf(x / math.sqrt(2)))",
    "special_erf": "x * torch.special.ndtr(x)",
    "sinc": "torch.special.sinc(x / torch.pi)",
    "where": "torch.where(x > 0, x, 0.1 * (torch.exp(x) - 1))",
    "where_masks": "torch.where((x > -1) & ~(x > 1), x.sin(), x)",
    "mask_as_float": "(x > 0).float() * x + (x <= 0).type_as(x) * x.exp()",
    "maximum_zeros": "torch.maximum(x, torch.zeros_like(x))",
    "rational": "x / (1 + x.abs())",
    "power": "x * torch.sign(x) ** 2 + x ** 3 / (1 + x ** 2)",
    "safe_root": "torch.sqrt(x ** 2 + 1e-6) + x",
    "logarithm": "torch.sign(x) * torch.log1p(torch.abs(x))",
    "softmax_gate": "x * torch.softmax(x, dim=-1)",
    "method_softmax": "x * x.softmax(-1) * x.shape[-1]",
    "mean_centred": "x - x.mean(dim=-1, keepdim=True)",
    "standardised": "(x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-5)",
    "unbiased": "x * torch.rsqrt(x.var(dim=-1, keepdim=True, unbiased=False) + 1e-5)",
    "maximum_of_row": "x - x.max(dim=-1, keepdim=True).values",
    "indexed_max": "x / (1 + torch.max(x.abs(), dim=1, keepdim=True)[0])",
    "layer_norm": "F.layer_norm(x, (x.shape[-1],))",
    "size_call": "x * (1.0 / math.sqrt(x.size(-1))) if x.dim() > 1 else x",
    "roll": "x + 0.1 * torch.roll(x, shifts=1, dims=-1)",
    "flip": "x + x.flip(-1).tanh()",
    "slices": "torch.cat([x[..., :8].sin(), x[..., 8:]], dim=-1)",
    "none_index": "(x[:, None] * x[:, :, None].transpose(1, 2)).squeeze(1)",
    "cumulative": "torch.cumsum(x, dim=-1) / x.shape[-1] + x",
    "fft_filter": "torch.fft.irfft(torch.fft.rfft(x, dim=-1), n=x.shape[-1], dim=-1)",
    "fft_norm": "torch.fft.fft(x, norm='ortho').real + x",
    "rounding": "x - torch.div(x, 2.0, rounding_mode='floor')",
    "pad": "x + F.pad(x, (1, 0), mode='circular')[:, 1:]",
    "tensor_constant": "x * torch.tensor(0.5, dtype=x.dtype, device=x.device)",
    "finfo": "x / (x.abs() + torch.finfo(torch.float32).eps)",
    "infinity": "x.clamp(max=float('inf')) + x.clamp(min=-math.inf).sin()",
    "nan_to_num": "torch.nan_to_num(torch.log(x.abs()), neginf=-10.0) + x",
    "sum_generator": "sum(torch.sin(k * x) / k for k in range(1, 5))",
    "stacked": "torch.stack([x.sin(), x.cos(), x]).sum(0)",
    "stacked_comprehension": "torch.stack([torch.cos(k * x) for k in (1, 2)], dim=0).mean(0)",
    "quantile": "x - x.quantile(0.5, dim=-1, keepdim=True)",
    "matmul": "x + 0.01 * (x @ x.T) @ x",
    "bare_functions": "sum([f(x) for f in (torch.sin, torch.tanh)])",
    "zip_of_literals": "sum(a * torch.exp(-b * x * x) for a, b in zip((1.0, 0.5), (1, 2))) + x",
    "numpy_style_abs": "x * abs(x) / (1 + abs(x))",
    "chained_methods": "x.mul(2).add(1).tanh().div(2).sub(0.1)",
    "logit": "torch.logit(torch.sigmoid(x), eps=1e-4)",
    "addcmul": "torch.addcmul(x, x.sin(), x.cos(), value=0.5)",
    "heaviside": "x * torch.heaviside(x, torch.tensor([0.5]))",
}

_PLAIN = {
    name: f"def activation(x):\n    return {body}\n" for name, body in _EXPRESSIONS.items()
} | {
    "imports": '''
"""A module docstring."""
from __future__ import annotations

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from typing import Callable, Optional, Sequence
from torch import Tensor


def activation(x: torch.Tensor) -> torch.Tensor:
    """Smooth ReLU.

    Args:
        x: any tensor.
    """
    # A comment.
    return F.gelu(x)
''',
    "annotations": """
from torch import Tensor
SCALES: tuple[float, ...] = (1.0, 2.0)
def _term(x: "Tensor", scale: float | None = None, *, shift: int = 0) -> Tensor:
    value: Tensor = x * scale + shift
    return value
def activation(x: Tensor) -> Tensor:
    return _term(x, scale=SCALES[0], shift=1).sin()
""",
    "module_constants": """
ALPHA = 1.6732632423543772
BETA, GAMMA = 0.5, -0.25
SQRT = math.sqrt(2 / math.pi)
COEFFS = [1.0, 0.5, BETA / 3]
WEIGHT = torch.tensor([0.1, 0.2])
def activation(x):
    y = SQRT * (x + 0.044715 * x ** 3)
    for c in COEFFS:
        y = y + c * torch.sin(c * x)
    return ALPHA * y + WEIGHT[0] * GAMMA
""",
    "helper_functions": """
def _gate(x, sharpness=1.0):
    return torch.sigmoid(sharpness * x)
def _mix(a, b, *, weight):
    return weight * a + (1 - weight) * b
def activation(x, alpha=0.5):
    return _mix(x * _gate(x, sharpness=2.0), torch.sin(x), weight=alpha)
""",
    "nested_function": """
def activation(x):
    scale = 0.5
    def bump(centre):
        return torch.exp(-scale * (x - centre) ** 2)
    return x + bump(1.0) - bump(-1.0)
""",
    "lambdas": """
square = lambda t: t * t
def activation(x):
    wave = lambda t, k=2: torch.sin(k * t)
    return square(x).tanh() + (lambda t: t.cos())(x) + wave(x, k=3)
""",
    "augmented": """
def activation(x):
    y = torch.zeros_like(x)
    for k in range(1, 4):
        y += torch.sin(k * x) / k
        y *= 0.9
    return y
""",
    "chebyshev": """
def _chebyshev(x, n):
    a, b = torch.ones_like(x), x
    for _ in range(2, n + 1):
        a, b = b, 2 * x * b - a
    return b
def activation(x):
    return x + 0.1 * _chebyshev(torch.tanh(x), 4)
""",
    "horner": """
def _polynomial(x, coefficients):
    y = torch.zeros_like(x)
    for c in reversed(coefficients):
        y = y * x + c
    return y
def activation(x):
    return _polynomial(x.tanh(), (0.0, 1.0, 0.0, -1.0 / 3.0))
""",
    "enumerated": """
COEFFS = (0.3, 0.2, 0.1)
def activation(x):
    y = x
    for i, c in enumerate(COEFFS, start=1):
        y = y + c * torch.cos(i * x)
    for i in range(len(COEFFS)):
        y = y - COEFFS[i]
    return y
""",
    "appended": """
def activation(x):
    terms = []
    for k in range(3):
        terms.append(torch.sin((k + 1) * x))
    return torch.stack(terms).mean(dim=0)
""",
    "local_bound": """
def activation(x):
    n_terms = 4
    result = 0.0
    for k in range(n_terms):
        if k % 2 == 0:
            result = result + torch.sin((2 * k + 1) * x)
        else:
            continue
    return result
""",
    "branches": """
def activation(x):
    mode = 2
    if mode == 1 and x.ndim == 2:
        return x
    elif mode == 2 or not mode:
        y = x.sin()
    else:
        y = x.cos()
    return y if mode is not None else x
""",
    "loop_carried": """
def activation(x):
    y = x
    for k in range(3):
        if k > 0:
            y = y + previous
        previous = torch.sin(y)
    return y
""",
    "tuple_of_pairs": """
PAIRS = ((1.0, 0.5), (2.0, 0.25))
def activation(x):
    return x + sum([a * torch.sin(b * x) for a, b in PAIRS])
""",
    "tuple_returned": """
def _split(x):
    return x.clamp(min=0), x.clamp(max=0)
def activation(x):
    positive, negative = _split(x)
    left, right = x.chunk(2, dim=-1)
    return positive + torch.tanh(negative) + 0 * torch.cat((left, right), -1)
""",
    "text_statement": """
def activation(x):
    y = x.sin()
    "adds the identity"
    return y + x
""",
    "shadowed_constant": """
alpha = 0.5
def activation(x):
    alpha = 0.25
    return alpha * x.sin() + x
""",
    "complex_phase": """
def activation(x):
    return torch.exp(1j * x).imag + torch.complex(x, x).real
""",
    "greek": """
def activation(x, \u03b1=0.5):
    return \u03b1 * x + torch.sin(x)
""",
    "computed_constants": """
def _weights(n):
    return [1.0 / (k + 1) for k in range(n)]
WEIGHTS = _weights(3)
TABLE = [[i * j for j in range(2)] for i in range(2)]
def activation(x):
    y = x
    for i, row in enumerate(TABLE):
        for value in row:
            y = y + value * x.sin()
    for w in WEIGHTS:
        y = y + w * x
    return y
""",
}

SOURCES = _PLAIN | HABITS | ROWS | FORMS

# Admissible, since the gate reads the text alone, but faulty: (why, words of the contract).
BREAKS_CONTRACT = {
    "where": ("exp(x) overflows in the branch not taken", "gradient not finite"),
    "mask_as_float": ("exp(x) times a mask of zero is not a number", "output not finite"),
    "nan_to_num": ("log|x| has no slope at zero", "gradient not finite"),
    "heaviside": ("torch has no derivative of it", "backward raised"),
}
