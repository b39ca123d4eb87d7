"""Activations by their statements, types and branches."""

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
def scaled(x: torch.Tensor, a: Optional[float] = None, b: Union[int, float] = 1):
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
