def activation(x):
    """0.57 * (x + 0.15 * erf(square(sin(2.58 * x)))) - 0.31. Changed: 4 constants moved."""
    return 0.57 * (x + 0.15 * torch.erf(torch.square(torch.sin(2.58 * x)))) - 0.31
