"""One training as parent and child agree on it: settings in a header, data in arrays."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from numpy.typing import NDArray

from actmine.transfer.parts import ID_TEST, OOD_TEST, TRAIN, VAL, Split, flat

TRANSFER = "transfer"  # the kind of request
PREDICTED = (VAL, ID_TEST, OOD_TEST)


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a child is asked to train.

    Attributes:
        network: key of the registry of networks, and `settings` its arguments.
        outputs: name to kind, see `actmine.transfer.benchmark.Kind`.
        steps, batch, learning_rate, weight_decay: as in `Training`.
        seed: of initial weights and minibatches, the same for every function.
        device: `cpu` or `cuda`.
    """

    network: str
    settings: Mapping[str, Any]
    outputs: Mapping[str, str]
    steps: int
    batch: int
    learning_rate: float
    weight_decay: float
    seed: int
    device: str

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
