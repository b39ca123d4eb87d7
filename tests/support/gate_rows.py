"""Activations that treat a row as a signal: statistics, neighbours, spectra, matrices."""

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
