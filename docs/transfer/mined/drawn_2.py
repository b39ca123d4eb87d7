def activation(x):
    """hardswish(x) * (1 + (0.0386 * exp(-square(x)) - 0.238 * tanh(x))). Changed: - 0.238 * tanh(x) at 0.0386 * exp(-square(x))."""
    return F.hardswish(x) * (1 + (0.0386 * torch.exp(-torch.square(x)) - 0.238 * torch.tanh(x)))
