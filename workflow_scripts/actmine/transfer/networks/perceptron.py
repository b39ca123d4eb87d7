"""A perceptron for tables and series."""

from torch import nn

from actmine.transfer.networks.network import Activation, Inputs, Network, Outputs, PerSample


class Perceptron(Network):
    """Hidden layers of one width, each followed by the activation.

    Args:
        activation: maps (batch, width) to the same shape.
        inputs: columns of x.
        width: units of a hidden layer.
        depth: hidden layers.
    """

    def __init__(self, activation: Activation, *, inputs: int, width: int, depth: int) -> None:
        super().__init__()
        sizes = [inputs, *[width] * (depth - 1)]
        layers = [
            layer for size in sizes for layer in (nn.Linear(size, width), PerSample(activation))
        ]
        self.layers = nn.Sequential(*layers, nn.Linear(width, 1))

    def forward(self, inputs: Inputs) -> Outputs:
        """One number a row: x (batch, inputs) to y (batch,)."""
        return {"y": self.layers(inputs["x"]).squeeze(-1)}
