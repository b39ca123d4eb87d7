"""Activations by where their names, their parts and their series come from."""

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

HABITS = NAMES | ORDER | SERIES
