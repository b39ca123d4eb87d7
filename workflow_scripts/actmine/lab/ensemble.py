"""Every network of a candidate's measurement, trained as one stack."""

from collections.abc import Callable, Sequence

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn

MOMENTUM = 0.9  # of gradient descent [ours]


class Ensemble(pl.LightningModule):
    """Perceptrons side by side: x is (member, batch, in), the prediction (member, batch).

    Args:
        activation: maps (member, batch, width) to the same shape, member by member.
        weights: one (member, in, out) a layer.
        biases: one (member, 1, out) a layer.
        learning_rate: the first; it decays to zero along a half cosine.
        steps: how many steps that takes.
        optimizer: adam, or sgd with momentum.
    """

    def __init__(
        self,
        activation: Callable[[Tensor], Tensor],
        weights: Sequence[Tensor],
        biases: Sequence[Tensor],
        *,
        learning_rate: float,
        steps: int,
        optimizer: str = "adam",
    ) -> None:
        super().__init__()
        self.activation = activation
        self.weights = nn.ParameterList(weights)
        self.biases = nn.ParameterList(biases)
        self.learning_rate = learning_rate
        self.steps = steps
        self.optimizer = optimizer
        self.losses: list[Tensor] = []  # (member,) of every step

    @property
    def last_loss(self) -> Tensor:
        """(member,) of the step that was taken last."""
        return self.losses[-1]

    def forward(self, x: Tensor) -> Tensor:
        """Predicts the standardised targets."""
        *hidden, (last_weight, last_bias) = zip(self.weights, self.biases, strict=True)
        for weight, bias in hidden:
            x = self.activation(torch.baddbmm(bias, x, weight))
        prediction: Tensor = torch.baddbmm(last_bias, x, last_weight).squeeze(-1)
        return prediction

    def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
        """Squared error, summed over members: no gradient depends on how many there are."""
        x, y = batch
        loss = (self(x) - y).square().mean(dim=1)
        self.losses.append(loss.detach())
        total: Tensor = loss.sum()
        return total

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """Adam, or gradient descent with momentum, under a half cosine."""
        optimizer: torch.optim.Optimizer
        if self.optimizer == "sgd":
            optimizer = torch.optim.SGD(
                self.parameters(), lr=self.learning_rate, momentum=MOMENTUM
            )
        else:
            optimizer = torch.optim.Adam(self.parameters(), lr=self.learning_rate, fused=True)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=self.steps)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }
