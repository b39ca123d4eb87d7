"""One training as parent and child agree on it: settings in a header, data in arrays."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from numpy.typing import NDArray

from actmine.transfer.parts import ID_TEST, OOD_TEST, TRAIN, VAL, Split, flat

TRANSFER = "transfer"  # the kind of request
PREDICTED = (VAL, ID_TEST, OOD_TEST)


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a network is trained on a benchmark. The paper gives none of it.

    It is [ours] where the benchmark does not say whose it is.

    Attributes:
        network: key of `actmine.transfer.fit.NETWORKS`.
        settings: its size.
        steps: optimizer steps.
        batch: rows of a minibatch and of a prediction chunk.
        learning_rate: the first one; it decays to zero along a half cosine.
        weight_decay: the optimizer's.
        optimizer: key of `actmine.transfer.learner.OPTIMIZERS`.
        momentum: of SGD; AdamW has its own.
    """

    network: str
    settings: Mapping[str, Any]
    steps: int
    batch: int
    learning_rate: float
    weight_decay: float = 0.0
    optimizer: str = "adamw"
    momentum: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Job(Training):
    """What a child is asked to train; its settings are all arguments of the network.

    Attributes:
        outputs: name to kind, see `actmine.transfer.benchmark.Kind`.
        seed: of initial weights and minibatches, the same for every function.
    """

    outputs: Mapping[str, str]
    seed: int

    def header(self, source: str) -> dict[str, Any]:
        """The header of a request."""
        return {"kind": TRANSFER, "source": source, "job": asdict(self)}


def request_arrays(splits: Mapping[str, Split]) -> dict[str, NDArray[Any]]:
    """The arrays of a request: all inputs, and the targets of the training split alone."""
    given = {
        split: parts if split == TRAIN else tuple(replace(part, targets={}) for part in parts)
        for split, parts in splits.items()
    }
    return flat(given)


def answer_name(split: str, number: int, output: str) -> str:
    """What a child calls its predictions of one output for one part."""
    return f"{split}|{number}|{output}"
