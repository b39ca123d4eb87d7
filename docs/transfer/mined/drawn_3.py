def activation(x):
    """softplus(x) - log(2.0) + 0.117 * (x + 0.2 * sqrt(1 + square(sin(5.0 * (x + (0.25 * (0.2 * square(.... Changed: + 0.829 of TanhExp at a longer expression."""
    return F.softplus(x) - math.log(2.0) + 0.117 * (x + 0.2 * torch.sqrt(1 + torch.square(torch.sin(5.0 * (x + (0.25 * (0.2 * torch.square(torch.sin(5.0 * x))) + 0.75 * ((x - 0.393 * torch.exp(-torch.square(3.4 * x))) * torch.tanh(torch.exp(torch.clamp(x, max=20.0)))))))))) + 0.829 * (x * torch.tanh(torch.exp(torch.clamp(x, max=20.0))))
