"""CPU seconds of one candidate's training, four ways on the same work, and their ratios.

One stacked Lightning fit (ours), the same stack in a bare loop, one plain loop per network,
and one Lightning fit per network. Run: make bench
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from actmine.functions.catalog import by_name
from actmine.gate.static import load
from actmine.lab.allocation import keep_freed_memory
from actmine.lab.ensemble import Ensemble
from actmine.lab.fit import Minibatches, fit
from actmine.lab.members import Activation
from actmine.lab.trainer import quiet_trainer
from actmine.lab.work import FitSettings, Work, prepare
from actmine.tasks.suite import Suite
from configured import drawn

SETTINGS = FitSettings(
    width=64, depth=2, steps=300, batch=128, learning_rate=1e-3, optimizer="adam", seed=1
)
REPLICATES = (0, 1, 2)


class Single(pl.LightningModule):
    """One network, the usual way."""

    def __init__(self, activation: Activation, inputs: int) -> None:
        super().__init__()
        width = SETTINGS.width
        self.layers = nn.ModuleList(
            [nn.Linear(inputs, width), nn.Linear(width, width), nn.Linear(width, 1)]
        )
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        """Predicts (batch,)."""
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        predicted: Tensor = self.layers[-1](x)
        return predicted.squeeze(-1)

    def training_step(self, batch: list[Tensor], _: int) -> Tensor:
        """Mean squared error."""
        x, y = batch
        predicted: Tensor = self(x)
        self.last_loss = (predicted - y).square().mean()
        return self.last_loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam."""
        return torch.optim.Adam(self.parameters(), lr=SETTINGS.learning_rate)


def loaders(suite: Suite) -> Iterator[tuple[int, DataLoader[tuple[Tensor, ...]]]]:
    """(inputs, shuffled minibatches) of every network."""
    for task in suite.tasks:
        rows = TensorDataset(torch.from_numpy(task.x_train), torch.from_numpy(task.y_train))
        for _ in REPLICATES:
            yield (
                task.inputs,
                DataLoader(rows, SETTINGS.batch, shuffle=True, drop_last=True),
            )


def lightning_each(activation: Activation, suite: Suite) -> None:
    """One Lightning fit per network."""
    for inputs, loader in loaders(suite):
        quiet_trainer(SETTINGS.steps).fit(Single(activation, inputs), loader)


def loop_each(activation: Activation, suite: Suite) -> None:
    """One plain loop per network."""
    for inputs, loader in loaders(suite):
        network = Single(activation, inputs)
        optimizer = network.configure_optimizers()
        done = 0
        while done < SETTINGS.steps:
            for batch in loader:
                optimizer.zero_grad()
                network.training_step(batch, 0).backward()
                optimizer.step()
                done += 1
                if done == SETTINGS.steps:
                    break


def bare_stack(activation: Activation, work: Work) -> None:
    """The stacked ensemble without Lightning."""
    parameters = [
        [torch.from_numpy(a.copy()) for a in stack] for stack in (work.weights, work.biases)
    ]
    ensemble = Ensemble(
        torch.func.vmap(activation),
        *parameters,
        learning_rate=SETTINGS.learning_rate,
        steps=SETTINGS.steps,
    )
    chosen = ensemble.configure_optimizers()
    schedule = cast(dict[str, Any], chosen)["lr_scheduler"]["scheduler"]
    for rows in Minibatches(work):
        chosen["optimizer"].zero_grad()
        ensemble.training_step(rows, 0).backward()
        chosen["optimizer"].step()
        schedule.step()


def cpu_seconds(work: Callable[[], object], *, times: int) -> float:
    """The least of several runs; other load only ever adds."""
    spent = []
    for _ in range(times):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def main() -> None:
    """Prints CPU seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--activation", default="gelusine")
    parser.add_argument("--times", type=int, default=3, help="runs of the stacked ways")
    args = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()  # as in the lab's process; the other ways gain from it too
    activation = load(by_name(args.activation).source)
    suite = drawn("search", seed=1, polynomial={"count": 12, "inputs": [1, 3]})
    work, _ = prepare(suite, replicates=REPLICATES, settings=SETTINGS)
    networks = len(suite.tasks) * len(REPLICATES)
    lightning_each(activation, drawn("search", seed=1, polynomial={"count": 1}))
    ours = cpu_seconds(
        lambda: fit(activation, work, learning_rate=SETTINGS.learning_rate), times=args.times
    )
    bare = cpu_seconds(lambda: bare_stack(activation, work), times=args.times)
    loop = cpu_seconds(lambda: loop_each(activation, suite), times=1)
    lightning = cpu_seconds(lambda: lightning_each(activation, suite), times=1)
    print(f"training {networks} networks, {SETTINGS}, {args.activation}, one thread")
    for label, seconds in (
        ("one stacked Lightning fit, with its predictions", ours),
        ("the same stack in a bare loop", bare),
        ("one plain loop per network", loop),
        ("one Lightning fit per network", lightning),
    ):
        ratio = seconds / ours
        print(f"{label:<50}{seconds:>8.2f} CPU s{ratio:>8.2f} times the first")
    print(f"Lightning's cost over the bare stacked loop: {ours / bare:.2f}")


if __name__ == "__main__":
    main()
