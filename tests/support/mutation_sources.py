"""Candidates in the manner of a language model: helpers, loops, constants, branches."""

from actmine.records.candidate import Candidate, Origin

SOURCES = {
    "helpers": '''
import torch
import torch.nn.functional as F

ALPHA = 0.35  # weight of the periodic term
COEFFS = (0.5, 0.25, 0.125)


def _bump(z, width=1.5):
    """A Gaussian bump."""
    return torch.exp(-(z / width) ** 2)


def activation(x: torch.Tensor) -> torch.Tensor:
    """A rectifier with a decaying harmonic series."""
    base = F.softplus(x)
    wave = torch.zeros_like(x)
    for k, c in enumerate(COEFFS, start=1):
        wave += c * torch.sin(k * x)
    return base + ALPHA * wave * _bump(x)
''',
    "branches": """
def activation(x):
    # linear far out, curved near zero
    scale = 2.5
    inner = scale * torch.tanh(x / scale)
    outer = torch.sign(x) * torch.log1p(torch.abs(x))
    return torch.where(torch.abs(x) < 1.0, inner, 0.8 * outer + 0.1 * x)
""",
    "statistics": """
EPS = 1e-6
def activation(x):
    mean = x.mean(dim=-1, keepdim=True)
    std = x.std(dim=-1, keepdim=True)
    z = (x - mean) / (std + EPS)
    gate = torch.sigmoid(1.702 * z)
    return x * gate + 0.05 * torch.cos(3.0 * x)
""",
    "methods": """
def activation(x):
    squash = lambda t: t / (1.0 + t.abs())
    y = squash(x) * (x > 0).float() + 0.3 * x.clamp(min=-2.0, max=0.0)
    if len((1, 2)) == 2:
        y = y + 0.01 * x.pow(3).tanh()
    n = x.shape[-1]
    return y + torch.roll(x, shifts=1, dims=-1) / (n + 1)
""",
    "recurrence": """
def step(r, z):
    return r * z * (1.0 - z)

def activation(x):
    z = torch.sigmoid(x)
    for _ in range(3):
        z = step(3.6, z)
    terms = [torch.sin((2 * k + 1) * x) / (2 * k + 1) for k in range(3)]
    return F.gelu(x) + 0.2 * (z - 0.5) + 0.1 * sum(terms)
""",
    "spectrum": """
def activation(x):
    spectrum = torch.fft.rfft(x, dim=-1)
    damped = spectrum * 0.5
    smooth = torch.fft.irfft(damped, n=x.shape[-1], dim=-1)
    return torch.relu(x) + 0.2 * torch.tanh(smooth)
""",
}


def parent(name: str, source: str) -> Candidate:
    """A parent by its source."""
    return Candidate(source=source, name=name, origin=Origin.MINED)


WRITTEN = [parent(name, source) for name, source in SOURCES.items()]
