"""A message-passing network that imitates algorithms on graphs and sequences."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from actmine.transfer.networks.network import (
    Activation,
    Inputs,
    Network,
    Outputs,
    PerFeatureVector,
)

_NO_LINK = -1e9  # of a message that is not sent, below every other in a maximum


class MessagePassing(Network):
    """Rounds of messages between linked nodes, of which each keeps the largest per feature.

    After the maximum-aggregation baseline of CLRS-30 (Veličković et al. 2022), without its
    hints.

    Args:
        activation: maps (nodes or pairs of a batch, width) to the same shape.
        node: features of a node.
        edge: features of an ordered pair of nodes; the first says whether it is linked.
        outputs: name to [location, type, classes] as CLRS has them.
        width: units of every layer.
        rounds: of messages.
    """

    def __init__(
        self,
        activation: Activation,
        *,
        node: int,
        edge: int,
        outputs: Mapping[str, tuple[str, str, int]],
        width: int,
        rounds: int,
    ) -> None:
        super().__init__()
        self.activation = PerFeatureVector(activation)
        self.rounds = rounds
        self.node = nn.Linear(node, width)
        self.message = _Pair(self.activation, node=2 * width, edge=edge, width=width)
        self.sent = nn.Linear(width, width)
        self.update = nn.Linear(3 * width, width)
        self.norm = nn.LayerNorm(width)
        self.decoders = nn.ModuleDict(
            {
                name: _Decoder(self.activation, output, edge=edge, width=width)
                for name, output in outputs.items()
            }
        )

    def forward(self, inputs: Inputs) -> Outputs:
        """Logits by output; nodes are (batch, n, features), edges (batch, n, n, features)."""
        edges = inputs["edge"]
        absent = edges[..., :1] == 0
        encoded = self.node(inputs["node"])
        h = torch.zeros_like(encoded)
        for _ in range(self.rounds):
            state = torch.cat([encoded, h], dim=-1)
            messages = self.sent(self.message(state, edges)).masked_fill(absent, _NO_LINK)
            received = messages.amax(dim=2)
            h = self.norm(self.activation(self.update(torch.cat([state, received], dim=-1))))
        return {name: decoder(h, edges) for name, decoder in self.decoders.items()}


class _Pair(nn.Module):
    """A hidden vector for each ordered pair of nodes: (batch, n, n, width)."""

    def __init__(self, activation: nn.Module, *, node: int, edge: int, width: int) -> None:
        super().__init__()
        self.activation = activation
        self.receiver = nn.Linear(node, width)
        self.sender = nn.Linear(node, width, bias=False)
        self.edge = nn.Linear(edge, width, bias=False)

    def forward(self, h: Tensor, edges: Tensor) -> Tensor:
        mixed = self.receiver(h)[:, :, None] + self.sender(h)[:, None] + self.edge(edges)
        activated: Tensor = self.activation(mixed)
        return activated


class _Decoder(nn.Module):
    """Turns node states into one output.

    Shapes by location and type: node mask and mask_one (batch, n), node pointer
    (batch, n, n), edge mask (batch, n, n), edge categorical (batch, n, n, classes), edge
    pointer (batch, n, n, n), graph mask (batch,).
    """

    def __init__(
        self, activation: nn.Module, output: tuple[str, str, int], *, edge: int, width: int
    ) -> None:
        super().__init__()
        self.location, self.kind, classes = output
        pairs = self.location == "edge" or self.kind == "pointer"
        self.pair = _Pair(activation, node=width, edge=edge, width=width) if pairs else None
        third = (self.location, self.kind) == ("edge", "pointer")
        self.key = nn.Linear(width, width) if third else None
        self.answer = nn.Linear(width, classes)

    def forward(self, h: Tensor, edges: Tensor) -> Tensor:
        if self.location == "graph":
            h = h.amax(dim=1)
        z = h if self.pair is None else self.pair(h, edges)
        if self.key is not None:
            scores = torch.einsum("bijw,bkw->bijk", z, self.key(h))
            answer: Tensor = scores / z.shape[-1] ** 0.5
            return answer
        answer = self.answer(z)
        return answer if self.kind == "categorical" else answer.squeeze(-1)
