"""Shifted Softplus-37d6: an activation function mined by actmine.

1.06 * softplus(0.76 * x - 0.369 * (0.76 * x).mean(dim=-1, keepdim=True)) + 0.083528 *
cos(0.8357.... Changed: the same in fewer parts.

Candidate c10bf2fac569613f5 of the run reference; its card is CARD.md.

`activation` is the function, `Activation` the same as a module. Needs torch alone.
"""

import torch
import torch.nn.functional as F


def activation(x):
    """1.06 * softplus(0.76 * x - 0.369 * (0.76 * x).mean(dim=-1, keepdim=True)) + 0.083528 * cos(0.8357.... Changed: the same in fewer parts."""
    return 1.06 * F.softplus(0.76 * x - 0.369 * (0.76 * x).mean(dim=-1, keepdim=True)) + 0.083528 * torch.cos(0.835746 * x + 0.912 * torch.exp(-torch.square(5.85 * F.mish(x))) - 0.0389528) + 0.3334 * x + 0.0814271 * torch.roll(0.76 * x, 1, dims=-1) + 0.71656 * F.softplus(0.76 * x - 0.429 * (0.76 * x).mean(dim=-1, keepdim=True)) - 0.025864 * torch.tanh(0.48336 * x) - 0.044785 * torch.sigmoid(0.72352 * x) - 0.0265311 * torch.roll(x, 1, dims=-1) - 1.21716


def _with_coefficients(x, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, c20, c21, c22):
    return c1 * F.softplus(c2 * x - c3 * (c4 * x).mean(dim=-1, keepdim=True)) + c5 * torch.cos(c6 * x + c7 * torch.exp(-torch.square(c8 * F.mish(x))) - c9) + c10 * x + c11 * torch.roll(c12 * x, 1, dims=-1) + c13 * F.softplus(c14 * x - c15 * (c16 * x).mean(dim=-1, keepdim=True)) - c17 * torch.tanh(c18 * x) - c19 * torch.sigmoid(c20 * x) - c21 * torch.roll(x, 1, dims=-1) - c22


class Activation(torch.nn.Module):
    """The function as a module.

    Args:
        learnable: its coefficients are parameters that start at c1 = 1.06, c2 = 0.76,
        c3 = 0.369, c4 = 0.76, c5 = 0.083528, c6 = 0.835746, c7 = 0.912, c8 = 5.85, c9 =
        0.0389528, c10 = 0.3334, c11 = 0.0814271, c12 = 0.76, c13 = 0.71656, c14 = 0.76,
        c15 = 0.429, c16 = 0.76, c17 = 0.025864, c18 = 0.48336, c19 = 0.044785, c20 =
        0.72352, c21 = 0.0265311, c22 = 1.21716.
    """

    learnable: torch.jit.Final[bool]

    def __init__(self, learnable: bool = False) -> None:
        super().__init__()
        self.learnable = learnable
        if learnable:
            self.c1 = torch.nn.Parameter(torch.tensor(1.06))
            self.c2 = torch.nn.Parameter(torch.tensor(0.76))
            self.c3 = torch.nn.Parameter(torch.tensor(0.369))
            self.c4 = torch.nn.Parameter(torch.tensor(0.76))
            self.c5 = torch.nn.Parameter(torch.tensor(0.083528))
            self.c6 = torch.nn.Parameter(torch.tensor(0.835746))
            self.c7 = torch.nn.Parameter(torch.tensor(0.912))
            self.c8 = torch.nn.Parameter(torch.tensor(5.85))
            self.c9 = torch.nn.Parameter(torch.tensor(0.0389528))
            self.c10 = torch.nn.Parameter(torch.tensor(0.3334))
            self.c11 = torch.nn.Parameter(torch.tensor(0.0814271))
            self.c12 = torch.nn.Parameter(torch.tensor(0.76))
            self.c13 = torch.nn.Parameter(torch.tensor(0.71656))
            self.c14 = torch.nn.Parameter(torch.tensor(0.76))
            self.c15 = torch.nn.Parameter(torch.tensor(0.429))
            self.c16 = torch.nn.Parameter(torch.tensor(0.76))
            self.c17 = torch.nn.Parameter(torch.tensor(0.025864))
            self.c18 = torch.nn.Parameter(torch.tensor(0.48336))
            self.c19 = torch.nn.Parameter(torch.tensor(0.044785))
            self.c20 = torch.nn.Parameter(torch.tensor(0.72352))
            self.c21 = torch.nn.Parameter(torch.tensor(0.0265311))
            self.c22 = torch.nn.Parameter(torch.tensor(1.21716))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.learnable:
            return _with_coefficients(x, self.c1, self.c2, self.c3, self.c4, self.c5, self.c6, self.c7, self.c8, self.c9, self.c10, self.c11, self.c12, self.c13, self.c14, self.c15, self.c16, self.c17, self.c18, self.c19, self.c20, self.c21, self.c22)
        return activation(x)

    def extra_repr(self) -> str:
        return f"learnable={self.learnable}"
