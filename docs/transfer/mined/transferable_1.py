def activation(x):
    """0.892 * elu(x) * sigmoid(x * (1 + 0.116 * cos(1.4 * x))) + 0.0129345 * sigmoid(x) * cos(x) + 0.02.... Changed: x * (1 + 0.116 * cos(1.4 * x)) -> x."""
    return 0.892 * F.elu(x) * torch.sigmoid(x * (1 + 0.116 * torch.cos(1.4 * x))) + 0.0129345 * torch.sigmoid(x) * torch.cos(x) + 0.026136 * F.softplus(x) * torch.sigmoid(x * (1 + 0.158 * torch.cos(x)))
