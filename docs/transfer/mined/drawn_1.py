def activation(x):
    """0.748 * (softplus(x) - log(2.05) + 0.11 * (x + 0.229 * sqrt(1 + square(sin(5.19 * x))))) + 0.252.... Changed: 0.748 of softplus(x) - log(2.05) + 0.11 * (x + 0.2... with 0.252 of Snake (a = 5)."""
    return 0.748 * (F.softplus(x) - math.log(2.05) + 0.11 * (x + 0.229 * torch.sqrt(1 + torch.square(torch.sin(5.19 * x))))) + 0.252 * (x + 0.2 * torch.square(torch.sin(5.0 * x)))
