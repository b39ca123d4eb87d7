"""Trains each network alone in a plain loop of torch, and prints what an activation scores.

It imports nothing of actmine: an evaluator that is written for another search would do this.
Run: python plain_loop.py PROGRAM.py TASKS.pt, tasks as bench_peer.py writes them
"""

import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

Activation = Callable[[Tensor], Tensor]


class Network(nn.Module):
    """A perceptron from its initial weights (in, out) and biases (1, out), one a layer."""

    def __init__(
        self, activation: Activation, weights: list[Tensor], biases: list[Tensor]
    ) -> None:
        super().__init__()
        self.activation = activation
        self.layers = nn.ModuleList(nn.Linear(*weight.shape) for weight in weights)
        for layer, weight, bias in zip(self.layers, weights, biases, strict=True):
            layer.load_state_dict({"weight": weight.T, "bias": bias[0]})

    def forward(self, x: Tensor) -> Tensor:
        """Predicts (row,)."""
        *hidden, last = self.layers
        for layer in hidden:
            x = self.activation(layer(x))
        predicted: Tensor = last(x).squeeze(-1)
        return predicted


def train(
    network: Network, x: Tensor, y: Tensor, *, minibatches: Tensor, learning_rate: float
) -> None:
    """Adam under a half cosine; minibatches are (step, row numbers)."""
    optimizer = torch.optim.Adam(network.parameters(), lr=learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=len(minibatches))
    for rows in minibatches:
        optimizer.zero_grad()
        (network(x[rows]) - y[rows]).square().mean().backward()
        optimizer.step()
        schedule.step()


def main(program: Path, tasks: Path) -> None:
    """Prints the score, and the CPU seconds from the first network to the last."""
    torch.set_num_threads(1)
    given = torch.load(tasks)
    scope: dict[str, Any] = {"torch": torch, "F": nn.functional, "math": math}
    exec(compile(program.read_text(), str(program), "exec"), scope)
    began = time.process_time()
    losses = []
    for one in given["networks"]:
        network = Network(scope["activation"], one["weights"], one["biases"])
        train(
            network,
            one["x_train"],
            one["y_train"],
            minibatches=one["minibatches"],
            learning_rate=given["learning_rate"],
        )
        with torch.no_grad():
            error = network(one["x_ood"]).double() - one["y_ood"].double()
        losses.append(error.square().mean())
    spent = time.process_time() - began
    relu, epsilon = given["relu"], given["epsilon"]  # (task, replicate)
    ratios = ((relu + epsilon) / (torch.stack(losses).view_as(relu) + epsilon)).log()
    score = ratios.mean(1).clamp(-given["limit"], given["limit"]).mean()
    print(json.dumps({"score": float(score), "training_cpu_s": spent}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
