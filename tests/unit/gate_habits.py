"""Longer activations with the habits of language models, all of them admissible."""

# Imports under every name, and names that stand for something else in Python.
NAMES = {
    "from_math": """
import torch
from math import pi, sqrt
def activation(x):
    return 0.5 * x * (1 + torch.tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)))
""",
    "from_math_renamed": """
from math import pi as PI, exp as scalar_exp
def activation(x):
    return x * torch.sigmoid(PI * x) * scalar_exp(-0.5)
""",
    "from_torch": """
from torch import Tensor, sigmoid, tanh, where
def activation(x: Tensor) -> Tensor:
    return where(x > 0, x * sigmoid(x), 0.25 * tanh(x))
""",
    "from_functional": """
from torch.nn.functional import gelu, softplus as sp
def activation(x):
    return gelu(x) - 0.1 * sp(x)
""",
    "torch_renamed": """
import torch as th, math as m
import torch.nn.functional as func
def activation(x: th.Tensor) -> th.Tensor:
    return func.silu(x) + th.sin(x) / m.pi
""",
    "nn_functional": """
import torch
from torch import nn
def activation(x):
    return nn.functional.elu(x, alpha=0.5)
""",
    "fft_module": """
import torch.fft as fft
from torch.fft import irfft
def activation(x):
    return x + irfft(fft.rfft(x, dim=-1).conj(), n=x.shape[-1], dim=-1)
""",
    "import_inside": """
def activation(x):
    import math
    from torch.special import erf
    return x * erf(x / math.sqrt(2.0))
""",
    "local_max_and_min": """
def activation(x):
    max = x.amax(dim=-1, keepdim=True)
    min = x.amin(dim=-1, keepdim=True)
    return x * (x - min) / (max - min + 1e-6)
""",
    "local_sum": """
def activation(x):
    sum = torch.zeros_like(x)
    for k in range(1, 4):
        sum = sum + torch.sin(k * x) / k
    return sum
""",
    "parameters_min_max": """
def clip(x, min=-1.0, max=1.0):
    return torch.clamp(x, min=min, max=max)
def activation(x):
    return clip(x, max=2.0) + 0.01 * x
""",
    "helper_named_round": """
def round(x):
    return x - torch.sin(2 * torch.pi * x) / (2 * torch.pi)
def activation(x):
    return round(x)
""",
}

# The order in which a source is told.
ORDER = {
    "helpers_below": """
def activation(x):
    return _outer(x, 0.5)
def _outer(x, a):
    return a * _inner(x) + x
def _inner(x):
    return torch.sin(x)
""",
    "constants_below": """
def activation(x):
    return SLOPE * torch.tanh(x / WIDTH)
WIDTH = 2.0
SLOPE = 1.5 * WIDTH
""",
    "helper_above_its_constant": """
def _bump(x):
    return HEIGHT * torch.exp(-x * x)
HEIGHT = 0.5
def activation(x):
    return x + _bump(x)
""",
    "lambda_activation": "activation = lambda x: x * torch.sigmoid(1.702 * x)\n",
    "lambda_with_constant": """
import torch
BETA = 1.5
gate = lambda x: torch.sigmoid(BETA * x)
activation = lambda x, scale=1.0: scale * x * gate(x)
""",
    "sections": '''
"""Damped oscillator.

f(x) = x * exp(-x^2 / 2) + sin(x)
"""
# ---------------------------------------------------------------- constants
DECAY: float = 0.5   # of the envelope
OMEGA: float = 1.0   # rad per unit

# ---------------------------------------------------------------- helpers
def envelope(x: "torch.Tensor") -> "torch.Tensor":
    r"""Gaussian \\exp(-d x^2)."""
    return torch.exp(-DECAY * x.pow(2))

# ---------------------------------------------------------------- activation
def activation(x: "torch.Tensor") -> "torch.Tensor":
    """
    Args:
        x (torch.Tensor): (batch, features)

    Returns:
        torch.Tensor: the same shape.
    """
    return x * envelope(x) + torch.sin(OMEGA * x)  # odd
''',
}

# Series, and the numbers that they need.
SERIES = {
    "taylor": """
def activation(x, terms=5):
    t = torch.tanh(x)
    y = torch.zeros_like(x)
    for n in range(5):
        y = y + (-1) ** n * t ** (2 * n + 1) / math.factorial(2 * n + 1)
    return x + y
""",
    "binomials": """
from math import comb
def activation(x):
    p = torch.sigmoid(x)
    n = 4
    basis = [comb(n, k) * p ** k * (1 - p) ** (n - k) for k in range(n + 1)]
    weights = (0.0, 0.3, -0.2, 0.8, 1.0)
    return sum(w * b for w, b in zip(weights, basis)) + 0.1 * x
""",
    "hermite": """
def hermite(x, n):
    if n == 0:
        return torch.ones_like(x)
    previous, current = torch.ones_like(x), x
    for k in range(1, n):
        previous, current = current, x * current - k * previous
    return current
def activation(x):
    g = torch.exp(-0.5 * torch.clamp(x, -4, 4) ** 2)
    return x + 0.1 * g * hermite(torch.clamp(x, -4, 4), 3)
""",
    "square_wave": """
N_TERMS = 6
def activation(x):
    harmonics = [torch.sin((2 * k + 1) * x) / (2 * k + 1) for k in range(N_TERMS)]
    return 0.5 * x + 4 / math.pi * torch.stack(harmonics, dim=0).sum(dim=0)
""",
    "broadcast_series": """
def activation(x):
    k = torch.arange(1, 5, dtype=x.dtype, device=x.device)
    return x + (torch.sin(x.unsqueeze(-1) * k) / k).sum(-1)
""",
    "fixed_point": """
def activation(x):
    y = x
    for _ in range(5):
        y = x - 0.5 * torch.sin(y)
    return y
""",
    "newton": """
def activation(x):
    # two Newton steps for y + y^3 = x
    y = torch.sign(x) * torch.log1p(x.abs())
    for step in range(2):
        y = y - (y + y ** 3 - x) / (1.0 + 3.0 * y ** 2)
    return y
""",
    "nested_pairs": """
TERMS = [(1.0, (0.5, 0.0)), (0.25, (2.0, 1.0))]
def activation(x):
    out = x
    for i, (amplitude, (frequency, phase)) in enumerate(TERMS):
        out = out + amplitude * torch.cos(frequency * x + phase) / (i + 1)
    return out
""",
    "horner_indices": """
C = (0.0, 0.5, 0.25, -0.125)
def activation(x):
    t = torch.tanh(x)
    y = C[-1] * torch.ones_like(t)
    for i in range(len(C) - 2, -1, -1):
        y = y * t + C[i]
    return y + 0.5 * x
""",
    "loop_with_break": """
def activation(x, depth=3):
    y = x
    for k in range(8):
        if k >= depth:
            break
        y += torch.sin(y) / (2 ** k)
    return y
""",
}

# Rows as signals: statistics, neighbours, spectra, matrices.
ROWS = {
    "rms": """
def activation(x, eps: float = 1e-6):
    rms = torch.sqrt(x.pow(2).mean(-1, keepdim=True) + eps)
    return F.gelu(x / rms) * rms
""",
    "numpy_keywords": """
def activation(x):
    mu = x.mean(axis=-1, keepdims=True)
    return torch.tanh(x - mu) + 0.1 * x
""",
    "detached_statistics": """
def activation(x):
    scale = x.abs().amax(dim=-1, keepdim=True).detach() + 1.0
    return scale * torch.sin(x / scale)
""",
    "std_and_mean": """
def activation(x):
    std, mean = torch.std_mean(x, dim=-1, keepdim=True, unbiased=False)
    z = (x - mean) / torch.sqrt(std * std + 1e-5)
    return z * torch.sigmoid(z)
""",
    "linalg_norm": """
def activation(x):
    n = torch.linalg.norm(x + 1e-6, dim=-1, keepdim=True)
    return x * torch.tanh(n) / n
""",
    "vector_norm": """
def activation(x):
    n = torch.linalg.vector_norm(x, ord=1, dim=-1, keepdim=True)
    return x + x / (1 + n / x.shape[-1])
""",
    "einsum": """
def activation(x):
    energy = torch.einsum("bi,bi->b", x, x) / x.shape[-1]
    return x * torch.sigmoid(energy).unsqueeze(-1)
""",
    "attention": """
def activation(x):
    scores = torch.einsum('bi,bj->bij', x, x) / math.sqrt(x.size(-1))
    return x + torch.matmul(F.softmax(scores, dim=-1), x.unsqueeze(-1)).squeeze(-1)
""",
    "fft_gate": """
def activation(x):
    n = x.shape[-1]
    spectrum = torch.fft.rfft(x, dim=-1)
    magnitude = spectrum.abs()
    gate = magnitude / (1.0 + magnitude)
    return torch.fft.irfft(spectrum * gate, n=n, dim=-1)
""",
    "fft_low_pass": """
def activation(x):
    f = torch.fft.rfftfreq(x.shape[-1], device=x.device)
    mask = (f < 0.25).to(x.dtype)
    low = torch.fft.irfft(torch.fft.rfft(x, dim=-1) * mask, n=x.shape[-1], dim=-1)
    return torch.relu(low) + 0.1 * (x - low)
""",
    "phase_rotation": """
def activation(x):
    z = torch.complex(x, torch.roll(x, 1, dims=-1))
    return (z * torch.exp(1j * torch.tanh(x))).real
""",
    "polar_form": """
def activation(x):
    z = torch.polar(torch.ones_like(x), x)
    w = z * z + 0.5 * z
    return w.imag + 0.1 * x
""",
    "pairs_as_complex": """
def activation(x):
    if x.shape[-1] % 2 == 1:
        return torch.sin(x)
    z = torch.view_as_complex(x.contiguous().view(*x.shape[:-1], -1, 2))
    w = z * torch.exp(torch.complex(torch.zeros_like(z.real), z.real))
    return torch.view_as_real(w).reshape(x.shape)
""",
    "starred_shape": """
def activation(x):
    ones = torch.ones(*x.shape, dtype=x.dtype)
    return torch.tanh(x) + ones.reshape(*x.shape) * 0.5 * x
""",
    "neighbours": """
def activation(x):
    left, right = torch.roll(x, 1, dims=-1), torch.roll(x, shifts=-1, dims=-1)
    laplacian = left - 2.0 * x + right
    return x + 0.1 * torch.tanh(laplacian)
""",
    "window": """
def activation(x):
    padded = F.pad(x, (1, 1), mode="replicate")
    smooth = padded.unfold(-1, 3, 1).mean(dim=-1)
    return x * torch.sigmoid(smooth)
""",
    "pooled": """
def activation(x):
    local = F.avg_pool1d(x.unsqueeze(1), kernel_size=3, stride=1, padding=1).squeeze(1)
    return F.softplus(x - local) + local
""",
    "sorted_values": """
def activation(x):
    values, indices = torch.sort(x, dim=-1)
    return x + 0.1 * torch.sin(values)
""",
    "halves": """
def activation(x):
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * torch.sigmoid(a), torch.sin(b) + b], dim=-1)
""",
    "new_zeros": """
def activation(x):
    floor = x.new_zeros(1)
    return torch.maximum(x, floor) + x.new_full((1,), 0.1) * torch.sin(x)
""",
    "running_mean_of_features": """
def activation(x):
    n = torch.arange(1, x.shape[-1] + 1, device=x.device).to(dtype=x.dtype)
    running = torch.cumsum(x, dim=-1) / n
    return torch.tanh(x) * running.to(torch.float32) + x
""",
    "quantile_gate": """
def activation(x):
    median = x.median(dim=-1, keepdim=True).values
    return torch.where(x > median, x, 0.2 * x + 0.8 * median)
""",
}

# Statements, types and branches.
FORMS = {
    "float_mask": """
def activation(x):
    positive = (x > 0).float()
    negative = 1.0 - positive
    return positive * x + negative * (torch.exp(torch.clamp(x, max=0.0)) - 1.0)
""",
    "mask_to_type": """
def activation(x):
    inside = (torch.abs(x) < 1).to(x.dtype)
    return inside * x ** 3 + (1 - inside) * (3 * x - 2 * torch.sign(x))
""",
    "where_chain": """
def activation(x):
    return torch.where(x < -2, torch.zeros_like(x),
           torch.where(x < 0, 0.25 * (x + 2) ** 2,
           torch.where(x < 2, x + 1, 2 * torch.sqrt(torch.clamp(x, min=1e-3)) + 0.2)))
""",
    "logical_masks": """
def activation(x):
    mask = torch.logical_and(x > -1.0, x < 1.0)
    return x.masked_fill(mask, 0.0) + 0.1 * x
""",
    "optional": """
from typing import Optional, Tuple, Union
def scaled(x: torch.Tensor, a: Optional[float] = None, b: Union[int, float] = 1) -> torch.Tensor:
    if a is None:
        a = 0.5
    return a * x + b
def pair(x: "torch.Tensor") -> Tuple[torch.Tensor, torch.Tensor]:
    return scaled(x, a=2.0), scaled(x)
def activation(x: torch.Tensor) -> torch.Tensor:
    first, second = pair(x)
    return torch.sin(first) + 0.1 * second
""",
    "modern_types": """
from collections.abc import Callable
def twice(f: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    return f(f(x))
def activation(x: torch.Tensor, k: float | int = 1.0) -> torch.Tensor:
    dtype: torch.dtype = x.dtype
    scale = torch.tensor(k, dtype=dtype)
    return twice(torch.sin, x) + scale * x
""",
    "early_return": """
KIND = 1
def activation(x):
    if x.numel() == 0:
        return x
    if KIND == 0:
        return torch.relu(x)
    return F.softsign(x) + 0.01 * x
""",
    "chained_comparison": """
LOW, HIGH = -1.0, 1.0
SLOPE = 0.1 if LOW < 0 < HIGH else 0.0
def activation(x):
    return torch.clamp(x, LOW, HIGH) + SLOPE * x
""",
    "nested_closure": """
def activation(x):
    def wave(frequency):
        def inner(t):
            return torch.sin(frequency * t)
        return inner
    low, high = wave(1.0), wave(3.0)
    return low(x) + high(x) / 3.0
""",
    "tuple_of_functions": """
PARTS = (torch.tanh, torch.sin, F.softplus)
def activation(x):
    y = torch.zeros_like(x)
    for f in PARTS:
        y = y + f(x) / len(PARTS)
    return y
""",
    "augmented_everything": """
def activation(x):
    y = x.clone()
    y -= 0.1
    y *= torch.sigmoid(y)
    y /= 1.5
    y **= 2
    return y + x
""",
    "multiplied_out": """
def activation(x):
    a = x; b = a * a; c = b * a
    return a - c / (1.0 + b + 1_000e-3 * c.abs())
""",
    "swish_family": """
def swish(x, beta=1.0): return x * torch.sigmoid(beta * x)
def activation(x):
    alpha, beta = 0.7, 1.3
    return (alpha * swish(x, beta=beta)
            + (1 - alpha) * F.leaky_relu(x, negative_slope=0.2))
""",
    "double_and_back": """
def activation(x):
    z = x.double()
    return torch.log1p(torch.exp(-z.abs())).to(x.dtype) + F.relu(x)
""",
    "scalar_functions": """
A = max(0.1, min(0.9, math.exp(-1.0)))
B = abs(round(-1.26, 1)) + pow(2, 0.5)
def activation(x):
    return A * x + torch.tanh(B * x)
""",
    "grown_list": """
def activation(x):
    parts = [x]
    for k in (1, 2, 3):
        parts.append(torch.cos(k * x) / k)
    weights = torch.softmax(torch.tensor([0.1, 0.2, 0.3, 0.4]), dim=0)
    return sum(w * p for w, p in zip(weights, parts))
""",
}

HABITS = NAMES | ORDER | SERIES | ROWS | FORMS
