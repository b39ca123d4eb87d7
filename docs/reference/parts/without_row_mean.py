def activation(x):
    return 1.77656 * F.softplus(0.76 * x) + 0.083528 * torch.cos(0.835746 * x + 0.912 * torch.exp(-torch.square(5.85 * F.mish(x))) - 0.0389528) + 0.3334 * x + 0.0814271 * torch.roll(0.76 * x, 1, dims=-1) - 0.0265311 * torch.roll(x, 1, dims=-1) - 0.025864 * torch.tanh(0.48336 * x) - 0.044785 * torch.sigmoid(0.72352 * x) - 1.21716
