def activation(x):
    """silu(0.85 * x + 0.15 * hardtanh(x) - 0.323) - 0.0379 * softsign(1.4 * x). Changed: - 0.0379 * softsign(1.4 * x) at silu(0.85 * x + 0.15 * hardtanh(x) - 0.323)."""
    return F.silu(0.85 * x + 0.15 * F.hardtanh(x) - 0.323) - 0.0379 * F.softsign(1.4 * x)
