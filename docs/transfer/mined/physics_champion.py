def activation(x):
    """0.826 * elu(0.892 * x) * sigmoid(0.892 * x) + 0.0307322 * elu(0.892 * x) * softsign(x) + 0.030813.... Changed: 0.892 * x -> x."""
    return 0.826 * F.elu(0.892 * x) * torch.sigmoid(0.892 * x) + 0.0307322 * F.elu(0.892 * x) * F.softsign(x) + 0.0308139 * x * (torch.atan(x) / math.pi + 0.5) + 0.191296 * x + 0.0902369 * torch.sqrt(0.381919 * x ** 2 + 1) + 0.0751496 * F.elu(x) * torch.sigmoid(x) + 0.00791527 * torch.sqrt(x * x + 1.0) - 0.154177
