def activation(x):
    """0.051648 * x ** 2 + 0.985648 * x + 0.141034 * sqrt(x * x + 3.73) + 0.096 * softplus(x) - 0.151787. Changed: the same in fewer parts."""
    return 0.051648 * x ** 2 + 0.985648 * x + 0.141034 * torch.sqrt(x * x + 3.73) + 0.096 * F.softplus(x) - 0.151787
