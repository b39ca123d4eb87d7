def activation(x):
    return 1.06 * F.softplus(0.76 * x - 0.369 * (0.76 * x).mean(dim=-1, keepdim=True)) + 0.71656 * F.softplus(0.76 * x - 0.429 * (0.76 * x).mean(dim=-1, keepdim=True)) + 0.083528 * torch.cos(0.835746 * x + 0.912 * torch.exp(-torch.square(5.85 * F.mish(x))) - 0.0389528) + 0.3334 * x - 0.025864 * torch.tanh(0.48336 * x) - 0.044785 * torch.sigmoid(0.72352 * x) - 1.21716
